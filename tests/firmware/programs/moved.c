// OFFSET MODULE → the module loaded so many bytes behind a multiple of 16: the error, linear memory, and the CRC-32 of the
// output after a step. Fields are separated by tabs.
#include "lines.h"
#include "tw_crc32.h"
#include "tw_err.h"
#include "tw_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA (4u << 20)
#define SLOT (1u << 20)

int main(void) {
    static char none[1];
    char *words[2] = {none, none};
    // one block: arena and slot lie near each other, as on a board
    uint8_t *block = aligned_alloc(16, ARENA + SLOT);
    while (lines_next(words, 2) > 0) {
        uint8_t *wasm = block + ARENA + strtoul(words[0], NULL, 10);
        size_t len = lines_bytes(words[1], wasm);
        tw_arena_t arena;
        tw_arena_init(&arena, block, ARENA);
        static tw_model_t model;
        int error = tw_model_load(&model, &arena, wasm, (uint32_t)len);
        uint32_t crc = 0;
        if (error == TW_OK) {
            for (uint32_t k = 0; k < model.in_len; ++k) {
                model.memory[model.in_ptr + k] = (uint8_t)(k * 37 + 11);
            }
            error = tw_model_step(&model) < 0 ? -1 : 0;
            crc = tw_crc32(0, model.memory + model.out_ptr, model.out_len);
        }
        printf("%d\t%u\t%u\n", error, (unsigned)model.memory_bytes, (unsigned)crc);
        tw_model_unload(&model, &arena);
    }
    free(block);
    return 0;
}
