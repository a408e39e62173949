// One module of twentywatt's ABI: loaded whole or not at all. Module ABI: ../README.md.
#ifndef TW_MODEL_H
#define TW_MODEL_H

#include "tw_engine.h"

#include <stdbool.h>
#include <stdint.h>

// Caller allocates and zeroes. The addresses are offsets in linear memory, checked to lie inside mem_used.
typedef struct tw_model {
    bool loaded;
    const char *why; // the engine's own words, or ours, of the last failure; NULL after success. Static text
    tw_engine_t engine;
    tw_function_t *init, *step;
    uint8_t *memory;       // linear memory
    uint32_t memory_bytes; // all of mem_used, or what is no constant that stays in the slot
    uint32_t mem_used;
    uint32_t in_ptr, in_len;
    uint32_t out_ptr, out_len;
    uint32_t state_ptr, state_len;
    uint32_t cnt_ptr, cnt_len;
    uint32_t steps_hint;
} tw_model_t;

// Empties the arena, loads the module, compiles what of it runs, checks the ABI and calls init(). The caller seals the arena.
//
// wasm  stays where it is and must outlive the model
//
// Returns TW_OK, TW_ERR_MODEL, TW_ERR_ABI, TW_ERR_ARENA, TW_ERR_TRAP or TW_ERR_RESULT; then nothing is loaded and the
// arena is empty.
int tw_model_load(tw_model_t *model, tw_arena_t *arena, const uint8_t *wasm, uint32_t len);

// Empties the arena. Allowed when nothing is loaded.
void tw_model_unload(tw_model_t *model, tw_arena_t *arena);

// init(): state to its start, counters to zero. Returns TW_OK, TW_ERR_TRAP or TW_ERR_RESULT.
int tw_model_init(tw_model_t *model);

// step(): one inference or one time step. Returns its result, >= 0; TW_ERR_TRAP or TW_ERR_RESULT.
int32_t tw_model_step(tw_model_t *model);

#endif
