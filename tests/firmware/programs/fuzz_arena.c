// tw_arena.h with borders around every block that WASM3 gets, which AddressSanitizer sees: in one piece that is never used twice
// before a reset, and static, as slots are. Kernels that are generated reach both from one base of 32 bits.
#include "fuzz.h"
#include "tw_arena.h"

#include <sanitizer/asan_interface.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define MOST 4096
#define HEAP (16u << 20)
#define BORDER 32u

static alignas(16) uint8_t heap[HEAP];
static size_t top;

static struct {
    void *bytes;
    size_t size;
} blocks[MOST];
static size_t used;

volatile sig_atomic_t fuzz_busy;

void tw_arena_init(tw_arena_t *arena, uint8_t *base, size_t size) {
    arena->base = base;
    arena->size = size;
    top = HEAP;
    tw_arena_reset(arena);
}

void tw_arena_reset(tw_arena_t *arena) {
    fuzz_busy = 1;
    for (size_t k = 0; k < MOST; ++k) {
        blocks[k].bytes = NULL;
    }
    ASAN_POISON_MEMORY_REGION(heap, top);
    top = 0;
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

// With a border on either side; zeros.
static void *piece(size_t size) {
    size_t at = top + BORDER;
    if (size > HEAP - BORDER || at > HEAP - BORDER - size) {
        abort(); // more than WASM3 asks for while a module loads
    }
    top = (at + size + 15) & ~(size_t)15;
    ASAN_UNPOISON_MEMORY_REGION(heap + at, size);
    return memset(heap + at, 0, size);
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
    blocks[k].bytes = piece(size == 0 ? 1 : size);
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
    ASAN_POISON_MEMORY_REGION(blocks[k].bytes, blocks[k].size == 0 ? 1 : blocks[k].size);
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
