#include "tw_check_code.h"

#include "tw_bytes.h"
#include "tw_check_depth.h"
#include "tw_check_operators.h"
#include "tw_check_stack.h"
#include "tw_err.h"

enum { BLOCK = 0x02, LOOP = 0x03, IF = 0x04, ELSE = 0x05, END = 0x0b, LOCAL_GET = 0x20 };

#define MOST_CONSTANT_WORDS 64u // d_m3MaxConstantTableSize

static void open(tw_body_t *b, uint8_t op, uint8_t type) {
    if (b->blocks == TW_CHECK_NESTING) {
        tw_check_fail(b->c, "too many blocks within blocks");
        return;
    }
    tw_check_locals_move(b);
    // the body's own result has its words from the start
    if (type != TW_NONE && b->blocks > 0) {
        b->results++;
        tw_check_room(b, 0);
    }
    b->block[b->blocks++] = (tw_block_t){(uint16_t)b->operands, op, type, false};
    if (op == LOOP) {
        b->loops++;
        b->past++;
        tw_check_note_loop(b);
    }
}

// What follows is not reached.
static void die(tw_body_t *b) {
    tw_block_t *block = &b->block[b->blocks - 1];
    b->operands = block->height;
    block->dead = true;
}

// Takes a block's result, and nothing may be left. Returns its type.
static uint8_t close(tw_body_t *b) {
    const tw_block_t *block = &b->block[b->blocks - 1];
    tw_check_pop(b, block->type);
    if (b->operands != block->height) {
        tw_check_fail(b->c, "operands left at the end of a block");
    }
    return block->type;
}

static void end(tw_body_t *b) {
    uint8_t type = close(b);
    if (b->block[b->blocks - 1].op == IF && type != TW_NONE) {
        tw_check_fail(b->c, "an if with a result and without an else");
    }
    b->loops -= b->block[b->blocks - 1].op == LOOP ? 1u : 0u;
    b->blocks--;
    if (b->blocks > 0) {
        b->results -= type == TW_NONE ? 0u : 1u;
        tw_check_push(b, type);
    }
}

static void start_else(tw_body_t *b) {
    uint8_t type = close(b);
    tw_block_t *block = &b->block[b->blocks - 1];
    if (block->op != IF) {
        tw_check_fail(b->c, "an else without its if");
    }
    block->op = ELSE;
    block->type = type;
    block->dead = false;
}

// What a branch to a label carries.
static uint8_t label(tw_body_t *b) {
    uint32_t depth = tw_check_u32(b->c);
    if (depth >= b->blocks) {
        tw_check_fail(b->c, "a branch to no block");
        return TW_NONE;
    }
    const tw_block_t *block = &b->block[b->blocks - 1 - depth];
    return block->op == LOOP ? TW_NONE : block->type;
}

static void branch_table(tw_body_t *b) {
    tw_check_pop(b, TW_I32);
    uint32_t n = tw_check_u32(b->c);
    uint8_t type = label(b);
    for (uint32_t k = 0; k < n && b->c->error == TW_OK; ++k) {
        if (label(b) != type) {
            tw_check_fail(b->c, "a table of unlike branches");
        }
    }
    tw_check_pop(b, type);
    die(b);
}

static uint8_t block_type(tw_body_t *b) {
    uint8_t type = tw_check_byte(b->c);
    if (type != TW_NONE && type != TW_I32 && type != TW_I64) {
        tw_check_fail(b->c, "a block of another type than i32 and i64");
    }
    return type;
}

typedef struct tw_signature {
    const uint8_t *parameters; // value types, one byte each
    uint32_t n;
    uint8_t result;
} tw_signature_t;

static tw_signature_t signature(const tw_checker_t *c, uint32_t function) {
    const uint8_t *type = c->type + TW_CHECK_TYPE * tw_get16(c->type_of + 2u * function);
    return (tw_signature_t){c->wasm + tw_get32(type), type[4], type[5]};
}

static void call(tw_body_t *b) {
    uint32_t callee = tw_check_u32(b->c);
    if (callee >= b->c->functions) {
        tw_check_fail(b->c, "a call of no function");
        return;
    }
    tw_check_note_call(b, callee);
    tw_signature_t type = signature(b->c, callee);
    uint32_t place = tw_check_reach(b) + 1;
    for (uint32_t k = type.n; k > 0; --k) {
        tw_check_pop(b, type.parameters[k - 1]);
    }
    if (type.result != TW_NONE) {
        tw_check_push_result(b, type.result, place);
    }
}

static uint8_t local(tw_body_t *b, uint8_t op) {
    uint32_t index = tw_check_u32(b->c);
    if (index >= b->locals) {
        tw_check_fail(b->c, "no such local");
        return TW_NONE;
    }
    uint8_t type = b->local[index];
    if (op != LOCAL_GET) {
        if (type == TW_I64) {
            tw_check_local_changes(b, index);
        }
        return type;
    }
    tw_check_push(b, type);
    if (type == TW_I64) {
        b->stands[b->operands - 1] = (uint8_t)(index + 1);
    }
    return type;
}

