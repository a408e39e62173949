#include "tw_engine.h"
#include "tw_err.h"
#include "tw_heap.h"

#include "m3_env.h"
#include "wasm3.h"

#include <string.h>

// Bytes of the stack that WASM3 computes on.
#ifndef TW_VALUE_STACK
#define TW_VALUE_STACK 2048u
#endif

static int failed(const char **why, int error, const char *words) {
    *why = words;
    return error;
}

// WASM3's words are constants: which kind of failure one of them is.
static int failed_in(const char **why, const tw_arena_t *arena, M3Result words) {
    if (strncmp(words, "[trap]", 6) == 0) {
        return failed(why, TW_ERR_TRAP, words);
    }
    return failed(why, arena->needed != 0 ? TW_ERR_ARENA : TW_ERR_MODEL, words);
}

int tw_engine_parse(tw_engine_t *engine, tw_arena_t *arena, const uint8_t *wasm, uint32_t len,
                    const char **why) {
    tw_heap_use(arena);
    IM3Environment environment = m3_NewEnvironment();
    if (environment == NULL) {
        return failed(why, TW_ERR_ARENA, m3Err_mallocFailed);
    }
    engine->runtime = m3_NewRuntime(environment, TW_VALUE_STACK, NULL);
    if (engine->runtime == NULL) {
        return failed(why, TW_ERR_ARENA, m3Err_mallocFailed);
    }
    IM3Module module = NULL;
    M3Result result = m3_ParseModule(environment, &module, wasm, len);
    engine->module = module;
    return result == m3Err_none ? TW_OK : failed_in(why, arena, result);
}

// Read from its initialiser: WASM3 evaluates those only when it has already allocated the memory.
bool tw_engine_constant(const tw_engine_t *engine, const char *name, uint32_t *value) {
    IM3Global g = m3_FindGlobal(engine->module, name);
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

uint32_t tw_engine_pages(const tw_engine_t *engine) {
    IM3Module module = engine->module;
    return module->memoryInfo.initPages;
}

int tw_engine_start(tw_engine_t *engine, const tw_arena_t *arena, uint32_t bytes,
                    const char **why) {
    IM3Runtime runtime = engine->runtime;
    IM3Module module = engine->module;
    runtime->memoryLimit = bytes;
    M3Result result = m3_LoadModule(runtime, module);
    if (result == m3Err_none) {
        result = m3_CompileModule(module);
    }
    return result == m3Err_none ? TW_OK : failed_in(why, arena, result);
}

int tw_engine_find(const tw_engine_t *engine, const char *name, tw_function_t **function,
                   const char **why) {
    IM3Function found = NULL;
    M3Result result = m3_FindFunction(&found, engine->runtime, name);
    if (result != m3Err_none) {
        return failed(why, TW_ERR_MODEL, result);
    }
    if (m3_GetArgCount(found) != 0 || m3_GetRetCount(found) != 1 ||
        m3_GetRetType(found, 0) != c_m3Type_i32) {
        return TW_ERR_ABI;
    }
    *function = (tw_function_t *)found;
    return TW_OK;
}

uint8_t *tw_engine_memory(const tw_engine_t *engine, uint32_t *bytes) {
    return m3_GetMemory(engine->runtime, bytes, 0);
}

int tw_engine_call(tw_function_t *function, int32_t *result, const char **why) {
    IM3Function called = (IM3Function)function;
    M3Result trap = m3_Call(called, 0, NULL);
    if (trap != m3Err_none) {
        return failed(why, TW_ERR_TRAP, trap);
    }
    const void *to[] = {result};
    trap = m3_GetResults(called, 1, to);
    return trap == m3Err_none ? TW_OK : failed(why, TW_ERR_TRAP, trap);
}
