// How deep calls and loops lie within one another, and how many of them one behind the other. WASM3 spends C stack on each
// of them while a module runs, and keeps that of a loop until the function returns or a loop around it goes round again.
#ifndef TW_CHECK_DEPTH_H
#define TW_CHECK_DEPTH_H

#include "tw_check_stack.h"

#define TW_CHECK_DEPTH 24u // calls and loops within one another, all the way down from init or step

// Loops that a function comes past, and calls, all the way down. 40 bytes of stack each on a Cortex-M4, 56 for a call, and
// 32 for a loop on RV32: 6.6 kB of 8 with what the core has under step() (1.4 kB), where 160 were a fault. Modules of our
// compiler come past 28 at most.
#define TW_CHECK_LOOPS 120u

// A loop was opened, and counted in b->loops and b->past.
void tw_check_note_loop(const tw_body_t *b);

// A call of a function that there is.
void tw_check_note_call(tw_body_t *b, uint32_t callee);

#endif
