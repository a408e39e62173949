#include "tw_check_depth.h"

// Of a function: its deepest loop within loops, and whether it calls.
#define CALLS 0x80u
#define LOOPS 0x7fu

static const char TOO_DEEP[] = "calls in a circle, or calls and loops too deep";

void tw_check_note_loop(const tw_body_t *b) {
    uint8_t *own = b->c->level + 2u * b->index;
    if (own[0] + b->loops > TW_CHECK_DEPTH) {
        tw_check_fail(b->c, TOO_DEEP);
    } else if ((own[1] & LOOPS) < b->loops) {
        own[1] = (uint8_t)((own[1] & CALLS) | b->loops);
    }
}

// Levels only rise, so calls in a circle end at the limit.
void tw_check_note_call(tw_body_t *b, uint32_t callee) {
    tw_checker_t *c = b->c;
    uint8_t *own = c->level + 2u * b->index;
    uint8_t *its = c->level + 2u * callee;
    uint32_t level = own[0] + b->loops + 1u;
    own[1] |= CALLS;
    if (level <= its[0]) {
        return;
    }
    if (level + (its[1] & LOOPS) > TW_CHECK_DEPTH) {
        tw_check_fail(c, TOO_DEEP);
        return;
    }
    its[0] = (uint8_t)level;
    c->again = c->again || (callee <= b->index && (its[1] & CALLS) != 0);
}
