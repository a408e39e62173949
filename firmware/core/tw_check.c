// The module around the code: sections, counts and indices. Names and numbers as in the WebAssembly specification,
// chapter 5 ("Binary format").
#include "tw_check.h"

#include "tw_bytes.h"
#include "tw_check_code.h"
#include "tw_check_read.h"
#include "tw_err.h"
#include "tw_kernels.h"

#include <string.h>

#define MAX_TYPES 256u
#define MAX_FUNCTIONS 4096u
#define MAX_GLOBALS 256u
#define MAX_PAGES 65536u

enum { CUSTOM, TYPE, IMPORT, FUNCTION, TABLE, MEMORY, GLOBAL, EXPORT, START, ELEMENT, CODE, DATA };

static void another_kind(tw_checker_t *c, const char *why) {
    tw_check_fail_as(c, TW_ERR_ABI, why);
}

// Room for `bytes` in scratch; NULL when there is none.
static uint8_t *take(tw_checker_t *c, size_t bytes) {
    if (bytes > c->room) {
        tw_check_fail_as(c, TW_ERR_ARENA, "too little memory to check the module");
        return NULL;
    }
    uint8_t *taken = c->scratch;
    c->scratch += bytes;
    c->room -= bytes;
    return taken;
}

static uint32_t count(tw_checker_t *c, uint32_t most) {
    uint32_t n = tw_check_u32(c);
    if (n > most) {
        tw_check_fail(c, "too many entries in a section");
        return 0;
    }
    return n;
}

// The bytes of a name, or of a data segment.
static void skip(tw_checker_t *c, uint32_t n) {
    if (n > (size_t)(c->end - c->at)) {
        tw_check_fail(c, "ends too early");
        return;
    }
    c->at += n;
}

static void types(tw_checker_t *c) {
    c->types = count(c, MAX_TYPES);
    c->type = take(c, TW_CHECK_TYPE * c->types);
    for (uint32_t k = 0; k < c->types && c->error == TW_OK; ++k) {
        if (tw_check_byte(c) != 0x60) {
            tw_check_fail(c, "a type that is no function's");
        }
        uint8_t *type = c->type + TW_CHECK_TYPE * k;
        uint32_t params = count(c, TW_CHECK_LOCALS);
        type = tw_put32(type, (uint32_t)(c->at - c->wasm));
        for (uint32_t p = 0; p < params; ++p) {
            tw_check_value_type(c);
        }
        type[0] = (uint8_t)params;
        type[1] = count(c, 1) == 1 ? tw_check_value_type(c) : TW_NONE;
    }
}

static void functions(tw_checker_t *c) {
    c->functions = count(c, MAX_FUNCTIONS);
    c->type_of = take(c, 2u * c->functions);
    c->level = take(c, TW_CHECK_LEVELS * c->functions);
    if (c->error != TW_OK) {
        return;
    }
    memset(c->level, 0, TW_CHECK_LEVELS * c->functions);
    for (uint32_t k = 0; k < c->functions; ++k) {
        uint32_t type = tw_check_u32(c);
        if (type >= c->types) {
            tw_check_fail(c, "a function of no type");
            return;
        }
        tw_put16(c->type_of + 2u * k, type);
    }
}

static void memory(tw_checker_t *c) {
    if (count(c, 1) != 1) {
        return;
    }
    c->memories = 1;
    uint8_t limits = tw_check_byte(c);
    uint32_t least = tw_check_u32(c);
    uint32_t most = limits == 1 ? tw_check_u32(c) : MAX_PAGES;
    if (limits > 1 || least > most || most > MAX_PAGES) {
        tw_check_fail(c, "a memory with other limits than pages");
    }
}

// One constant and its end.
static void constant(tw_checker_t *c, uint8_t type) {
    uint8_t op = tw_check_byte(c);
    tw_check_signed(c, type == TW_I64 ? 64 : 32);
    if (op != (type == TW_I64 ? 0x42 : 0x41) || tw_check_byte(c) != 0x0b) {
        tw_check_fail(c, "an initial value that is no constant");
    }
}

static void globals(tw_checker_t *c) {
    c->globals = count(c, MAX_GLOBALS);
    c->global = take(c, c->globals);
    for (uint32_t k = 0; k < c->globals && c->error == TW_OK; ++k) {
        uint8_t type = tw_check_value_type(c);
        uint8_t mutable = tw_check_byte(c);
        if (mutable > 1) {
            tw_check_fail(c, "a global neither mutable nor not");
        }
        constant(c, type);
        c->global[k] = (uint8_t)(type | (mutable << 7)); // value types have bit 7 clear
    }
}

static bool is_signature(const tw_checker_t *c, uint32_t function, const char *parameters) {
    const uint8_t *type = c->type + TW_CHECK_TYPE * tw_get16(c->type_of + 2u * function);
    const uint8_t *parameter = c->wasm + tw_get32(type);
    uint8_t n = type[4];
    if (strlen(parameters) != n || type[5] != TW_NONE) {
        return false;
    }
    for (uint8_t k = 0; k < n; ++k) {
        if (parameter[k] != (parameters[k] == 'I' ? TW_I64 : TW_I32)) {
            return false;
        }
    }
    return true;
}

