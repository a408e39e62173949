// The session: each request is done once, and its answer kept for a host that did not hear it.
#ifndef TW_ANSWER_H
#define TW_ANSWER_H

#include "tw_state.h"

// Answers a frame that came over the line: the session's rules, then the request.
void tw_answer(tw_t *tw, const tw_frame_t *frame);

#endif
