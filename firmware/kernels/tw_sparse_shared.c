// assembly/synapses/sparse-shared.ts, with its own check.
#include "tw_bodies.h"
#include "tw_checks.h"
#include "tw_rows.h"

// Adds to a row's targets. T: u8 or u16.
#define ADD(T)                                                                                                         \
    for (const T *at = (const T *)targets + rows[0], *end = (const T *)targets + rows[1]; at < end; at++) {            \
        target[*at] = tw_plus(target[*at], more);                                                                      \
    }

// Arguments: events, rows, targets, weight, ring, position, ahead, slots, n, counters.
static void shared(tw_call_t *call, uint32_t bytes) {
    tw_list_t list = {tw_arg_u(call, 1), tw_arg_u(call, 2), 0, bytes, bytes, false};
    uint32_t n = tw_size(call, 8, INT32_MAX / 4), ahead = tw_size(call, 6, INT32_MAX);
    uint32_t bound, place = 0;
    const uint32_t *events = tw_events(call, 0, &bound);
    int32_t *ring = tw_ring(call, 4, tw_arg_u(call, 7), n, ahead, &place);
    uint8_t *counters = tw_write_words(call, 9, 8);
    if (call->refused) {
        return;
    }
    uint32_t count = *events;
    tw_looked_t found = tw_look_through(call, &list, events + 2, count, bound);
    if (call->refused || (found.end > 0 && found.reach >= n)) {
        tw_refuse(call);
        return;
    }
    if (count == 0) {
        return;
    }
    const uint32_t *all = tw_read_words(call, 1, bound + 1);
    const void *targets = tw_readable(call, list.targets, (uint64_t)found.end * bytes, bytes);
    uint64_t ring_bytes = 4 * (uint64_t)tw_arg_u(call, 7) * n;
    tw_apart(call, ring, ring_bytes, events, 8 + 8 * (uint64_t)count);
    tw_apart(call, ring, ring_bytes, all, 4 * ((uint64_t)bound + 1));
    tw_apart(call, ring, ring_bytes, targets, (uint64_t)found.end * bytes);
    if (call->refused) {
        return;
    }
    int32_t *target = ring + place;
    int32_t weight = tw_arg(call, 3);
    uint64_t met = 0;
    for (const uint32_t *e = events + 2, *last = e + 2 * count; e < last; e += 2) {
        int32_t more = (int32_t)(e[1] * (uint32_t)weight);
        const uint32_t *rows = all + e[0];
        met += rows[1] - rows[0];
        if (bytes == 1) {
            ADD(uint8_t)
        } else {
            ADD(uint16_t)
        }
    }
    if (met != 0) {
        tw_count_at(counters + TW_SYNAPTIC_EVENTS, met);
    }
}

void tw_kernel_sparseShared_u8(tw_call_t *call) {
    shared(call, 1);
}

void tw_kernel_sparseShared_u16(tw_call_t *call) {
    shared(call, 2);
}
