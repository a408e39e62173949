// Modules one after the other on standard input, each a length and its bytes. They are loaded, and those with linked kernels
// run for some steps; a byte answers for each: 0 refused, 1 loaded as it is, 2 with kernels, 3 and they trapped.
#include "tw_err.h"
#include "tw_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA (4u << 20)
#define STEPS 3
#define SECONDS 60

static uint8_t verdict(tw_model_t *model, tw_arena_t *arena, const uint8_t *wasm, uint32_t len) {
    if (tw_model_load(model, arena, wasm, len) != TW_OK) {
        return 0;
    }
    tw_arena_seal(arena);
    if (model->engine.space.rom == NULL) {
        return 1;
    }
    for (int k = 0; k < STEPS; k++) {
        memset(model->memory + model->in_ptr, k, model->in_len);
        if (tw_model_step(model) < 0) {
            return 3;
        }
    }
    return 2;
}

int main(void) {
    uint8_t *base = malloc(ARENA);
    tw_arena_t arena;
    tw_arena_init(&arena, base, ARENA);
    uint32_t len;
    while (fread(&len, sizeof len, 1, stdin) == 1) {
        void *wasm = NULL; // of exactly this size, so that a sanitizer sees its end
        if (posix_memalign(&wasm, 16, len) != 0 || fread(wasm, 1, len, stdin) != len) {
            return 2;
        }
        static tw_model_t model;
        alarm(SECONDS); // nothing here takes long: what does is a finding
        putchar(verdict(&model, &arena, wasm, len));
        alarm(0);
        tw_model_unload(&model, &arena);
        free(wasm);
    }
    free(base);
    return 0;
}
