// One function's code, by the algorithm of the WebAssembly specification's appendix ("Validation Algorithm"): a stack of
// the types of all operands, and a stack of open blocks. Instructions outside of twentywatt's ABI do not exist here.
#include "tw_check_code.h"

#include "tw_bytes.h"
#include "tw_err.h"

#define ANY 0u    // an operand in code that is never reached
#define NONE 0x40 // the type of a block without result

// Of a function: its deepest loop within loops, and whether it calls.
#define CALLS 0x80u
#define LOOPS 0x7fu

typedef struct block {
    uint16_t height; // operands below it
    uint8_t op;      // what opened it
    uint8_t type;    // of its result
    bool dead;       // nothing reaches here
} block_t;

typedef struct body {
    tw_checker_t *c;
    uint32_t index;
    uint32_t locals;
    uint32_t operands, blocks; // on the stacks below
    uint32_t loops;            // of the blocks
    uint8_t local[TW_CHECK_LOCALS];
    uint8_t operand[TW_CHECK_OPERANDS];
    block_t block[TW_CHECK_NESTING];
} body_t;

enum { BLOCK = 0x02, LOOP = 0x03, IF = 0x04, ELSE = 0x05 };

static const char TOO_DEEP[] = "calls in a circle, or calls and loops too deep";

