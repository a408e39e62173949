#include "tw_model.h"

#include "tw_check.h"
#include "tw_err.h"
#include "tw_kernels.h"

#include <string.h>

#define ABI_MAJOR 1u
#define RESERVED 16u // bytes at address 0 that no buffer may use
#define ROM_ALIGN 16u

static int failed(tw_model_t *model, int error, const char *why) {
    model->why = why;
    return error;
}

// A range of linear memory that is aligned and neither in the reserved bytes nor beyond what is written at all.
static bool inside(uint32_t written, uint32_t ptr, uint32_t len) {
    return ptr >= RESERVED && ptr % 8 == 0 && ptr <= written && len <= written - ptr;
}

static bool overlap(uint32_t a, uint32_t a_len, uint32_t b, uint32_t b_len) {
    return a < b + b_len && b < a + a_len;
}

static int read_abi(tw_model_t *model) {
    uint32_t abi = 0;
    if (!tw_engine_constant(&model->engine, "abi", &abi)) {
        return failed(model, TW_ERR_ABI, "no global abi");
    }
    if (abi >> 16 != ABI_MAJOR) {
        return failed(model, TW_ERR_ABI, "another major version of the ABI");
    }
    const struct {
        const char *name;
        uint32_t *to;
    } globals[] = {
        {"mem_used", &model->mem_used},   {"in_ptr", &model->in_ptr},
        {"in_len", &model->in_len},       {"out_ptr", &model->out_ptr},
        {"out_len", &model->out_len},     {"state_ptr", &model->state_ptr},
        {"state_len", &model->state_len}, {"cnt_ptr", &model->cnt_ptr},
        {"cnt_len", &model->cnt_len},     {"steps_hint", &model->steps_hint},
    };
    for (size_t k = 0; k < sizeof globals / sizeof globals[0]; ++k) {
        if (!tw_engine_constant(&model->engine, globals[k].name, globals[k].to)) {
            return failed(model, TW_ERR_ABI, globals[k].name);
        }
    }
    return TW_OK;
}

// Constants that only native kernels read: the last bytes of mem_used, at the end of the module's data, on both sides from a
// multiple of ROM_ALIGN on. *len is 0 where there are none.
static int find_rom(tw_model_t *model, const uint8_t *wasm, const uint8_t **rom, uint32_t *len) {
    *rom = wasm;
    if (!tw_engine_constant(&model->engine, "rom_len", len) || *len == 0) {
        *len = 0;
        return TW_OK;
    }
    if (*len > model->mem_used || (model->mem_used - *len) % ROM_ALIGN != 0) {
        return failed(model, TW_ERR_ABI, "rom_len: not the end of mem_used");
    }
    *rom = tw_engine_rom(&model->engine, model->mem_used, *len);
    if (*rom == NULL || (size_t)(*rom - wasm) % ROM_ALIGN != 0) {
        return failed(model, TW_ERR_ABI, "rom_len: not the end of the module's data");
    }
    return TW_OK;
}

static int check_ranges(tw_model_t *model, uint32_t rom_len) {
    uint32_t written = model->mem_used - rom_len;
    uint64_t bytes = (uint64_t)tw_engine_pages(&model->engine) * TW_WASM_PAGE;
    if (model->mem_used < RESERVED || model->mem_used > bytes) {
        return failed(model, TW_ERR_ABI, "mem_used lies outside the memory");
    }
    if (!inside(written, model->in_ptr, model->in_len) ||
        !inside(written, model->out_ptr, model->out_len) ||
        !inside(written, model->state_ptr, model->state_len) ||
        !inside(written, model->cnt_ptr, model->cnt_len)) {
        return failed(model, TW_ERR_ABI, "a buffer lies outside mem_used, or among constants");
    }
    if (overlap(model->in_ptr, model->in_len, model->out_ptr, model->out_len) ||
        overlap(model->in_ptr, model->in_len, model->state_ptr, model->state_len) ||
        overlap(model->out_ptr, model->out_len, model->state_ptr, model->state_len)) {
        return failed(model, TW_ERR_ABI, "buffers overlap");
    }
    return TW_OK;
}

static int find_functions(tw_model_t *model) {
    int error = tw_engine_find(&model->engine, "init", &model->init, &model->why);
    if (error == TW_OK) {
        error = tw_engine_find(&model->engine, "step", &model->step, &model->why);
    }
    if (error == TW_ERR_ABI) {
        model->why = "init and step are functions () -> i32";
    }
    return error;
}

static int load(tw_model_t *model, tw_arena_t *arena, const uint8_t *wasm, uint32_t len) {
    int error = tw_engine_parse(&model->engine, arena, wasm, len, &model->why);
    if (error == TW_OK) {
        error = read_abi(model);
    }
    const uint8_t *rom = NULL;
    uint32_t rom_len = 0;
    if (error == TW_OK) {
        error = find_rom(model, wasm, &rom, &rom_len);
    }
    if (error == TW_OK) {
        error = check_ranges(model, rom_len);
    }
    if (error == TW_OK) {
        // with a kernel of a newer firmware, or in a slot of an odd address or a far one, all of it runs as it is
        bool native = tw_engine_has_kernels(&model->engine) && (uintptr_t)rom % ROM_ALIGN == 0 &&
                      tw_kernels_reach(arena->base, arena->size, rom, rom_len);
        rom = native ? rom : NULL;
        rom_len = native ? rom_len : 0;
        model->memory_bytes = model->mem_used - rom_len;
        error = tw_engine_start(&model->engine, arena, model->memory_bytes, rom, rom_len,
                                &model->why);
    }
    if (error == TW_OK) {
        error = find_functions(model);
    }
    if (error != TW_OK) {
        return error;
    }
    uint32_t bytes = 0;
    model->memory = tw_engine_memory(&model->engine, &bytes);
    if (model->memory == NULL || bytes < model->memory_bytes) {
        return failed(model, TW_ERR_ABI, "not one memory of its own");
    }
    return tw_model_init(model);
}

int tw_model_load(tw_model_t *model, tw_arena_t *arena, const uint8_t *wasm, uint32_t len) {
    tw_model_unload(model, arena);
    // engines trust what they parse. The check works in the arena's memory before anything is loaded into it
    int error = tw_check(wasm, len, arena->base, arena->size, &model->why);
    if (error == TW_OK) {
        error = load(model, arena, wasm, len);
    }
    if (error != TW_OK) {
        size_t needed = arena->needed;
        const char *why = model->why;
        tw_model_unload(model, arena);
        arena->needed = needed;
        model->why = why;
        return error;
    }
    model->loaded = true;
    return TW_OK;
}

void tw_model_unload(tw_model_t *model, tw_arena_t *arena) {
    // nothing is freed piece by piece: whatever a failed load left lies in the arena too
    memset(model, 0, sizeof *model);
    tw_arena_reset(arena);
}

int tw_model_init(tw_model_t *model) {
    int32_t result = 0;
    int error = tw_engine_call(model->init, &result, &model->why);
    if (error != TW_OK) {
        return error;
    }
    return result == 0 ? TW_OK : failed(model, TW_ERR_RESULT, "init() is not 0");
}

int32_t tw_model_step(tw_model_t *model) {
    int32_t result = 0;
    int error = tw_engine_call(model->step, &result, &model->why);
    if (error != TW_OK) {
        return error;
    }
    return result >= 0 ? result : failed(model, TW_ERR_RESULT, "step() is negative");
}
