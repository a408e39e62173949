// run MODULE | load MODULE → the error of the load, why, the arena's peak; then of each of three steps: its result or
// error, why it trapped, and the CRC-32 of linear memory. Fields are separated by tabs. "load" compiles, and runs nothing.
//
// Built twice: on an arena of malloc, whose blocks a sanitizer sees (fuzz_arena.c), and on the board's own.
#include "lines.h"
#include "tw_check.h"
#include "tw_crc32.h"
#include "tw_err.h"
#include "tw_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA (4u << 20)
#define STEPS 3
#define SECONDS 60

static int load_only(tw_model_t *model, tw_arena_t *arena, const uint8_t *wasm, uint32_t len) {
    tw_model_unload(model, arena);
    int error = tw_check(wasm, len, arena->base, arena->size, &model->why);
    if (error == TW_OK) {
        error = tw_engine_parse(&model->engine, arena, wasm, len, &model->why);
    }
    if (error == TW_OK) {
        error = tw_engine_start(&model->engine, arena, TW_WASM_PAGE, NULL, 0, &model->why);
    }
    return error;
}

static const char *or_none(const char *words) {
    return words == NULL ? "-" : words;
}

static void step(tw_model_t *model, unsigned number) {
    for (uint32_t k = 0; k < model->in_len; ++k) {
        model->memory[model->in_ptr + k] = (uint8_t)(k * 37 + number * 101 + 11);
    }
    int32_t result = 0;
    const char *why = NULL;
    int error = tw_engine_call(model->step, &result, &why);
    uint32_t crc = tw_crc32(0, model->memory, model->memory_bytes);
    printf("\t%d\t%s\t%u", error == TW_OK ? result : 0, or_none(why), (unsigned)crc);
}

int main(void) {
    static char none[1];
    char *words[2] = {none, none};
    uint8_t *base = malloc(ARENA);
    tw_arena_t arena;
    tw_arena_init(&arena, base, ARENA);
    for (int n; (n = lines_next(words, 2)) > 0;) {
        uint8_t *bytes = malloc(strlen(words[1]) / 2 + 1);
        size_t len = lines_bytes(words[1], bytes);
        uint8_t *wasm = malloc(len); // of exactly this size, so that a sanitizer sees its end
        memcpy(wasm, bytes, len);
        free(bytes);
        static tw_model_t model;
        bool run = strcmp(words[0], "run") == 0;
        alarm(SECONDS); // nothing that is run here takes long: what does is a finding
        int error = run ? tw_model_load(&model, &arena, wasm, (uint32_t)len)
                        : load_only(&model, &arena, wasm, (uint32_t)len);
        printf("%d\t%s\t%u", error, or_none(model.why), (unsigned)arena.peak);
        tw_arena_seal(&arena);
        for (unsigned k = 0; run && error == TW_OK && k < STEPS; ++k) {
            step(&model, k);
        }
        printf("\n");
        alarm(0);
        tw_model_unload(&model, &arena);
        free(wasm);
    }
    free(base);
    return 0;
}
