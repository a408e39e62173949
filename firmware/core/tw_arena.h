// All memory the engine ever gets: one piece, handed out while a module loads, then sealed, and emptied whole on unload.
#ifndef TW_ARENA_H
#define TW_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tw_arena {
    uint8_t *base;
    size_t size;
    size_t used;   // bytes from the base to the end of the last block
    size_t peak;   // the highest `used` since the last reset
    size_t needed; // of the last request that did not fit: what `size` would have to be at least; 0 if all did
    bool sealed;
} tw_arena_t;

// base  16-byte aligned, owned by the caller
void tw_arena_init(tw_arena_t *arena, uint8_t *base, size_t size);

// Everything handed out is gone; the arena is open again.
void tw_arena_reset(tw_arena_t *arena);

// From now on nothing is handed out: the module runs with what it has.
void tw_arena_seal(tw_arena_t *arena);

// `size` bytes, aligned to two words, zeroed; or NULL when sealed or full.
void *tw_arena_alloc(tw_arena_t *arena, size_t size);

// Gives a block back. NULL is allowed.
void tw_arena_free(tw_arena_t *arena, void *block);

// The block with another size, its bytes kept, the new ones zeroed; NULL when there is no room, and `block` stays.
void *tw_arena_resize(tw_arena_t *arena, void *block, size_t size);

#endif
