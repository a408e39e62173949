// Is this a module that WASM3 may see? The state of WASM3 that boards run has no validator and trusts what it reads, so
// every module is validated here first: sections, indices, types of all operands, and what twentywatt's ABI leaves out.
//
// Integers only; one memory; no import, table, start function or memory.grow. Deep nesting, calls in a circle, loops
// and calls deep within one another, and many loops in a row are refused too, because WASM3 spends C stack on them: on RV32 some 200 bytes for a
// block while it loads, of 8 kB. Modules of our compiler go 11 blocks and 5 loops and calls deep.
#ifndef TW_CHECK_H
#define TW_CHECK_H

#include <stddef.h>
#include <stdint.h>

// scratch  any alignment; 6 bytes per type, 6 per function, 1 per global: the arena, before it is used
// why      static text after a failure, NULL after success
//
// Returns TW_OK; TW_ERR_MODEL for what no engine or no board may load, TW_ERR_ABI for a well-formed module of another
// kind, TW_ERR_ARENA when `room` is too small.
int tw_check(const uint8_t *wasm, size_t len, uint8_t *scratch, size_t room, const char **why);

#endif
