#include "tw_model.h"

#include "tw_check.h"
#include "tw_err.h"

#include "m3_env.h"
#include "wasm3.h"

#include <string.h>

#define ABI_MAJOR 1u
#define RESERVED 16u // bytes at address 0 that no buffer may use

static int failed(tw_model_t *model, int error, const char *why) {
    model->why = why;
    return error;
}

// WASM3's words are constants: which kind of failure one of them is.
static int failed_in(tw_model_t *model, const tw_arena_t *arena, M3Result result) {
    if (strncmp(result, "[trap]", 6) == 0) {
        return failed(model, TW_ERR_TRAP, result);
    }
    bool full = arena != NULL && arena->needed != 0;
    return failed(model, full ? TW_ERR_ARENA : TW_ERR_MODEL, result);
}

// The value of an immutable exported i32 global, read from its initialiser: WASM3 evaluates those only when it has
// already allocated the memory whose size one of them says.
static bool global(IM3Module module, const char *name, uint32_t *value) {
    IM3Global g = m3_FindGlobal(module, name);
    if (g == NULL || g->imported || g->isMutable || g->type != c_m3Type_i32) {
        return false;
    }
    const uint8_t *p = g->initExpr;
    const uint8_t *end = p + g->initExprSize;
    if (p == NULL || p == end || *p++ != 0x41) { // i32.const
        return false;
    }
    uint32_t bits = 0;
    unsigned shift = 0;
    uint8_t byte = 0x80;
    while ((byte & 0x80) != 0 && p < end && shift < 35) {
        byte = *p++;
        bits |= (uint32_t)(byte & 0x7f) << shift;
        shift += 7;
    }
    if ((byte & 0x40) != 0 && shift < 32) {
        bits |= UINT32_MAX << shift;
    }
    *value = bits;
    return (byte & 0x80) == 0 && p < end && *p == 0x0b; // end
}

// A range of linear memory that is aligned and neither in the reserved bytes nor beyond mem_used.
static bool inside(const tw_model_t *model, uint32_t ptr, uint32_t len) {
    return ptr >= RESERVED && ptr % 8 == 0 && ptr <= model->mem_used &&
           len <= model->mem_used - ptr;
}

static bool overlap(uint32_t a, uint32_t a_len, uint32_t b, uint32_t b_len) {
    return a < b + b_len && b < a + a_len;
}

static int read_abi(tw_model_t *model, IM3Module module) {
    uint32_t abi = 0;
    if (!global(module, "abi", &abi)) {
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
        if (!global(module, globals[k].name, globals[k].to)) {
            return failed(model, TW_ERR_ABI, globals[k].name);
        }
    }
    uint32_t rom = 0;
    if (global(module, "rom_len", &rom) && rom != 0) {
        return failed(model, TW_ERR_ABI, "rom_len: only the pure profile runs here");
    }
    return TW_OK;
}

static int check_ranges(tw_model_t *model, IM3Module module) {
    uint32_t pages = module->memoryInfo.initPages;
    if (model->mem_used < RESERVED || model->mem_used > (uint64_t)pages * d_m3MemPageSize) {
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

static int find(tw_model_t *model, const char *name, IM3Function *function) {
    M3Result result = m3_FindFunction(function, model->runtime, name);
    if (result != m3Err_none) {
        return failed_in(model, NULL, result);
    }
    if (m3_GetArgCount(*function) != 0 || m3_GetRetCount(*function) != 1 ||
        m3_GetRetType(*function, 0) != c_m3Type_i32) {
        return failed(model, TW_ERR_ABI, "init and step are functions () -> i32");
    }
    return TW_OK;
}

// WASM3 trusts what it parses. The check works in the arena's memory before anything is loaded into it.
static int check(tw_model_t *model, tw_arena_t *arena, const uint8_t *wasm, uint32_t len) {
    const char *why = NULL;
    int error = tw_check(wasm, len, arena->base, arena->size, &why);
    return error == TW_OK ? TW_OK : failed(model, error, why);
}

static int load(tw_model_t *model, const tw_arena_t *arena, const uint8_t *wasm, uint32_t len) {
    model->environment = m3_NewEnvironment();
    if (model->environment == NULL) {
        return failed(model, TW_ERR_ARENA, m3Err_mallocFailed);
    }
    IM3Runtime runtime = m3_NewRuntime(model->environment, TW_VALUE_STACK, NULL);
    if (runtime == NULL) {
        return failed(model, TW_ERR_ARENA, m3Err_mallocFailed);
    }
    model->runtime = runtime;
    IM3Module module = NULL;
    M3Result result = m3_ParseModule(model->environment, &module, wasm, len);
    if (result != m3Err_none) {
        return failed_in(model, arena, result);
    }
    int error = read_abi(model, module);
    if (error == TW_OK) {
        error = check_ranges(model, module);
    }
    if (error != TW_OK) {
        return error;
    }
    runtime->memoryLimit = model->mem_used;
    result = m3_LoadModule(runtime, module);
    if (result == m3Err_none) {
        result = m3_CompileModule(module); // all of it now: later there is no memory for it
    }
    if (result != m3Err_none) {
        return failed_in(model, arena, result);
    }
    IM3Function init = NULL;
    IM3Function step = NULL;
    error = find(model, "init", &init);
    if (error == TW_OK) {
        error = find(model, "step", &step);
    }
    model->init = init;
    model->step = step;
    uint32_t length = 0;
    model->memory = m3_GetMemory(runtime, &length, 0);
    if (error == TW_OK && (model->memory == NULL || length < model->mem_used)) {
        error = failed(model, TW_ERR_ABI, "not one memory of its own");
    }
    return error;
}

// Calls init or step. Returns its result in *value.
static int call(tw_model_t *model, IM3Function function, int32_t *value) {
    M3Result result = m3_Call(function, 0, NULL);
    if (result != m3Err_none) {
        return failed(model, TW_ERR_TRAP, result);
    }
    const void *to[] = {value};
    result = m3_GetResults(function, 1, to);
    return result == m3Err_none ? TW_OK : failed(model, TW_ERR_TRAP, result);
}

int tw_model_load(tw_model_t *model, tw_arena_t *arena, const uint8_t *wasm, uint32_t len) {
    tw_model_unload(model, arena);
    tw_heap_use(arena);
    int error = check(model, arena, wasm, len);
    if (error == TW_OK) {
        error = load(model, arena, wasm, len);
    }
    if (error == TW_OK) {
        error = tw_model_init(model);
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
    int error = call(model, model->init, &result);
    if (error != TW_OK) {
        return error;
    }
    return result == 0 ? TW_OK : failed(model, TW_ERR_RESULT, "init() is not 0");
}

int32_t tw_model_step(tw_model_t *model) {
    int32_t result = 0;
    int error = call(model, model->step, &result);
    if (error != TW_OK) {
        return error;
    }
    return result >= 0 ? result : failed(model, TW_ERR_RESULT, "step() is negative");
}
