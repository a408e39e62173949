// What the check of a module knows, and its reader: numbers and types out of bytes that nobody has checked.
#ifndef TW_CHECK_READ_H
#define TW_CHECK_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Value types by their byte.
#define TW_I32 0x7fu
#define TW_I64 0x7eu

#define TW_CHECK_LOCALS 128u // parameters and locals of a function

// What is kept of a function's type: u32 where its parameters stand in the module, u8 how many, u8 the result.
#define TW_CHECK_TYPE 6u
#define TW_NONE 0x40 // no result: of a function, of a block

// After the first error nothing is read any more: `at` lies at `end`, and numbers are 0.
typedef struct tw_checker {
    const uint8_t *wasm;
    const uint8_t *at, *end; // of what is being read: the module, a section, a body
    int error;
    const char *why;
    uint8_t *scratch; // what is left of it
    size_t room;

    uint32_t types, functions, globals, memories;
    uint32_t coded;     // functions whose code is checked
    uint8_t *type;      // TW_CHECK_TYPE bytes each, below
    uint8_t *type_of;   // u16[functions]
    uint8_t *level;     // u8[4 * functions]: what is known of how deep a function runs (tw_check_depth.c)
    uint8_t *global;    // u8[globals]: the value type, bit 7 when mutable
    bool again;         // a function already seen runs deeper than was known then
} tw_checker_t;

#define TW_CHECK_LEVELS 4u

static inline uint8_t *tw_check_levels(const tw_checker_t *c, uint32_t function) {
    return c->level + TW_CHECK_LEVELS * function;
}

// Keeps the first failure: one of tw_err.h.
void tw_check_fail_as(tw_checker_t *c, int error, const char *why);

// The same for what makes a module no valid one: TW_ERR_MODEL.
void tw_check_fail(tw_checker_t *c, const char *why);

uint8_t tw_check_byte(tw_checker_t *c);
uint32_t tw_check_u32(tw_checker_t *c);

// A signed number of at most `bits` bits, 32 or 64; its value is of no interest here.
void tw_check_signed(tw_checker_t *c, unsigned bits);

// i32 or i64: anything else fails.
uint8_t tw_check_value_type(tw_checker_t *c);

#endif