static void global(tw_body_t *b, bool set) {
    uint32_t index = tw_check_u32(b->c);
    if (index >= b->c->globals) {
        tw_check_fail(b->c, "no such global");
        return;
    }
    uint8_t global = b->c->global[index];
    if (!set) {
        tw_check_push(b, global & 0x7f);
    } else if ((global & 0x80) == 0) {
        tw_check_fail(b->c, "a global that may not change");
    } else {
        tw_check_pop(b, global & 0x7f);
    }
}

static void select_one(tw_body_t *b) {
    tw_check_pop(b, TW_I32);
    uint8_t type = tw_check_pop(b, TW_ANY);
    tw_check_push(b, tw_check_pop(b, type));
}

static void instruction(tw_body_t *b, uint8_t op) {
    tw_checker_t *c = b->c;
    uint8_t type;
    switch (op) {
    case 0x01: // nop
        break;
    case 0x00: // unreachable
        die(b);
        break;
    case IF:
        tw_check_pop(b, TW_I32);
        open(b, op, block_type(b));
        break;
    case BLOCK:
    case LOOP:
        open(b, op, block_type(b));
        break;
    case ELSE:
        start_else(b);
        break;
    case END:
        end(b);
        break;
    case 0x0c: // br
        tw_check_pop(b, label(b));
        die(b);
        break;
    case 0x0d: // br_if
        type = label(b);
        tw_check_pop(b, TW_I32);
        tw_check_keep(b, type);
        break;
    case 0x0e:
        branch_table(b);
        break;
    case 0x0f: // return
        tw_check_pop(b, b->block[0].type);
        die(b);
        break;
    case 0x10:
        call(b);
        break;
    case 0x1a: // drop
        tw_check_pop(b, TW_ANY);
        break;
    case 0x1b:
        select_one(b);
        break;
    case LOCAL_GET:
        local(b, op);
        break;
    case 0x21: // local.set
        tw_check_pop(b, local(b, op));
        break;
    case 0x22: // local.tee
        tw_check_keep(b, local(b, op));
        break;
    case 0x23:
    case 0x24:
        global(b, op == 0x24);
        break;
    case 0x3f: // memory.size
        if (tw_check_byte(c) != 0) {
            tw_check_fail(c, "another memory");
        }
        tw_check_push(b, TW_I32);
        break;
    case 0x41: // i32.const
        tw_check_signed(c, 32);
        tw_check_push(b, TW_I32);
        break;
    case 0x42: // i64.const
        tw_check_signed(c, 64);
        tw_check_push(b, TW_I64);
        break;
    case 0xfc:
        tw_check_bulk(b);
        break;
    default:
        if (op >= 0x28 && op <= 0x3e) {
            tw_check_access(b, op);
        } else {
            tw_check_arithmetic(b, op);
        }
    }
}

// What WASM3 keeps apart for constants: every byte that looks like their instruction counts.
static uint32_t constant_words(const tw_checker_t *c) {
    uint32_t words = 0;
    for (const uint8_t *p = c->at; p < c->end; ++p) {
        uint32_t more = *p == 0x41 || *p == 0x43 ? 1 : *p == 0x42 || *p == 0x44 ? 2 : 0;
        if (words + more >= MOST_CONSTANT_WORDS) {
            break;
        }
        words += more;
    }
    return words;
}

static void declare(tw_body_t *b, uint32_t n, uint8_t type) {
    if (n > TW_CHECK_LOCALS - b->locals) {
        tw_check_fail(b->c, "too many locals");
        return;
    }
    b->words += n * (type == TW_I64 ? 2u : 1u);
    for (uint32_t k = 0; k < n; ++k) {
        b->local[b->locals++] = type;
    }
}

void tw_check_body(tw_checker_t *c, uint32_t index) {
    tw_body_t b;
    b.c = c;
    b.index = index;
    b.locals = b.operands = b.blocks = b.loops = b.past = b.results = b.words = b.most = 0;
    tw_signature_t type = signature(c, index);
    for (uint32_t k = 0; k < type.n; ++k) {
        declare(&b, 1, type.parameters[k]);
    }
    b.words = 2 * type.n + (type.result == TW_NONE ? 0u : 2u);
    uint32_t groups = tw_check_u32(c);
    for (uint32_t k = 0; k < groups && c->error == TW_OK; ++k) {
        uint32_t many = tw_check_u32(c);
        declare(&b, many, tw_check_value_type(c));
    }
    // i64 begins at an even word: locals and constants may leave one free each
    b.words = (b.words + 3) / 2 * 2 + (constant_words(c) + 1) / 2 * 2;
    tw_check_room(&b, 0);
    open(&b, BLOCK, type.result);
    while (b.blocks > 0 && c->error == TW_OK) {
        uint8_t op = tw_check_byte(c);
        if (b.block[b.blocks - 1].dead && op > 0x01 && op != ELSE && op != END) {
            // WASM3 loses count of operands that are not there
            tw_check_fail(c, "code that is never reached");
        }
        instruction(&b, op);
    }
    if (c->at != c->end) {
        tw_check_fail(c, "code after the end of a function");
    }
}
