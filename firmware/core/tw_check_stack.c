#include "tw_check_stack.h"

void tw_check_push(tw_body_t *b, uint8_t type) {
    if (type == TW_NONE) {
        return;
    }
    if (b->operands == TW_CHECK_OPERANDS) {
        tw_check_fail(b->c, "too many operands");
        return;
    }
    b->operand[b->operands++] = type;
}

uint8_t tw_check_pop(tw_body_t *b, uint8_t type) {
    const tw_block_t *block = &b->block[b->blocks - 1];
    if (type == TW_NONE) {
        return TW_NONE;
    }
    if (b->operands == block->height) {
        if (!block->dead) {
            tw_check_fail(b->c, "too few operands");
        }
        return type;
    }
    uint8_t got = b->operand[--b->operands];
    if (got == TW_ANY) {
        return type;
    }
    if (type != TW_ANY && got != type) {
        tw_check_fail(b->c, "an operand of another type");
    }
    return got;
}
