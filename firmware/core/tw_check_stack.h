// One function while its code is checked: the types of all operands, the open blocks, and the locals.
#ifndef TW_CHECK_STACK_H
#define TW_CHECK_STACK_H

#include "tw_check_read.h"

#define TW_ANY 0u // an operand in code that is never reached

// What WASM3 keeps of a function while it compiles it; it does not always notice the end of either. Parameters, locals,
// operands and the results of open blocks are values. Each waits in words of 32 bits.
#define TW_CHECK_VALUES 128u
#define TW_CHECK_WORDS 256u
#define TW_CHECK_NESTING 24u   // blocks within blocks

typedef struct tw_block {
    uint16_t height; // operands below it
    uint8_t op;      // what opened it
    uint8_t type;    // of its result
    bool dead;       // nothing reaches here
} tw_block_t;

typedef struct tw_body {
    tw_checker_t *c;
    uint32_t index;
    uint32_t locals;
    uint32_t operands, blocks; // on the stacks below
    uint32_t loops;            // of the blocks
    uint32_t past;             // loops so far, open or not
    uint32_t results;          // of the blocks: with a result
    uint32_t words;            // below the operands: result, parameters, locals, constants
    uint32_t most;             // operands and results so far
    uint8_t local[TW_CHECK_LOCALS];
    uint8_t operand[TW_CHECK_VALUES];
    uint8_t place[TW_CHECK_VALUES]; // of each operand: pairs of words up to a call's result, 0 for others
    uint8_t stands[TW_CHECK_VALUES]; // of each operand: the i64 local that it stands for plus 1, 0 for others
    tw_block_t block[TW_CHECK_NESTING];
} tw_body_t;

void tw_check_push(tw_body_t *b, uint8_t type);

// The result of a call lies above all that there was before, arguments included: `place` says how far.
void tw_check_push_result(tw_body_t *b, uint8_t type, uint32_t place);

// The same operand, taken and left.
void tw_check_keep(tw_body_t *b, uint8_t type);

// An i64 local changes: what stands for it gets words of its own. WASM3 keeps only half of them where it is twice on
// the stack, so that fails.
void tw_check_local_changes(tw_body_t *b, uint32_t local);

// The same for all of them, where a block begins.
void tw_check_locals_move(tw_body_t *b);

// How far up the operands reach, in pairs of words.
uint32_t tw_check_reach(const tw_body_t *b);

// Whether this many pairs of words fit WASM3's, and all values fit its stack. Fails when not.
void tw_check_room(tw_body_t *b, uint32_t pairs);

// Takes an operand of this type, or of any type. Returns what it was.
uint8_t tw_check_pop(tw_body_t *b, uint8_t type);

#endif
