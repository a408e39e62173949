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
    // from the first to the last of like instructions, which take `n` of one type and leave one of another
    static const struct {
        uint8_t first, last, n, takes, leaves;
    } rows[] = {
        {0x45, 0x45, 1, TW_I32, TW_I32}, // eqz
        {0x46, 0x4f, 2, TW_I32, TW_I32}, // comparisons
        {0x50, 0x50, 1, TW_I64, TW_I32}, // eqz
        {0x51, 0x5a, 2, TW_I64, TW_I32}, // comparisons
        {0x67, 0x69, 1, TW_I32, TW_I32}, // clz, ctz, popcnt
        {0x6a, 0x78, 2, TW_I32, TW_I32}, // add … rotr
        {0x79, 0x7b, 1, TW_I64, TW_I64}, // clz, ctz, popcnt
        {0x7c, 0x8a, 2, TW_I64, TW_I64}, // add … rotr
        {0xa7, 0xa7, 1, TW_I64, TW_I32}, // wrap
        {0xac, 0xad, 1, TW_I32, TW_I64}, // extend
        {0xc0, 0xc1, 1, TW_I32, TW_I32}, // extend8, extend16
        {0xc2, 0xc4, 1, TW_I64, TW_I64}, // extend8, extend16, extend32
    };
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; ++k) {
        if (op >= rows[k].first && op <= rows[k].last) {
            tw_check_pop(b, rows[k].takes);
            if (rows[k].n == 2) {
                tw_check_pop(b, rows[k].takes);
            }
            tw_check_push(b, rows[k].leaves);
            return;
        }
    }
    bool is_float = op == 0x43 || op == 0x44 || (op >= 0x5b && op <= 0xbf);
    tw_check_fail(b->c, is_float ? "floating point" : "an instruction outside of the ABI");
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
