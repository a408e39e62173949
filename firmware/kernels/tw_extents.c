#include "tw_extents_state.h"

void tw_extents_push(tw_extents_t *x, uint64_t value) {
    if (value > x->largest) {
        tw_refuse(x->call);
        value = 0;
    }
    *x->top++ = (uint32_t)value;
}

const void *tw_extents_range(tw_extents_t *x, uint8_t argument, uint32_t address, uint64_t bytes,
                             uint8_t flags) {
    tw_call_t *call = x->call;
    uint32_t align = 1u << ((flags & TW_RANGE_ALIGN) >> 2);
    const void *at = (flags & TW_RANGE_WRITTEN) != 0 ? tw_writable(call, address, bytes, align)
                                                     : tw_readable(call, address, bytes, align);
    if (x->range_count == TW_EXTENTS_RANGES) {
        tw_refuse(call);
    }
    if (call->refused) {
        return NULL;
    }
    x->ranges[x->range_count++] = (tw_extent_t){address, (uint32_t)bytes, argument, flags};
    return at;
}