void tw_check_fail(tw_checker_t *c, const char *why) {
    if (c->error == TW_OK) {
        c->error = TW_ERR_MODEL;
        c->why = why;
    }
    c->at = c->end;
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

static void push(body_t *b, uint8_t type) {
    if (type == NONE) {
        return;
    }
    if (b->operands == TW_CHECK_OPERANDS) {
        tw_check_fail(b->c, "too many operands");
        return;
    }
    b->operand[b->operands++] = type;
}

// Takes an operand of this type, or of any type.
static uint8_t pop(body_t *b, uint8_t type) {
    const block_t *block = &b->block[b->blocks - 1];
    if (type == NONE) {
        return NONE;
    }
    if (b->operands == block->height) {
        if (!block->dead) {
            tw_check_fail(b->c, "too few operands");
        }
        return type;
    }
    uint8_t got = b->operand[--b->operands];
    if (got == ANY) {
        return type;
    }
    if (type != ANY && got != type) {
        tw_check_fail(b->c, "an operand of another type");
    }
    return got;
}

static void note_loop(const body_t *b) {
    uint8_t *own = b->c->level + 2u * b->index;
    if (own[0] + b->loops > TW_CHECK_DEPTH) {
        tw_check_fail(b->c, TOO_DEEP);
    } else if ((own[1] & LOOPS) < b->loops) {
        own[1] = (uint8_t)((own[1] & CALLS) | b->loops);
    }
}

static void open(body_t *b, uint8_t op, uint8_t type) {
    if (b->blocks == TW_CHECK_NESTING) {
        tw_check_fail(b->c, "too many blocks within blocks");
        return;
    }
    b->block[b->blocks++] = (block_t){(uint16_t)b->operands, op, type, false};
    if (op == LOOP) {
        b->loops++;
        note_loop(b);
    }
}

// What follows is not reached.
static void die(body_t *b) {
    block_t *block = &b->block[b->blocks - 1];
    b->operands = block->height;
    block->dead = true;
}

// Takes a block's result, and nothing may be left. Returns its type.
static uint8_t close(body_t *b) {
    const block_t *block = &b->block[b->blocks - 1];
    pop(b, block->type);
    if (b->operands != block->height) {
        tw_check_fail(b->c, "operands left at the end of a block");
        b->operands = block->height;
    }
    return block->type;
}

static void end(body_t *b) {
    uint8_t type = close(b);
    if (b->block[b->blocks - 1].op == IF && type != NONE) {
        tw_check_fail(b->c, "an if with a result and without an else");
    }
    b->loops -= b->block[b->blocks - 1].op == LOOP ? 1u : 0u;
    b->blocks--;
    if (b->blocks > 0) {
        push(b, type);
    }
}

static void start_else(body_t *b) {
    uint8_t type = close(b);
    block_t *block = &b->block[b->blocks - 1];
    if (block->op != IF) {
        tw_check_fail(b->c, "an else without its if");
    }
    block->op = ELSE;
    block->type = type;
    block->dead = false;
}

// What a branch to a label carries.
static uint8_t label(body_t *b) {
    uint32_t depth = tw_check_u32(b->c);
    if (depth >= b->blocks) {
        tw_check_fail(b->c, "a branch to no block");
        return NONE;
    }
    const block_t *block = &b->block[b->blocks - 1 - depth];
    return block->op == LOOP ? NONE : block->type;
}

static void branch_table(body_t *b) {
    pop(b, TW_I32);
    uint32_t n = tw_check_u32(b->c);
    if (n >= (size_t)(b->c->end - b->c->at)) { // a byte each, at least, and one for the default
        tw_check_fail(b->c, "ends too early");
        return;
    }
    uint8_t type = label(b);
    for (uint32_t k = 0; k < n; ++k) {
        if (label(b) != type) {
            tw_check_fail(b->c, "a table of unlike branches");
        }
    }
    pop(b, type);
    die(b);
}

static uint8_t block_type(body_t *b) {
    uint8_t type = tw_check_byte(b->c);
    if (type != NONE && type != TW_I32 && type != TW_I64) {
        tw_check_fail(b->c, "a block of another type than i32 and i64");
    }
    return type;
}

// Where the parameters of a function's type stand.
static const uint8_t *signature(const tw_checker_t *c, uint32_t function) {
    return c->wasm + tw_get32(c->type_at + 4u * tw_get16(c->type_of + 2u * function));
}

// A type that was checked: at most 128 parameters, whose count may take two bytes.
static uint32_t parameters(const uint8_t **at) {
    uint32_t n = *(*at)++;
    if (n >= 0x80) {
        n = (n & 0x7f) | (uint32_t)*(*at)++ << 7;
    }
    return n;
}

static uint8_t result_type(const uint8_t *after_parameters) {
    return after_parameters[0] == 0 ? NONE : after_parameters[1];
}

// Levels only rise, so calls in a circle end at the limit.
static void note_call(body_t *b, uint32_t callee) {
    tw_checker_t *c = b->c;
    uint8_t *own = c->level + 2u * b->index;
    uint8_t *its = c->level + 2u * callee;
    uint32_t level = own[0] + b->loops + 1u;
    own[1] |= CALLS;
    if (level <= its[0]) {
        return;
    }
    if (level + (its[1] & LOOPS) > TW_CHECK_DEPTH) {
        tw_check_fail(c, TOO_DEEP);
        return;
    }
    its[0] = (uint8_t)level;
    c->again = c->again || (callee <= b->index && (its[1] & CALLS) != 0);
}

static void call(body_t *b) {
    uint32_t callee = tw_check_u32(b->c);
    if (callee >= b->c->functions) {
        tw_check_fail(b->c, "a call of no function");
        return;
    }
    note_call(b, callee);
    const uint8_t *at = signature(b->c, callee);
    uint32_t n = parameters(&at);
    for (uint32_t k = n; k > 0; --k) {
        pop(b, at[k - 1]);
    }
    push(b, result_type(at + n));
}

static uint8_t local(body_t *b) {
    uint32_t index = tw_check_u32(b->c);
    if (index >= b->locals) {
        tw_check_fail(b->c, "no such local");
        return NONE;
    }
    return b->local[index];
}

static void global(body_t *b, bool set) {
    uint32_t index = tw_check_u32(b->c);
    if (index >= b->c->globals) {
        tw_check_fail(b->c, "no such global");
        return;
    }
    uint8_t global = b->c->global[index];
    if (!set) {
        push(b, global & 0x7f);
    } else if (global < 0x80) {
        tw_check_fail(b->c, "a global that may not change");
    } else {
        pop(b, global & 0x7f);
    }
}

static void select_one(body_t *b) {
    pop(b, TW_I32);
    uint8_t type = pop(b, ANY);
    push(b, pop(b, type));
}

// Loads 0x28…0x35, then stores to 0x3e: the largest alignment, WIDE for i64, FLOAT for what is no instruction here.
#define WIDE 0x10u
#define FLOAT 0x20u

static void access(body_t *b, uint8_t op) {
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
        pop(b, TW_I32);
        push(b, type);
    } else {
        pop(b, type);
        pop(b, TW_I32);
    }
}

