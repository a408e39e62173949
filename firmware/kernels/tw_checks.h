// What kernels with checks of their own have in common.
#ifndef TW_CHECKS_H
#define TW_CHECKS_H

#include "tw_extents.h"

// So many words or bytes at an argument; NULL, and the call is refused, where they may not be there.
void *tw_write_words(tw_call_t *call, unsigned k, uint32_t n);
void *tw_write_bytes(tw_call_t *call, unsigned k, uint32_t n);
const void *tw_read_words(tw_call_t *call, unsigned k, uint32_t n);

// Of the arguments ring and position from number k on: i32[slots][n]. `place`: the first word of the slot that lies so many
// steps ahead.
int32_t *tw_ring(tw_call_t *call, unsigned k, uint32_t slots, uint32_t n, uint32_t ahead, uint32_t *place);

// A list with room for n more events. Its pairs begin two words behind its length.
uint32_t *tw_events_room(tw_call_t *call, unsigned k, uint32_t n);

// A list to read, and the largest index in it + 1.
const uint32_t *tw_events(tw_call_t *call, unsigned k, uint32_t *bound);

// What a kernel touches: none of it may overlap with another.
typedef struct tw_part {
    const void *at;
    uint32_t bytes;
} tw_part_t;

void tw_all_apart(tw_call_t *call, const tw_part_t *parts, size_t count);

#endif
