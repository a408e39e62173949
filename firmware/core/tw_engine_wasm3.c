#include "tw_calls.h"
#include "tw_engine.h"
#include "tw_err.h"
#include "tw_heap.h"

#include "m3_compile.h"
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
    engine->runtime = m3_NewRuntime(environment, TW_VALUE_STACK, &engine->space);
    if (engine->runtime == NULL) {
        return failed(why, TW_ERR_ARENA, m3Err_mallocFailed);
    }
    IM3Module module = NULL;
    M3Result result = m3_ParseModule(environment, &module, wasm, len);
    engine->module = module;
    return result == m3Err_none ? TW_OK : failed_in(why, arena, result);
}

// An i32.const and its end, as the check of a module left nothing else.
static bool constant(const uint8_t *p, const uint8_t *end, uint32_t *value) {
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

// Read from its initialiser: WASM3 evaluates those only when it has already allocated the memory.
bool tw_engine_constant(const tw_engine_t *engine, const char *name, uint32_t *value) {
    IM3Global g = m3_FindGlobal(engine->module, name);
    if (g == NULL || g->imported || g->isMutable || g->type != c_m3Type_i32) {
        return false;
    }
    return constant(g->initExpr, g->initExpr + g->initExprSize, value);
}

uint32_t tw_engine_pages(const tw_engine_t *engine) {
    IM3Module module = engine->module;
    return module->memoryInfo.initPages;
}

static bool is_kernel(const M3Function *f) {
    return f->export_name != NULL &&
           strncmp(f->export_name, TW_KERNEL_PREFIX, sizeof TW_KERNEL_PREFIX - 1) == 0;
}

static const tw_kernel_t *kernel_of(const M3Function *f) {
    return is_kernel(f) ? tw_kernel_find(f->export_name, strlen(f->export_name)) : NULL;
}

bool tw_engine_has_kernels(const tw_engine_t *engine) {
    const M3Module *module = engine->module;
    for (u32 k = 0; k < module->numFunctions; ++k) {
        if (is_kernel(&module->functions[k]) && kernel_of(&module->functions[k]) == NULL) {
            return false;
        }
    }
    return true;
}

const uint8_t *tw_engine_rom(const tw_engine_t *engine, uint32_t bytes, uint32_t len) {
    const M3Module *module = engine->module;
    if (module->numDataSegments == 0) {
        return NULL;
    }
    const M3DataSegment *last = &module->dataSegments[module->numDataSegments - 1];
    uint32_t ptr = 0;
    bool known = constant(last->initExpr, last->initExpr + last->initExprSize, &ptr);
    if (!known || last->size < len || ptr > bytes || last->size != bytes - ptr) {
        return NULL;
    }
    return last->data + (last->size - len);
}

// What WASM3 calls in a kernel's place.
static const void *run_kernel(IM3Runtime runtime, IM3ImportContext context, uint64_t *sp,
                              void *memory) {
    (void)memory;
    const tw_kernel_t *kernel = context->userdata;
    tw_call_t call = {m3_GetUserData(runtime), sp, false};
    kernel->run(&call);
    return call.refused ? m3Err_trapOutOfBoundsMemoryAccess : m3Err_none;
}

// Before anything is compiled: calls that are compiled later go there.
static M3Result link_kernels(IM3Module module) {
    M3Result result = m3Err_none;
    for (u32 k = 0; k < module->numFunctions && result == m3Err_none; ++k) {
        IM3Function f = &module->functions[k];
        const tw_kernel_t *kernel = kernel_of(f);
        if (kernel != NULL) {
            result = CompileRawFunction(module, f, (const void *)(uintptr_t)run_kernel, kernel);
        }
    }
    return result;
}

// What a function calls, and what that calls. No deeper than the check of a module lets calls go.
static M3Result compile_callees(IM3Module module, const M3Function *f) {
    M3Result result = m3Err_none;
    tw_calls_t calls = tw_calls(f->wasm, f->wasmEnd);
    uint32_t callee = 0;
    while (result == m3Err_none && tw_calls_next(&calls, &callee)) {
        IM3Function called = &module->functions[callee];
        if (called->compiled == NULL) {
            result = CompileFunction(called);
            if (result == m3Err_none) {
                result = compile_callees(module, called);
            }
        }
    }
    return result;
}

// The rest is never run. An export that is missing is seen later.
static M3Result compile_exports(IM3Runtime runtime, IM3Module module) {
    static const char *const names[] = {"init", "step"};
    M3Result result = m3Err_none;
    for (size_t n = 0; n < sizeof names / sizeof names[0] && result == m3Err_none; ++n) {
        IM3Function f = NULL;
        result = m3_FindFunction(&f, runtime, names[n]);
        if (result == m3Err_none) {
            result = compile_callees(module, f);
        } else if (result == m3Err_functionLookupFailed) {
            result = m3Err_none;
        }
    }
    return result;
}

int tw_engine_start(tw_engine_t *engine, const tw_arena_t *arena, uint32_t bytes,
                    const uint8_t *rom, uint32_t rom_len, const char **why) {
    IM3Runtime runtime = engine->runtime;
    IM3Module module = engine->module;
    runtime->memoryLimit = bytes;
    if (rom != NULL && rom_len > 0) {
        module->dataSegments[module->numDataSegments - 1].size -= rom_len;
    }
    M3Result result = m3_LoadModule(runtime, module);
    if (result == m3Err_none && rom != NULL) {
        result = link_kernels(module);
    }
    if (result == m3Err_none) {
        static uint32_t modules;
        engine->space = (tw_space_t){NULL, 0, rom, bytes, rom_len, ++modules};
        engine->space.ram = m3_GetMemory(runtime, &engine->space.ram_bytes, 0);
        result = compile_exports(runtime, module);
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