// Arithmetic: from the first to the last of like instructions, which take `n` of one type and leave one of another.
static void arithmetic(body_t *b, uint8_t op) {
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
            pop(b, rows[k].takes);
            if (rows[k].n == 2) {
                pop(b, rows[k].takes);
            }
            push(b, rows[k].leaves);
            return;
        }
    }
    bool is_float = op == 0x43 || op == 0x44 || (op >= 0x5b && op <= 0xbf);
    tw_check_fail(b->c, is_float ? "floating point" : "an instruction outside of the ABI");
}

// memory.copy and memory.fill.
static void bulk(body_t *b) {
    uint32_t op = tw_check_u32(b->c);
    if (op != 10 && op != 11) {
        tw_check_fail(b->c, op < 8 ? "floating point" : "an instruction outside of the ABI");
        return;
    }
    for (uint32_t k = op; k < 12; ++k) { // each memory by its index
        if (tw_check_byte(b->c) != 0) {
            tw_check_fail(b->c, "another memory");
        }
    }
    pop(b, TW_I32);
    pop(b, TW_I32);
    pop(b, TW_I32);
}

static void instruction(body_t *b, uint8_t op) {
    tw_checker_t *c = b->c;
    uint8_t type;
    switch (op) {
    case 0x00: // unreachable
        die(b);
        break;
    case 0x01: // nop
        break;
    case IF:
        pop(b, TW_I32);
        open(b, op, block_type(b));
        break;
    case BLOCK:
    case LOOP:
        open(b, op, block_type(b));
        break;
    case ELSE:
        start_else(b);
        break;
    case 0x0b:
        end(b);
        break;
    case 0x0c: // br
        pop(b, label(b));
        die(b);
        break;
    case 0x0d: // br_if
        type = label(b);
        pop(b, TW_I32);
        pop(b, type);
        push(b, type);
        break;
    case 0x0e:
        branch_table(b);
        break;
    case 0x0f: // return
        pop(b, b->block[0].type);
        die(b);
        break;
    case 0x10:
        call(b);
        break;
    case 0x1a: // drop
        pop(b, ANY);
        break;
    case 0x1b:
        select_one(b);
        break;
    case 0x20: // local.get
        push(b, local(b));
        break;
    case 0x21: // local.set
        pop(b, local(b));
        break;
    case 0x22: // local.tee
        type = local(b);
        pop(b, type);
        push(b, type);
        break;
    case 0x23:
    case 0x24:
        global(b, op == 0x24);
        break;
    case 0x3f: // memory.size
        if (tw_check_byte(c) != 0) {
            tw_check_fail(c, "another memory");
        }
        push(b, TW_I32);
        break;
    case 0x41: // i32.const
        tw_check_signed(c, 32);
        push(b, TW_I32);
        break;
    case 0x42: // i64.const
        tw_check_signed(c, 64);
        push(b, TW_I64);
        break;
    case 0xfc:
        bulk(b);
        break;
    default:
        if (op >= 0x28 && op <= 0x3e) {
            access(b, op);
        } else {
            arithmetic(b, op);
        }
        break;
    }
}

static void declare(body_t *b, uint32_t n, uint8_t type) {
    if (n > TW_CHECK_LOCALS - b->locals) {
        tw_check_fail(b->c, "too many locals");
        return;
    }
    for (uint32_t k = 0; k < n; ++k) {
        b->local[b->locals++] = type;
    }
}

void tw_check_body(tw_checker_t *c, uint32_t index) {
    body_t b;
    b.c = c;
    b.index = index;
    b.locals = b.operands = b.blocks = b.loops = 0;
    const uint8_t *at = signature(c, index);
    uint32_t n = parameters(&at);
    for (uint32_t k = 0; k < n; ++k) {
        declare(&b, 1, at[k]);
    }
    uint32_t groups = tw_check_u32(c);
    for (uint32_t k = 0; k < groups && c->error == TW_OK; ++k) {
        uint32_t many = tw_check_u32(c);
        declare(&b, many, tw_check_value_type(c));
    }
    open(&b, BLOCK, result_type(at + n));
    while (b.blocks > 0 && c->error == TW_OK) {
        instruction(&b, tw_check_byte(c));
    }
    if (c->at != c->end) {
        tw_check_fail(c, "code after the end of a function");
    }
}
