// Included in front of WASM3's files: its heap is the core's arena, and its warnings are not ours to mend. The names of the
// heap must be there before stdlib.h is: after it they would be undeclared, return an int and lose half of a pointer.
#ifndef TW_WASM3_BUILD_H
#define TW_WASM3_BUILD_H

#include "tw_build.h"
#include "tw_wasm3_names.h"

#define malloc tw_heap_malloc
#define calloc tw_heap_calloc
#define realloc tw_heap_realloc
#define free tw_heap_free
#define strcmp tw_text_compare

#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#endif
