#include "tw_check_read.h"

#include "tw_err.h"

void tw_check_fail_as(tw_checker_t *c, int error, const char *why) {
    if (c->error == TW_OK) {
        c->error = error;
        c->why = why;
    }
    c->at = c->end;
}

void tw_check_fail(tw_checker_t *c, const char *why) {
    tw_check_fail_as(c, TW_ERR_MODEL, why);
}

uint8_t tw_check_byte(tw_checker_t *c) {
    if (c->at == c->end) {
        tw_check_fail(c, "ends too early");
        return 0;
    }
    return *c->at++;
}

uint32_t tw_check_u32(tw_checker_t *c) {
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint32_t byte = tw_check_byte(c);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80 && (shift < 28 || byte < 0x10)) {
            return value;
        }
    }
    tw_check_fail(c, "a number that is too long");
    return 0;
}

void tw_check_signed(tw_checker_t *c, unsigned bits) {
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = tw_check_byte(c);
        shift += 7;
    } while (byte >= 0x80 && shift < bits);
    // the last byte holds bits that the number does not have: copies of its sign
    bool fits = byte < 0x80;
    if (shift > bits) {
        unsigned spare = shift - bits;
        uint8_t signs = (uint8_t)(0x7f & (0xffu << (6 - spare)));
        fits = fits && ((byte & signs) == 0 || (byte & signs) == signs);
    }
    if (!fits) {
        tw_check_fail(c, "a number that is too long");
    }
}

uint8_t tw_check_value_type(tw_checker_t *c) {
    uint8_t type = tw_check_byte(c);
    if (type != TW_I32 && type != TW_I64) {
        tw_check_fail(c, "a type other than i32 and i64");
    }
    return type;
}
