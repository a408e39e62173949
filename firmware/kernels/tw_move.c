// assembly/fixed/fill.ts, ring.ts and tally.ts: what a step calls most often, checked and done without a rule.
#include "tw_bodies.h"

void tw_kernel_zero(tw_call_t *call) {
    uint8_t *at = tw_writable(call, tw_arg_u(call, 0), tw_size(call, 1, INT32_MAX), 1);
    if (!call->refused) {
        memset(at, 0, tw_arg_u(call, 1));
    }
}

void tw_kernel_fillI32(tw_call_t *call) {
    uint32_t n = tw_size(call, 2, INT32_MAX / 4);
    uint8_t *at = tw_writable(call, tw_arg_u(call, 0), 4 * (uint64_t)n, 4);
    int32_t value = tw_arg(call, 1);
    for (uint32_t k = 0; !call->refused && k < n; k++) {
        memcpy(at + 4 * k, &value, sizeof value);
    }
}

// From the first byte to the last: what overlaps repeats.
void tw_kernel_copyBytes(tw_call_t *call) {
    uint32_t n = tw_size(call, 2, INT32_MAX);
    const uint8_t *from = tw_readable(call, tw_arg_u(call, 0), n, 1);
    uint8_t *to = tw_writable(call, tw_arg_u(call, 1), n, 1);
    for (uint32_t k = 0; !call->refused && k < n; k++) {
        to[k] = from[k];
    }
}

void tw_kernel_turn(tw_call_t *call) {
    int32_t *position = tw_writable(call, tw_arg_u(call, 0), 4, 4);
    if (!call->refused) {
        int32_t next = tw_plus(*position, 1);
        *position = next == tw_arg(call, 1) ? 0 : next;
    }
}

void tw_kernel_book(tw_call_t *call) {
    const uint8_t *counters = tw_readable(call, tw_arg_u(call, 0), 32, 4);
    uint8_t *booked = tw_writable(call, tw_arg_u(call, 1), 8, 4);
    uint8_t *own = tw_writable(call, tw_arg_u(call, 2), 8, 4);
    if (call->refused) {
        return;
    }
    uint64_t all, mine, before;
    memcpy(&all, counters + TW_SATURATIONS, sizeof all);
    memcpy(&mine, own, sizeof mine);
    memcpy(&before, booked, sizeof before);
    mine += all - before;
    memcpy(own, &mine, sizeof mine);
    memcpy(booked, &all, sizeof all);
}
