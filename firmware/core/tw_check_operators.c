#include "tw_check_operators.h"

// Loads 0x28…0x35, then stores to 0x3e: the largest alignment, WIDE for i64, FLOAT for what is no instruction here.
#define WIDE 0x10u
#define FLOAT 0x20u

void tw_check_access(tw_body_t *b, uint8_t op) {
    static const uint8_t kinds[] = {
        2,        WIDE | 3, FLOAT,    FLOAT,    0,        0,     1,     1, WIDE, WIDE, WIDE | 1,
        WIDE | 1, WIDE | 2, WIDE | 2, 2,        WIDE | 3, FLOAT, FLOAT, 0, 1,    WIDE, WIDE | 1,
        WIDE | 2,
    };
    uint8_t kind = kinds[op - 0x28];
    uint8_t type = (kind & WIDE) != 0 ? TW_I64 : TW_I32;
    uint32_t align = tw_check_u32(b->c);
    tw_check_u32(b->c); // the offset
    if ((kind & FLOAT) != 0) {
        tw_check_fail(b->c, "floating point");
    } else if (align > (kind & 3u)) {
        tw_check_fail(b->c, "an alignment larger than the access");
    } else if (op < 0x36) {
        tw_check_pop(b, TW_I32);
        tw_check_push(b, type);
    } else {
        tw_check_pop(b, type);
        tw_check_pop(b, TW_I32);
    }
}

void tw_check_arithmetic(tw_body_t *b, uint8_t op) {
    // up to the last of like instructions: whether they take two, of which type, and what they leave
    static const struct {
        uint8_t last;
        bool two;
        uint8_t takes, leaves;
    } rows[] = {
        {0x44, false, TW_NONE, TW_NONE},
        {0x45, false, TW_I32, TW_I32}, // eqz
        {0x4f, true, TW_I32, TW_I32},  // comparisons
        {0x50, false, TW_I64, TW_I32}, // eqz
        {0x5a, true, TW_I64, TW_I32},  // comparisons
        {0x66, false, FLOAT, FLOAT},
        {0x69, false, TW_I32, TW_I32}, // clz, ctz, popcnt
        {0x78, true, TW_I32, TW_I32},  // add … rotr
        {0x7b, false, TW_I64, TW_I64}, // clz, ctz, popcnt
        {0x8a, true, TW_I64, TW_I64},  // add … rotr
        {0xa6, false, FLOAT, FLOAT},
        {0xa7, false, TW_I64, TW_I32}, // wrap
        {0xab, false, FLOAT, FLOAT},
        {0xad, false, TW_I32, TW_I64}, // extend
        {0xbf, false, FLOAT, FLOAT},
        {0xc1, false, TW_I32, TW_I32}, // extend8, extend16
        {0xc4, false, TW_I64, TW_I64}, // extend8, extend16, extend32
        {UINT8_MAX, false, TW_NONE, TW_NONE},
    };
    size_t k = 0;
    while (op > rows[k].last) {
        ++k;
    }
    uint8_t takes = rows[k].takes;
    if (takes == FLOAT || op == 0x43 || op == 0x44) { // the two constants
        tw_check_fail(b->c, "floating point");
    } else if (takes == TW_NONE) {
        tw_check_fail(b->c, "an instruction outside of the ABI");
    } else {
        tw_check_pop(b, takes);
        if (rows[k].two) {
            tw_check_pop(b, takes);
        }
        tw_check_push(b, rows[k].leaves);
    }
}

void tw_check_bulk(tw_body_t *b) {
    uint8_t op = tw_check_byte(b->c); // in one byte: WASM3 reads no more
    if (op != 10 && op != 11) {
        tw_check_fail(b->c, op < 8 ? "floating point" : "an instruction outside of the ABI");
        return;
    }
    for (uint32_t k = op; k < 12; ++k) { // each memory by its index
        if (tw_check_byte(b->c) != 0) {
            tw_check_fail(b->c, "another memory");
        }
    }
    tw_check_pop(b, TW_I32);
    tw_check_pop(b, TW_I32);
    tw_check_pop(b, TW_I32);
}
