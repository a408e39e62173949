// Random requests of an arena, against a list of what it gave: blocks are aligned, zeroed, inside and apart, and keep
// their bytes; what fails says how much it would take. One argument: the seed. Ends with a line, or aborts.
#include "tw_arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA 4096u
#define BLOCKS 64u
#define TURNS 20000u

static struct {
    uint8_t *at;
    size_t size;
    uint8_t fill;
} blocks[BLOCKS];

static uint32_t state;

static uint32_t below(uint32_t n) {
    state = state * 1664525u + 1013904223u; // Numerical Recipes
    return (state >> 8) % n;
}

static void must(int holds, const char *what) {
    if (!holds) {
        printf("%s\n", what);
        abort();
    }
}

static void must_be(const uint8_t *at, size_t size, uint8_t value, const char *what) {
    for (size_t k = 0; k < size; ++k) {
        must(at[k] == value, what);
    }
}

static void apart(const uint8_t *base, unsigned b) {
    must((uintptr_t)blocks[b].at % (2 * sizeof(size_t)) == 0, "not aligned");
    must(blocks[b].at >= base && blocks[b].at + blocks[b].size <= base + ARENA, "outside");
    for (unsigned other = 0; other < BLOCKS; ++other) {
        must(other == b || blocks[other].at == NULL ||
                 blocks[b].at + blocks[b].size <= blocks[other].at ||
                 blocks[other].at + blocks[other].size <= blocks[b].at,
             "blocks overlap");
    }
}

static void give(tw_arena_t *arena, unsigned b) {
    size_t size = below(8) == 0 ? below(2 * ARENA) : below(200);
    uint8_t *at = tw_arena_alloc(arena, size);
    if (at == NULL) {
        must(arena->needed >= size, "what was needed is not said");
        return;
    }
    must_be(at, size, 0, "not zeroed");
    blocks[b].at = at;
    blocks[b].size = size;
    blocks[b].fill = (uint8_t)below(256);
    apart(arena->base, b);
    memset(at, blocks[b].fill, size);
}

static void resize(tw_arena_t *arena, unsigned b) {
    size_t size = below(400);
    size_t kept = size < blocks[b].size ? size : blocks[b].size;
    uint8_t *at = tw_arena_resize(arena, blocks[b].at, size);
    if (at == NULL) {
        must_be(blocks[b].at, blocks[b].size, blocks[b].fill, "lost by a resize that failed");
        return;
    }
    must_be(at, kept, blocks[b].fill, "lost by a resize");
    must_be(at + kept, size - kept, 0, "new bytes are not zeroed");
    blocks[b].at = at;
    blocks[b].size = size;
    apart(arena->base, b);
    memset(at, blocks[b].fill, size);
}

int main(int argc, char **argv) {
    state = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    uint8_t *base = aligned_alloc(16, ARENA);
    tw_arena_t arena;
    tw_arena_init(&arena, base, ARENA);
    for (unsigned turn = 0; turn < TURNS; ++turn) {
        unsigned b = below(BLOCKS);
        if (blocks[b].at == NULL) {
            give(&arena, b);
        } else if (below(3) == 0) {
            resize(&arena, b);
        } else {
            must_be(blocks[b].at, blocks[b].size, blocks[b].fill, "lost");
            tw_arena_free(&arena, blocks[b].at);
            blocks[b].at = NULL;
        }
        must(arena.used <= arena.peak && arena.peak <= ARENA, "used, peak");
    }
    tw_arena_reset(&arena);
    size_t first = arena.used;
    must(tw_arena_alloc(&arena, ARENA - 64) != NULL, "an empty arena holds one large block");
    tw_arena_reset(&arena);
    must(arena.used == first, "reset empties");
    tw_arena_seal(&arena);
    must(tw_arena_alloc(&arena, 1) == NULL, "sealed");
    free(base);
    puts("done");
    return 0;
}
