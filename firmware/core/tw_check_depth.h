// How deep calls and loops lie within one another. WASM3 spends C stack on each of them while a module runs.
#ifndef TW_CHECK_DEPTH_H
#define TW_CHECK_DEPTH_H

#include "tw_check_stack.h"

#define TW_CHECK_DEPTH 24u // calls and loops within one another, all the way down from init or step

// A loop was opened, and counted in b->loops.
void tw_check_note_loop(const tw_body_t *b);

// A call of a function that there is.
void tw_check_note_call(tw_body_t *b, uint32_t callee);

#endif
