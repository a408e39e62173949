#include "tw_heap.h"

static tw_arena_t *heap; // the one piece of global state of the core: WASM3 passes no context

void tw_heap_use(tw_arena_t *arena) {
    heap = arena;
}

void *tw_heap_malloc(size_t size) {
    return heap == NULL ? NULL : tw_arena_alloc(heap, size);
}

void *tw_heap_calloc(size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return tw_heap_malloc(count * size);
}

void *tw_heap_realloc(void *block, size_t size) {
    return heap == NULL ? NULL : tw_arena_resize(heap, block, size);
}

void tw_heap_free(void *block) {
    if (heap != NULL) {
        tw_arena_free(heap, block);
    }
}
