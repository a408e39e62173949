// What the files of tw_extents share: one check on its way.
#ifndef TW_EXTENTS_STATE_H
#define TW_EXTENTS_STATE_H

#include "tw_extents.h"

#define TW_EXTENTS_RANGES 20
#define TW_EXTENTS_STACK 8

typedef struct tw_extent {
    uint32_t address, bytes;
    uint32_t machine; // what the body gets as the argument
    uint8_t argument, flags;
} tw_extent_t;

typedef struct tw_extents {
    tw_call_t *call;
    const uint8_t *rule; // what is left of it
    uint32_t *top;       // of the stack: the next free place
    uint32_t stack[TW_EXTENTS_STACK];
    uint32_t largest; // that a number may be
    tw_extent_t *free; // the next of the ranges
    tw_extent_t ranges[TW_EXTENTS_RANGES];
    // of the last list of events: its pairs, how many, the largest index + 1
    const uint32_t *events;
    uint32_t event_count, event_bound;
    // of the last walk: the least and the largest offset of either operand
    int64_t least[2], most[2];
} tw_extents_t;

// Numbers of a rule are counts, at most as many as memory has bits and below 2^31: a product of two of them fits 64 bits.
void tw_extents_push(tw_extents_t *x, uint64_t value);

static inline uint32_t tw_extents_pop(tw_extents_t *x) {
    return *--x->top;
}

// An address of this computer's as a body has it.
static inline uint32_t tw_extents_machine(const void *at) {
#if UINTPTR_MAX == UINT32_MAX
    return (uint32_t)(uintptr_t)at;
#else
    return (uint32_t)((uintptr_t)at - (uintptr_t)tw_generated_base);
#endif
}

// Whether an address is one of the constants in flash.
static inline bool tw_extents_in_rom(const tw_space_t *space, uint32_t address) {
    return space->rom != NULL && address >= space->rom_from && address - space->rom_from <= space->rom_bytes;
}

// The next byte of the rule.
static inline uint8_t tw_extents_byte(tw_extents_t *x) {
    return *x->rule++;
}

static inline uint32_t tw_extents_argument(tw_extents_t *x) {
    return tw_arg_u(x->call, tw_extents_byte(x));
}

// So many bytes at an address of the module's, as flags say. NULL, and the call is refused, where they may not be there.
const void *tw_extents_range(tw_extents_t *x, uint8_t argument, uint32_t address, uint64_t bytes,
                             uint8_t flags);

// A test sees what a body is about to touch.
#ifdef TW_EXTENTS_WATCHED
void tw_extents_watch(const tw_extents_t *x);
#else
static inline void tw_extents_watch(const tw_extents_t *x) {
    (void)x;
}
#endif

// tw_extents_lists.c
void tw_extents_events(tw_extents_t *x);
void tw_extents_room(tw_extents_t *x);
void tw_extents_ring(tw_extents_t *x);
void tw_extents_fused(tw_extents_t *x);

// tw_extents_rows.c
void tw_extents_rows(tw_extents_t *x);
void tw_extents_lanes(tw_extents_t *x);

// tw_extents_walk.c
void tw_extents_walk(tw_extents_t *x);
void tw_extents_strided(tw_extents_t *x);

#endif
