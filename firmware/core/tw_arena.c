#include "tw_arena.h"

#include <string.h>

// A block is a word with its size and whether it is in use, then its bytes:
//
//     | size | used |  bytes …        | size | used |  bytes …
//
// Sizes count the word and are multiples of ALIGN, so bit 0 is free to say "in use". First fit, and free neighbours
// melt together as the search passes them: WASM3 asks for some hundred blocks, and only while a module loads.

#define ALIGN (2 * sizeof(size_t))
#define WORD sizeof(size_t)
#define IN_USE ((size_t)1)

static size_t *word_at(const tw_arena_t *arena, size_t at) {
    return (size_t *)(void *)(arena->base + at);
}

static size_t size_at(const tw_arena_t *arena, size_t at) {
    return *word_at(arena, at) & ~IN_USE;
}

static bool used_at(const tw_arena_t *arena, size_t at) {
    return (*word_at(arena, at) & IN_USE) != 0;
}

// Where the first word lies: one before the first aligned address.
static size_t first(void) {
    return ALIGN - WORD;
}

void tw_arena_init(tw_arena_t *arena, uint8_t *base, size_t size) {
    arena->base = base;
    arena->size = size;
    tw_arena_reset(arena);
}

void tw_arena_reset(tw_arena_t *arena) {
    arena->used = first();
    arena->peak = arena->used;
    arena->needed = 0;
    arena->sealed = false;
}

void tw_arena_seal(tw_arena_t *arena) {
    arena->sealed = true;
}

// Makes one block of the free blocks from `at` on. Returns its size.
static size_t melt(tw_arena_t *arena, size_t at) {
    size_t size = size_at(arena, at);
    while (at + size < arena->used && !used_at(arena, at + size)) {
        size += size_at(arena, at + size);
    }
    *word_at(arena, at) = size;
    return size;
}

// Takes `need` bytes of the free block at `at`, and leaves the rest as a free block.
static void take(tw_arena_t *arena, size_t at, size_t size, size_t need) {
    if (size > need) {
        *word_at(arena, at + need) = size - need;
    } else {
        need = size;
    }
    *word_at(arena, at) = need | IN_USE;
}

// The size of a block for `size` bytes; 0 when no arena could hold it.
static size_t block_size(const tw_arena_t *arena, size_t size) {
    if (size > arena->size) {
        return 0;
    }
    return (size + WORD + ALIGN - 1) / ALIGN * ALIGN;
}

void *tw_arena_alloc(tw_arena_t *arena, size_t size) {
    size_t need = block_size(arena, size);
    if (arena->sealed || need == 0) {
        arena->needed = arena->sealed ? arena->needed : size;
        return NULL;
    }
    size_t at = first();
    while (at < arena->used) {
        size_t have = used_at(arena, at) ? 0 : melt(arena, at);
        if (have >= need) {
            take(arena, at, have, need);
            break;
        }
        if (have > 0 && at + have == arena->used) {
            arena->used = at; // the last block is free: it grows into what lies behind it
            break;
        }
        at += size_at(arena, at);
    }
    if (at == arena->used) {
        if (need > arena->size || at > arena->size - need) {
            arena->needed = at + need;
            return NULL;
        }
        *word_at(arena, at) = need | IN_USE;
        arena->used = at + need;
        if (arena->used > arena->peak) {
            arena->peak = arena->used;
        }
    }
    uint8_t *bytes = arena->base + at + WORD;
    memset(bytes, 0, need - WORD);
    return bytes;
}

void tw_arena_free(tw_arena_t *arena, void *block) {
    if (block == NULL) {
        return;
    }
    size_t at = (size_t)((uint8_t *)block - arena->base) - WORD;
    *word_at(arena, at) &= ~IN_USE;
    if (at + size_at(arena, at) == arena->used) {
        arena->used = at;
    }
}

void *tw_arena_resize(tw_arena_t *arena, void *block, size_t size) {
    if (block == NULL) {
        return tw_arena_alloc(arena, size);
    }
    size_t at = (size_t)((uint8_t *)block - arena->base) - WORD;
    size_t have = size_at(arena, at) - WORD;
    if (size <= have) {
        memset((uint8_t *)block + size, 0, have - size);
        return block;
    }
    void *moved = tw_arena_alloc(arena, size);
    if (moved != NULL) {
        memcpy(moved, block, have);
        tw_arena_free(arena, block);
    }
    return moved;
}
