// WASM3's heap. Its malloc, calloc, realloc and free are renamed to these when it is compiled.
#ifndef TW_HEAP_H
#define TW_HEAP_H

#include "tw_arena.h"

// From now on all of it comes from this arena.
void tw_heap_use(tw_arena_t *arena);

void *tw_heap_malloc(size_t size);
void *tw_heap_calloc(size_t count, size_t size);
void *tw_heap_realloc(void *block, size_t size);
void tw_heap_free(void *block);

#endif
