#include "tw_check_depth.h"

// Of a function, in c->level: how deep it runs; its deepest loop within loops, and whether it calls; how many loops and
// calls lie behind when it runs; and how many loops it has itself.
enum { LEVEL, INSIDE, BEHIND, OWN };
#define CALLS 0x80u
#define LOOPS 0x7fu

static const char TOO_DEEP[] = "calls in a circle, or calls and loops too deep";
static const char TOO_MANY[] = "too many loops in a row, in a function or on the way to it";

void tw_check_note_loop(const tw_body_t *b) {
    uint8_t *own = tw_check_levels(b->c, b->index);
    if (own[LEVEL] + b->loops > TW_CHECK_DEPTH) {
        tw_check_fail(b->c, TOO_DEEP);
    } else if (own[BEHIND] + b->past > TW_CHECK_LOOPS) {
        tw_check_fail(b->c, TOO_MANY);
    } else {
        if ((own[INSIDE] & LOOPS) < b->loops) {
            own[INSIDE] = (uint8_t)((own[INSIDE] & CALLS) | b->loops);
        }
        own[OWN] = b->past > own[OWN] ? (uint8_t)b->past : own[OWN];
    }
}

// Levels only rise, so calls in a circle end at the limit.
void tw_check_note_call(tw_body_t *b, uint32_t callee) {
    tw_checker_t *c = b->c;
    uint8_t *own = tw_check_levels(c, b->index);
    uint8_t *its = tw_check_levels(c, callee);
    uint32_t level = own[LEVEL] + b->loops + 1u;
    uint32_t behind = own[BEHIND] + b->past + 1u;
    own[INSIDE] |= CALLS;
    if (level <= its[LEVEL] && behind <= its[BEHIND]) {
        return;
    }
    if (level + (its[INSIDE] & LOOPS) > TW_CHECK_DEPTH) {
        tw_check_fail(c, TOO_DEEP);
        return;
    }
    if (behind + its[OWN] > TW_CHECK_LOOPS) {
        tw_check_fail(c, TOO_MANY);
        return;
    }
    its[LEVEL] = level > its[LEVEL] ? (uint8_t)level : its[LEVEL];
    its[BEHIND] = behind > its[BEHIND] ? (uint8_t)behind : its[BEHIND];
    c->again = c->again || (callee <= b->index && (its[INSIDE] & CALLS) != 0);
}
