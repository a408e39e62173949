// What the board says of itself.
#ifndef TW_REPORT_H
#define TW_REPORT_H

#include "tw_request.h"
#include "tw_state.h"

// Whether a HELLO asks for the wire as it is spoken here.
bool tw_report_speaks(const tw_frame_t *hello);

// HELLO, STATUS, MODEL, LOGS.
int tw_report(const tw_t *tw, const tw_frame_t *request, tw_reply_t *reply);

// MODEL's payload: TRY answers with it too.
int tw_report_model(const tw_t *tw, tw_reply_t *reply);

#endif
