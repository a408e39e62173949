#include "tw_model.h"

#include "tw_check.h"
#include "tw_err.h"

#include <string.h>

#define ABI_MAJOR 1u
#define RESERVED 16u // bytes at address 0 that no buffer may use

static int failed(tw_model_t *model, int error, const char *why) {
    model->why = why;
    return error;
}

// A range of linear memory that is aligned and neither in the reserved bytes nor beyond mem_used.
static bool inside(const tw_model_t *model, uint32_t ptr, uint32_t len) {
    return ptr >= RESERVED && ptr % 8 == 0 && ptr <= model->mem_used &&
           len <= model->mem_used - ptr;
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
    uint32_t rom = 0;
    if (tw_engine_constant(&model->engine, "rom_len", &rom) && rom != 0) {
        return failed(model, TW_ERR_ABI, "rom_len: only the pure profile runs here");
    }
    return TW_OK;
}

static int check_ranges(tw_model_t *model) {
    uint64_t bytes = (uint64_t)tw_engine_pages(&model->engine) * TW_WASM_PAGE;
    if (model->mem_used < RESERVED || model->mem_used > bytes) {
        return failed(model, TW_ERR_ABI, "mem_used lies outside the memory");
    }
    if (!inside(model, model->in_ptr, model->in_len) ||
        !inside(model, model->out_ptr, model->out_len) ||
        !inside(model, model->state_ptr, model->state_len) ||
        !inside(model, model->cnt_ptr, model->cnt_len)) {
        return failed(model, TW_ERR_ABI, "a buffer lies outside mem_used");
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
    if (error == TW_OK) {
        error = check_ranges(model);
    }
    if (error == TW_OK) {
        error = tw_engine_start(&model->engine, arena, model->mem_used, &model->why);
    }
    if (error == TW_OK) {
        error = find_functions(model);
    }
    if (error != TW_OK) {
        return error;
    }
    uint32_t bytes = 0;
    model->memory = tw_engine_memory(&model->engine, &bytes);
    if (model->memory == NULL || bytes < model->mem_used) {
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
