#include "tw_calls.h"

static uint32_t number(tw_calls_t *c) {
    uint32_t value = 0;
    for (unsigned shift = 0; c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;
        value |= shift < 32 ? (uint32_t)(byte & 0x7f) << shift : 0;
        if (byte < 0x80) {
            break;
        }
    }
    return value;
}

static void skip(tw_calls_t *c, uint32_t numbers) {
    for (; numbers > 0 && c->at < c->end; --numbers) {
        number(c);
    }
}

tw_calls_t tw_calls(const uint8_t *body, const uint8_t *end) {
    tw_calls_t c = {body, end};
    skip(&c, 1);
    for (uint32_t groups = number(&c); groups > 0 && c.at < c.end; --groups) {
        skip(&c, 2); // how many, and their type: one byte below 0x80
    }
    return c;
}

// What stands behind an opcode: all of it numbers, as block types, too, are one byte below 0x80.
static uint32_t immediates(tw_calls_t *c, uint8_t op) {
    switch (op) {
    case 0x02: // block, loop, if
    case 0x03:
    case 0x04:
    case 0x0c: // br, br_if
    case 0x0d:
    case 0x20: // local and global
    case 0x21:
    case 0x22:
    case 0x23:
    case 0x24:
    case 0x3f: // memory.size
    case 0x41: // i32.const, i64.const
    case 0x42:
        return 1;
    case 0x0e: // br_table
        return number(c) + 1;
    case 0xfc: // memory.copy names two memories, memory.fill one
        return number(c) == 10 ? 2 : 1;
    default:
        return op >= 0x28 && op <= 0x3e ? 2 : 0;
    }
}

bool tw_calls_next(tw_calls_t *calls, uint32_t *function) {
    while (calls->at < calls->end) {
        uint8_t op = *calls->at++;
        if (op == 0x10) {
            *function = number(calls);
            return true;
        }
        skip(calls, immediates(calls, op));
    }
    return false;
}
