// What the core asks of a WebAssembly engine: the one place where it meets one. tw_engine_wasm3.c answers for WASM3, and
// is the only file that may include its headers; another engine would be another such file.
//
// Modules come here checked (tw_check.h): an engine need not be safe against others. All its memory is the arena's. It
// gives nothing back piece by piece: emptying the arena ends it.
#ifndef TW_ENGINE_H
#define TW_ENGINE_H

#include "tw_arena.h"
#include "tw_kernels.h"

#include <stdint.h>

#define TW_WASM_PAGE 65536u // bytes

// One module in the engine. Caller allocates; treat the fields as private.
typedef struct tw_engine {
    void *runtime, *module;
    tw_space_t space; // of its addresses, for kernels of the firmware's own
} tw_engine_t;

// A function () -> i32 of the module.
typedef struct tw_function tw_function_t;

// Each of those that return an int returns TW_OK, or a negative tw_err_t with the engine's own words, static text, in
// *why. Out of memory is TW_ERR_ARENA, with arena->needed set.

// Starts the engine with this arena, and reads the module.
//
// wasm  stays where it is and must outlive the engine
int tw_engine_parse(tw_engine_t *engine, tw_arena_t *arena, const uint8_t *wasm, uint32_t len,
                    const char **why);

// The value of an immutable exported i32 global. Known once the module is parsed: before it has memory, whose size such
// a global says. Returns false when there is none of this name.
bool tw_engine_constant(const tw_engine_t *engine, const char *name, uint32_t *value);

// Pages of linear memory that the module begins with.
uint32_t tw_engine_pages(const tw_engine_t *engine);

// The last `len` bytes that the module's data puts into a memory of `bytes`, where they lie in the module; NULL when they
// are not the end of the last piece of data.
const uint8_t *tw_engine_rom(const tw_engine_t *engine, uint32_t bytes, uint32_t len);

// Whether the firmware has every kernel that the module exports.
bool tw_engine_has_kernels(const tw_engine_t *engine);

// Gives the module `bytes` of linear memory, though it asks for whole pages: the rest does not exist. Puts its data there
// and makes all of its functions ready to run that init() and step() reach: later the arena is sealed.
//
// rom  NULL: all of the module runs as it is. Otherwise the firmware's kernels take the place of those that it exports, and
//      rom_len bytes of data behind the memory stay there, for them
int tw_engine_start(tw_engine_t *engine, const tw_arena_t *arena, uint32_t bytes,
                    const uint8_t *rom, uint32_t rom_len, const char **why);

// TW_ERR_MODEL when no function has this name; TW_ERR_ABI, without words, when it is none () -> i32.
int tw_engine_find(const tw_engine_t *engine, const char *name, tw_function_t **function,
                   const char **why);

// Linear memory, and its bytes. NULL when the module has none.
uint8_t *tw_engine_memory(const tw_engine_t *engine, uint32_t *bytes);

// Runs a function to its end. TW_ERR_TRAP when it trapped.
int tw_engine_call(tw_function_t *function, int32_t *result, const char **why);

#endif
