#include "tw_checks.h"

void *tw_write_words(tw_call_t *call, unsigned k, uint32_t n) {
    return tw_writable(call, tw_arg_u(call, k), 4 * (uint64_t)n, 4);
}

void *tw_write_bytes(tw_call_t *call, unsigned k, uint32_t n) {
    return tw_writable(call, tw_arg_u(call, k), n, 1);
}

const void *tw_read_words(tw_call_t *call, unsigned k, uint32_t n) {
    return tw_readable(call, tw_arg_u(call, k), 4 * (uint64_t)n, 4);
}

int32_t *tw_ring(tw_call_t *call, unsigned k, uint32_t slots, uint32_t n, uint32_t ahead, uint32_t *place) {
    uint64_t words = (uint64_t)slots * n;
    if (slots == 0 || slots > INT32_MAX || words > UINT32_MAX / 4) {
        tw_refuse(call);
        return NULL;
    }
    *place = 0;
    if (slots > 1) {
        const uint32_t *position = tw_read_words(call, k + 1, 1);
        if (call->refused || *position >= slots || ahead > slots) {
            tw_refuse(call);
            return NULL;
        }
        uint32_t slot = *position + ahead;
        *place = (slot >= slots ? slot - slots : slot) * n;
    }
    return tw_write_words(call, k, (uint32_t)words);
}

uint32_t *tw_events_room(tw_call_t *call, unsigned k, uint32_t n) {
    uint32_t *list = tw_write_words(call, k, 1);
    if (call->refused) {
        return NULL;
    }
    return tw_writable(call, tw_arg_u(call, k), 8 + 8 * ((uint64_t)*list + n), 4);
}

const uint32_t *tw_events(tw_call_t *call, unsigned k, uint32_t *bound) {
    const uint32_t *list = tw_read_words(call, k, 1);
    *bound = 0;
    if (call->refused) {
        return NULL;
    }
    uint32_t count = *list;
    list = tw_readable(call, tw_arg_u(call, k), 8 + 8 * (uint64_t)count, 4);
    if (list == NULL) {
        return NULL;
    }
    for (const uint32_t *at = list + 2, *end = at + 2 * count; at < end; at += 2) {
        if (*at >= INT32_MAX) {
            tw_refuse(call);
            return NULL;
        }
        *bound = *at >= *bound ? *at + 1 : *bound;
    }
    return list;
}

void tw_all_apart(tw_call_t *call, const tw_part_t *parts, size_t count) {
    for (const tw_part_t *a = parts + 1; a < parts + count; a++) {
        uintptr_t from = (uintptr_t)a->at, end = from + a->bytes;
        for (const tw_part_t *b = parts; a->bytes != 0 && b < a; b++) {
            uintptr_t other = (uintptr_t)b->at;
            if (other < end && from < other + b->bytes && b->bytes != 0) {
                tw_refuse(call);
            }
        }
    }
}
