#include "tw_extents_state.h"

// A list of events (fixed/event-list.ts): its length, and (index, value) pairs.
void tw_extents_events(tw_extents_t *x) {
    uint8_t argument = tw_extents_byte(x);
    uint32_t address = tw_arg_u(x->call, argument);
    const uint32_t *length = tw_readable(x->call, address, 4, 4);
    if (length == NULL || x->call->refused) {
        tw_refuse(x->call);
        return;
    }
    const uint32_t *list = tw_extents_range(x, argument, address, 8u + 8u * (uint64_t)*length,
                                            0x08 | TW_RANGE_KEY);
    uint32_t bound = 0;
    if (list != NULL) {
        x->event_count = *length;
        x->events = list + 2;
        for (uint32_t k = 0; k < x->event_count; k++) {
            uint32_t past = x->events[2 * k] + 1u;
            bound = past > bound ? past : bound;
            if (past - 1u > INT32_MAX) {
                tw_refuse(x->call);
            }
        }
    }
    x->event_bound = bound;
    tw_extents_push(x, bound);
}

// A list that events are appended to: those that are there, and room for more. eventsEnd() of fixed/event-list.ts
void tw_extents_room(tw_extents_t *x) {
    uint8_t argument = tw_extents_byte(x);
    uint64_t more = tw_extents_pop(x);
    uint32_t address = tw_arg_u(x->call, argument);
    const uint32_t *length = tw_writable(x->call, address, 4, 4);
    if (length != NULL) {
        uint64_t bytes = 8u + 8u * (*length + more);
        tw_extents_range(x, argument, address, bytes, 0x0a | TW_RANGE_WRITTEN | TW_RANGE_KEY);
    }
}

// Where sums arrive (fixed/ring.ts): the position is a slot, and what is ahead of it at most one turn.
//
// flags  1: a ring of one slot has a position too
void tw_extents_ring(tw_extents_t *x) {
    uint8_t argument = tw_extents_byte(x);
    uint32_t slots = tw_extents_argument(x);
    uint8_t ahead = tw_extents_byte(x);
    uint8_t flags = tw_extents_byte(x);
    uint32_t steps = ahead == TW_RULE_NONE ? 0 : tw_arg_u(x->call, ahead);
    if (slots == 1 && flags == 0) {
        return; // nobody looks
    }
    const uint32_t *position = tw_extents_range(x, argument, tw_arg_u(x->call, argument), 4,
                                                0x0a | TW_RANGE_KEY);
    if (position == NULL || slots > INT32_MAX || *position >= slots || steps > slots) {
        tw_refuse(x->call);
    }
}

// The queue of the refractory (neurons/cuba-lif.ts): every index that the next step takes out of it is a neuron.
void tw_extents_fused(tw_extents_t *x) {
    uint8_t argument = tw_extents_byte(x);
    bool rests = tw_extents_argument(x) != 0;
    uint32_t steps = tw_extents_pop(x);
    uint32_t n = tw_extents_argument(x);
    if (!rests) {
        return; // nobody rests
    }
    uint64_t bytes = 4 * (4 + (uint64_t)steps + n);
    const uint32_t *queue = tw_extents_range(x, argument, tw_arg_u(x->call, argument), bytes,
                                             0x0a | TW_RANGE_WRITTEN | TW_RANGE_KEY);
    if (queue == NULL || steps == 0 || n == 0) {
        tw_refuse(x->call);
        return;
    }
    uint32_t head = queue[0], length = queue[1], slot = queue[2];
    const uint32_t *fired = queue + 4, *waiting = fired + steps;
    if (head >= n || length > n || slot >= steps || fired[slot] > length) {
        tw_refuse(x->call);
        return;
    }
    for (uint32_t k = 0, at = head; k < length; k++) {
        if (waiting[at] >= n) {
            tw_refuse(x->call);
            return;
        }
        at = at + 1 == n ? 0 : at + 1;
    }
}
