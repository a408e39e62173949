// Instructions that only take operands and leave some: memory accesses and arithmetic. What is none of the ABI's fails.
#ifndef TW_CHECK_OPERATORS_H
#define TW_CHECK_OPERATORS_H

#include "tw_check_stack.h"

// A load or a store, 0x28…0x3e.
void tw_check_access(tw_body_t *b, uint8_t op);

// Tests, comparisons, arithmetic, conversions.
void tw_check_arithmetic(tw_body_t *b, uint8_t op);

// What follows the prefix 0xfc: memory.copy and memory.fill.
void tw_check_bulk(tw_body_t *b);

#endif