// One of the firmware's own may take its place: only where it is called alike, and under one name.
static void kernel(tw_checker_t *c, const char *name, uint32_t len, uint32_t function) {
    static const char prefix[] = TW_KERNEL_PREFIX;
    if (len < sizeof prefix - 1 || memcmp(name, prefix, sizeof prefix - 1) != 0) {
        return;
    }
    const tw_kernel_t *known = tw_kernel_find(name, len);
    if (known != NULL && !is_signature(c, function, known->parameters)) {
        another_kind(c, "a kernel of another signature");
    }
    if (c->error == TW_OK && *tw_check_levels(c, function) != 0) {
        another_kind(c, "a kernel of two names");
    }
    if (c->error == TW_OK) {
        *tw_check_levels(c, function) = 1;
    }
}

static void exports(tw_checker_t *c) {
    uint32_t n = tw_check_u32(c);
    for (uint32_t k = 0; k < n && c->error == TW_OK; ++k) {
        uint32_t len = tw_check_u32(c);
        const char *name = (const char *)c->at;
        skip(c, len);
        const uint32_t limits[] = {c->functions, 0, c->memories, c->globals};
        uint8_t kind = tw_check_byte(c);
        uint32_t index = tw_check_u32(c);
        if (kind > 3 || index >= limits[kind]) {
            tw_check_fail(c, "an export of nothing");
        } else if (kind == 0) {
            kernel(c, name, len, index);
        }
    }
    // the functions' bodies are yet to come: their levels begin at 0
    if (c->error == TW_OK && c->functions > 0) {
        memset(c->level, 0, TW_CHECK_LEVELS * c->functions);
    }
}

static void data(tw_checker_t *c) {
    uint32_t n = tw_check_u32(c);
    for (uint32_t k = 0; k < n && c->error == TW_OK; ++k) {
        if (tw_check_u32(c) != 0 || c->memories == 0) {
            tw_check_fail(c, "a data segment without its place");
        }
        constant(c, TW_I32);
        skip(c, tw_check_u32(c));
    }
}

static void code(tw_checker_t *c) {
    if (count(c, MAX_FUNCTIONS) != c->functions) {
        tw_check_fail(c, "functions without code, or code without functions");
    }
    const uint8_t *bodies = c->at;
    const uint8_t *end = c->end;
    do {
        c->again = false;
        c->at = bodies;
        for (uint32_t k = 0; k < c->functions && c->error == TW_OK; ++k) {
            uint32_t size = tw_check_u32(c);
            if (size > (size_t)(end - c->at)) {
                tw_check_fail(c, "ends too early");
                return;
            }
            c->end = c->at + size;
            tw_check_body(c, k);
            c->end = end;
        }
    } while (c->again && c->error == TW_OK);
    c->coded = c->functions;
}

// The manifest, which no board reads. WASM3 parses the section "name", and trusts the sizes in it.
static void custom(tw_checker_t *c) {
    static const char manifest[] = "twentywatt";
    uint32_t n = tw_check_u32(c);
    const uint8_t *name = c->at;
    skip(c, n);
    if (n != sizeof manifest - 1 || (c->error == TW_OK && memcmp(name, manifest, n) != 0)) {
        tw_check_fail(c, "a custom section other than the manifest");
    }
    c->at = c->end;
}

static void section(tw_checker_t *c, uint8_t id) {
    switch (id) {
    case CUSTOM:
        custom(c);
        break;
    case TYPE:
        types(c);
        break;
    case FUNCTION:
        functions(c);
        break;
    case MEMORY:
        memory(c);
        break;
    case GLOBAL:
        globals(c);
        break;
    case EXPORT:
        exports(c);
        break;
    case CODE:
        code(c);
        break;
    case DATA:
        data(c);
        break;
    case IMPORT:
        another_kind(c, "imports: only the pure profile runs here");
        break;
    case TABLE:
    case ELEMENT:
        another_kind(c, "a table");
        break;
    case START:
        another_kind(c, "a start function");
        break;
    default:
        tw_check_fail(c, "an unknown section");
    }
}

int tw_check(const uint8_t *wasm, size_t len, uint8_t *scratch, size_t room, const char **why) {
    static const uint8_t head[8] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    tw_checker_t c;
    memset(&c, 0, sizeof c);
    c.wasm = c.at = wasm;
    c.end = wasm + len;
    c.scratch = scratch;
    c.room = room;
    if (len < sizeof head || memcmp(wasm, head, sizeof head) != 0) {
        tw_check_fail(&c, "not a WebAssembly module of version 1");
    } else {
        c.at += sizeof head;
    }
    uint8_t last = CUSTOM;
    while (c.error == TW_OK && c.at < wasm + len) {
        uint8_t id = tw_check_byte(&c);
        uint32_t size = tw_check_u32(&c);
        if (size > (size_t)(c.end - c.at)) {
            tw_check_fail(&c, "ends too early");
            break;
        }
        const uint8_t *end = c.at + size;
        c.end = end;
        if (id != CUSTOM && id <= last) {
            tw_check_fail(&c, "sections out of order");
        } else {
            section(&c, id);
        }
        if (c.at != end) {
            tw_check_fail(&c, "a section with another size than its contents");
        }
        last = id == CUSTOM ? last : id;
        c.end = wasm + len;
    }
    if (c.error == TW_OK && c.coded != c.functions) {
        tw_check_fail(&c, "functions without code, or code without functions");
    }
    if (c.error == TW_OK && c.memories != 1) {
        another_kind(&c, "not one memory of its own");
    }
    *why = c.why;
    return c.error;
}
