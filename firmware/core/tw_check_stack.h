// One function while its code is checked: the types of all operands, the open blocks, and the locals.
#ifndef TW_CHECK_STACK_H
#define TW_CHECK_STACK_H

#include "tw_check_read.h"

#define TW_ANY 0u // an operand in code that is never reached

#define TW_CHECK_OPERANDS 128u // operands on the stack of a function
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
    uint8_t local[TW_CHECK_LOCALS];
    uint8_t operand[TW_CHECK_OPERANDS];
    tw_block_t block[TW_CHECK_NESTING];
} tw_body_t;

void tw_check_push(tw_body_t *b, uint8_t type);

// Takes an operand of this type, or of any type. Returns what it was.
uint8_t tw_check_pop(tw_body_t *b, uint8_t type);

#endif
