// Inputs in, steps, outputs out.
#ifndef TW_STREAM_H
#define TW_STREAM_H

#include "tw_request.h"
#include "tw_state.h"

// STEP, WRITE, READ, RUN, INIT.
int tw_stream(tw_t *tw, const tw_frame_t *request, tw_reply_t *reply);

#endif
