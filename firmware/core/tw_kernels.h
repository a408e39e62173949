// Kernels of modules that the firmware computes itself. A module exports its kernels under names that begin with "k1_"; one
// that the table has with the very signature is linked in place of its WebAssembly, and gives the same bits.
//
// A module is not trusted: a kernel checks every address, size and product before it reads or writes. What it refuses is a
// trap, and nothing was written then.
#ifndef TW_KERNELS_H
#define TW_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What a module's addresses mean: linear memory in RAM, and behind it constants that stay where they lie in the slot.
typedef struct tw_space {
    uint8_t *ram;
    uint32_t ram_bytes; // addresses 0 … ram_bytes − 1
    const uint8_t *rom; // NULL where the module has none
    uint32_t rom_from, rom_bytes;
    uint32_t module; // another number for every module that was loaded: what was found out of one holds for no other
} tw_space_t;

// One call on its way. Treat the fields as private.
typedef struct tw_call {
    const tw_space_t *space;
    uint64_t *args; // as the engine keeps them: an i32 is the low half, the other is undefined. The kernel may change them
    bool refused;
} tw_call_t;

// One row of the table.
typedef struct tw_kernel {
    const char *name;       // of the export
    const char *parameters; // a letter for each: i for i32, I for i64. There is no result
    // Checks all arguments; refuses (tw_refuse) without having written anything, or computes.
    void (*run)(tw_call_t *call);
} tw_kernel_t;

#define TW_KERNEL_PREFIX "k1_"

// The row of an export's name; NULL where the firmware has none.
const tw_kernel_t *tw_kernel_find(const char *name, size_t len);

#define TW_KERNEL_MASK 32u // bytes: numbers are below 256

// Which kernels there are: a bit for each number, the lowest of the first byte being 0. Returns the bytes up to the last bit.
size_t tw_kernel_mask(uint8_t mask[TW_KERNEL_MASK]);

// Whether linear memory and constants lie close enough for one base and addresses of 32 bits behind it, which is what generated
// kernels compute with. On a board they always do.
bool tw_kernels_reach(const void *ram, size_t ram_bytes, const void *rom, size_t rom_bytes);

static inline void tw_refuse(tw_call_t *call) {
    call->refused = true;
}

// An argument as the number that it is. Addresses and lengths are u32 in WebAssembly: tw_arg_u.
static inline int32_t tw_arg(const tw_call_t *call, unsigned k) {
    return (int32_t)(uint32_t)call->args[k];
}

static inline uint32_t tw_arg_u(const tw_call_t *call, unsigned k) {
    return (uint32_t)call->args[k];
}

static inline int64_t tw_arg_64(const tw_call_t *call, unsigned k) {
    return (int64_t)call->args[k];
}

// A size, count or stride: refused outside of 0 … most, and then 0.
uint32_t tw_size(tw_call_t *call, unsigned k, uint32_t most);

// The product of sizes. Refused beyond 32 bits, and then 0: no range is so long.
uint64_t tw_times(tw_call_t *call, uint64_t a, uint64_t b);

// The two below return NULL, and refuse, where the range does not lie in one piece where it may, or the address is no
// multiple of `align` in the board's memory. Of no bytes at all every address will do, and none of them may be read.

// Written: linear memory only.
void *tw_writable(tw_call_t *call, uint32_t address, uint64_t bytes, uint32_t align);

// Read: linear memory, or the constants in the slot.
const void *tw_readable(tw_call_t *call, uint32_t address, uint64_t bytes, uint32_t align);

// What is written may not overlap what is read, or written elsewhere: the order of loads and stores would show.
void tw_apart(tw_call_t *call, const void *a, uint64_t a_bytes, const void *b, uint64_t b_bytes);

#endif
