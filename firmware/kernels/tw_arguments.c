#include "tw_kernels.h"

uint32_t tw_size(tw_call_t *call, unsigned k, uint32_t most) {
    uint32_t value = tw_arg_u(call, k);
    if (value > most) {
        tw_refuse(call);
        return 0;
    }
    return value;
}

uint64_t tw_times(tw_call_t *call, uint64_t a, uint64_t b) {
    if (a > UINT32_MAX || b > UINT32_MAX || a * b > UINT32_MAX) {
        tw_refuse(call);
        return 0;
    }
    return a * b;
}

// The base lies up to 32 bytes below the lower of the two.
bool tw_kernels_reach(const void *ram, size_t ram_bytes, const void *rom, size_t rom_bytes) {
#if UINTPTR_MAX == UINT32_MAX
    (void)ram, (void)ram_bytes, (void)rom, (void)rom_bytes;
    return true;
#else
    uintptr_t a = (uintptr_t)ram, b = (uintptr_t)rom;
    uintptr_t low = a < b ? a : b;
    uintptr_t most = (uintptr_t)UINT32_MAX - 32;
    return ram_bytes <= most && rom_bytes <= most && a - low <= most - ram_bytes && b - low <= most - rom_bytes;
#endif
}

// Whether a range of some bytes lies within another one.
static bool within(uint32_t address, uint64_t bytes, uint32_t from, uint32_t len) {
    return address >= from && address - from <= len && bytes <= len - (address - from);
}

void *tw_writable(tw_call_t *call, uint32_t address, uint64_t bytes, uint32_t align) {
    const tw_space_t *space = call->space;
    if (bytes == 0) {
        return space->ram;
    }
    if (!within(address, bytes, 0, space->ram_bytes) ||
        (uintptr_t)(space->ram + address) % align != 0) {
        tw_refuse(call);
        return NULL;
    }
    return space->ram + address;
}

const void *tw_readable(tw_call_t *call, uint32_t address, uint64_t bytes, uint32_t align) {
    const tw_space_t *space = call->space;
    if (bytes == 0 || !within(address, bytes, space->rom_from, space->rom_bytes)) {
        return tw_writable(call, address, bytes, align);
    }
    const uint8_t *at = space->rom + (address - space->rom_from);
    if ((uintptr_t)at % align != 0) {
        tw_refuse(call);
        return NULL;
    }
    return at;
}

void tw_apart(tw_call_t *call, const void *a, uint64_t a_bytes, const void *b, uint64_t b_bytes) {
    uintptr_t from = (uintptr_t)a, other = (uintptr_t)b;
    bool apart = from < other ? other - from >= a_bytes : from - other >= b_bytes;
    if (a_bytes != 0 && b_bytes != 0 && !apart) {
        tw_refuse(call);
    }
}
