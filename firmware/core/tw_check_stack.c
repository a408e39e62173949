#include "tw_check_stack.h"

static const char TOO_MANY[] = "too many locals and operands";

void tw_check_push(tw_body_t *b, uint8_t type) {
    if (type == TW_NONE) {
        return;
    }
    tw_check_push_result(b, type, 0);
}

void tw_check_push_result(tw_body_t *b, uint8_t type, uint32_t place) {
    if (b->operands == TW_CHECK_VALUES) {
        tw_check_fail(b->c, TOO_MANY);
        return;
    }
    b->place[b->operands] = (uint8_t)place;
    b->stands[b->operands] = 0;
    b->operand[b->operands++] = type;
    tw_check_room(b, place);
}

void tw_check_keep(tw_body_t *b, uint8_t type) {
    uint32_t place = b->operands == 0 ? 0 : b->place[b->operands - 1];
    uint8_t stands = b->operands == 0 ? 0 : b->stands[b->operands - 1];
    tw_check_pop(b, type);
    if (type != TW_NONE) {
        tw_check_push_result(b, type, place);
        b->stands[b->operands - 1] = stands;
    }
}

void tw_check_local_changes(tw_body_t *b, uint32_t local) {
    uint32_t found = 0;
    for (uint32_t k = 0; k < b->operands; ++k) {
        if (b->stands[k] == local + 1) {
            b->stands[k] = 0;
            found++;
        }
    }
    if (found > 1) {
        tw_check_fail(b->c, "an i64 local twice on the stack while it changes");
    }
}

void tw_check_locals_move(tw_body_t *b) {
    for (uint32_t k = 0; k < b->operands; ++k) {
        if (b->stands[k] != 0) {
            tw_check_local_changes(b, b->stands[k] - 1u);
        }
    }
}

uint32_t tw_check_reach(const tw_body_t *b) {
    uint32_t reach = b->most;
    for (uint32_t k = 0; k < b->operands; ++k) {
        reach = b->place[k] > reach ? b->place[k] : reach;
    }
    return reach;
}

void tw_check_room(tw_body_t *b, uint32_t pairs) {
    uint32_t values = b->operands + b->results;
    b->most = values > b->most ? values : b->most;
    pairs = b->most > pairs ? b->most : pairs;
    // one pair more: a call never lies at the first word
    if (b->locals + values > TW_CHECK_VALUES || b->words + 2 * (pairs + 1) > TW_CHECK_WORDS) {
        tw_check_fail(b->c, TOO_MANY);
    }
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
