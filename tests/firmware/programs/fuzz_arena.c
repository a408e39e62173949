// tw_arena.h on malloc, so that AddressSanitizer sees the borders of every block that WASM3 gets.
#include "fuzz.h"
#include "tw_arena.h"

#include <stdlib.h>
#include <string.h>

#define MOST 4096

static struct {
    void *bytes;
    size_t size;
} blocks[MOST];
static size_t used;

volatile sig_atomic_t fuzz_busy;

void tw_arena_init(tw_arena_t *arena, uint8_t *base, size_t size) {
    arena->base = base;
    arena->size = size;
    tw_arena_reset(arena);
}

void tw_arena_reset(tw_arena_t *arena) {
    fuzz_busy = 1;
    for (size_t k = 0; k < MOST; ++k) {
        free(blocks[k].bytes);
        blocks[k].bytes = NULL;
    }
    fuzz_busy = 0;
    used = 0;
    arena->used = arena->peak = arena->needed = 0;
    arena->sealed = false;
}

void tw_arena_seal(tw_arena_t *arena) {
    arena->sealed = true;
}

static size_t find(const void *bytes) {
    size_t k = 0;
    while (k < MOST && blocks[k].bytes != bytes) {
        k++;
    }
    if (k == MOST) {
        abort(); // bytes != NULL: not one of ours
    }
    return k;
}

void *tw_arena_alloc(tw_arena_t *arena, size_t size) {
    if (arena->sealed) {
        return NULL;
    }
    if (size > arena->size - used) {
        arena->needed = used + size;
        return NULL;
    }
    size_t k = find(NULL);
    fuzz_busy = 1;
    blocks[k].bytes = calloc(1, size == 0 ? 1 : size);
    fuzz_busy = 0;
    blocks[k].size = size;
    used += size;
    arena->used = used;
    arena->peak = used > arena->peak ? used : arena->peak;
    return blocks[k].bytes;
}

void tw_arena_free(tw_arena_t *arena, void *block) {
    if (block == NULL) {
        return;
    }
    size_t k = find(block);
    used -= blocks[k].size;
    arena->used = used;
    fuzz_busy = 1;
    free(blocks[k].bytes);
    blocks[k].bytes = NULL;
    fuzz_busy = 0;
}

void *tw_arena_resize(tw_arena_t *arena, void *block, size_t size) {
    if (block == NULL) {
        return tw_arena_alloc(arena, size);
    }
    size_t have = blocks[find(block)].size;
    void *moved = tw_arena_alloc(arena, size);
    if (moved != NULL) {
        memcpy(moved, block, have < size ? have : size);
        tw_arena_free(arena, block);
    }
    return moved;
}
