#include "tw_extents_state.h"

#if UINTPTR_MAX != UINT32_MAX
uint8_t *tw_generated_base;
#endif

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
    const tw_space_t *space = call->space;
    const uint8_t *memory = space->ram;
    uint32_t offset = address, length = space->ram_bytes;
    if ((flags & TW_RANGE_WRITTEN) == 0 && tw_extents_in_rom(space, address)) {
        memory = space->rom;
        offset = address - space->rom_from;
        length = space->rom_bytes;
    }
    uint32_t start = tw_extents_machine(memory);
    uint32_t odd = (start + offset) & ((1u << ((flags & TW_RANGE_ALIGN) >> 2)) - 1u);
    // of no bytes too the address is one of memory's: those beyond would come back to 0 elsewhere than on a board
    bool there = offset <= length && bytes <= length - offset && (odd == 0 || bytes == 0);
    if (!there || x->free == x->ranges + TW_EXTENTS_RANGES) {
        tw_refuse(call);
        return NULL;
    }
    uint32_t from = tw_arg_u(call, argument) - address;
    *x->free++ = (tw_extent_t){address, (uint32_t)bytes, start + offset + from, argument, flags};
    return memory + offset;
}
