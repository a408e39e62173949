#include "tw_extents_state.h"

static bool trapped;

void tw_generated_trap(void) {
    trapped = true;
}

// What a rule counts lies in memory, at least a bit of it: a count above is none, though a factor of zero would hide it from
// the extents and leave a body to count to it.
static uint32_t largest(const tw_space_t *space) {
    uint64_t bits = 8 * ((uint64_t)space->ram_bytes + space->rom_bytes) + UINT16_MAX;
    return bits < INT32_MAX ? (uint32_t)bits : INT32_MAX;
}

static void word(tw_extents_t *x) {
    uint64_t address = (uint64_t)tw_extents_argument(x) + tw_extents_pop(x);
    const int32_t *at = address > UINT32_MAX ? NULL : tw_readable(x->call, (uint32_t)address, 4, 4);
    if (at == NULL || x->call->refused || *at < 0) {
        tw_refuse(x->call);
    }
    tw_extents_push(x, x->call->refused ? 0 : (uint32_t)*at);
}

// What is rare, or long: operations that read what the module has in memory.
static void look(tw_extents_t *x, uint8_t operation) {
    switch (operation) {
    case TW_RULE_WORD:
        word(x);
        break;
    case TW_RULE_EVENTS:
        tw_extents_events(x);
        break;
    case TW_RULE_RING:
        tw_extents_ring(x);
        break;
    case TW_RULE_ROWS:
        tw_extents_rows(x);
        break;
    case TW_RULE_LANES:
        tw_extents_lanes(x);
        break;
    case TW_RULE_WALK:
        tw_extents_walk(x);
        break;
    case TW_RULE_STRIDED:
        tw_extents_strided(x);
        break;
    case TW_RULE_FUSED:
        tw_extents_fused(x);
        break;
    default:
        tw_extents_room(x);
    }
}

// What a check has read stays as it was: nobody else writes there.
static bool stays(const tw_extents_t *x, const tw_extent_t *key) {
    for (const tw_extent_t *other = x->ranges; other < x->free; other++) {
        if ((other->flags & TW_RANGE_WRITTEN) != 0 && other->argument != key->argument &&
            other->address < key->address + key->bytes && key->address < other->address + other->bytes) {
            return false;
        }
    }
    return true;
}

#if UINTPTR_MAX == UINT32_MAX
static bool choose_base(const tw_space_t *space) {
    (void)space;
    return true;
}
#else
// A little below whichever lies lower, so that no address is 0, and with the low bits of an address that is aligned.
static bool choose_base(const tw_space_t *space) {
    uintptr_t ram = (uintptr_t)space->ram;
    uintptr_t rom = space->rom == NULL ? ram : (uintptr_t)space->rom;
    uintptr_t low = ((ram < rom ? ram : rom) - 16) & ~(uintptr_t)15;
    tw_generated_base = (uint8_t *)low; // NOLINT: within the one block that a host allocates for both
    return ram - low + space->ram_bytes <= UINT32_MAX && rom - low + space->rom_bytes <= UINT32_MAX;
}
#endif

// Follows the rule to its end. The place in the rule and in the stack are kept in registers between operations that look.
static bool is_allowed(tw_extents_t *x, const uint8_t *rule) {
    tw_call_t *call = x->call;
    uint32_t *top = x->stack;
    uint32_t most = x->largest;
    for (;;) {
        uint8_t operation = *rule++;
        uint64_t result;
        switch (operation) {
        default: // an argument
            result = tw_arg_u(call, operation);
            break; // above all if negative
        case TW_RULE_BYTE:
            result = *rule++;
            break;
        case TW_RULE_SHORT:
            result = rule[0] | (uint32_t)rule[1] << 8;
            rule += 2;
            break;
        case TW_RULE_MULTIPLY:
            top -= 2;
            result = (uint64_t)top[0] * top[1];
            break;
        case TW_RULE_ADD:
            top -= 2;
            result = (uint64_t)top[0] + top[1];
            break;
        case TW_RULE_SUBTRACT:
            top -= 2;
            result = (uint64_t)top[0] - top[1]; // above all if negative
            break;
        case TW_RULE_DIVIDE:
            top -= 2;
            result = top[1] == 0 ? UINT64_MAX : top[0] / top[1];
            break;
        case TW_RULE_REMAINDER:
            top -= 2;
            result = top[1] == 0 ? UINT64_MAX : top[0] % top[1];
            break;
        case TW_RULE_MAX:
            top -= 2;
            result = top[0] > top[1] ? top[0] : top[1];
            break;
        case TW_RULE_AT_MOST:
            top -= 2;
            if (top[0] > top[1]) {
                return false;
            }
            continue;
        case TW_RULE_EQUAL:
            top -= 2;
            if (top[0] != top[1]) {
                return false;
            }
            continue;
        case TW_RULE_RANGE: {
            uint8_t argument = rule[0], flags = rule[1];
            rule += 2;
            uint64_t bytes = (uint64_t)*--top << (flags & TW_RANGE_SIZE);
            uint32_t address = tw_arg_u(call, argument);
            if ((address != 0 || (flags & TW_RANGE_OPTIONAL) == 0) &&
                tw_extents_range(x, argument, address, bytes, flags) == NULL) {
                return false;
            }
            continue;
        }
        case TW_RULE_EVENTS:
        case TW_RULE_RING:
        case TW_RULE_ROWS:
        case TW_RULE_LANES:
        case TW_RULE_WALK:
        case TW_RULE_STRIDED:
        case TW_RULE_FUSED:
        case TW_RULE_ROOM:
        case TW_RULE_WORD:
            x->rule = rule;
            x->top = top;
            look(x, operation);
            if (call->refused) {
                return false;
            }
            rule = x->rule;
            top = x->top;
            continue;
        case TW_RULE_END:
            return true;
        }
        if (result > most) {
            return false;
        }
        *top++ = (uint32_t)result;
    }
}

void tw_generated(tw_call_t *call, const uint8_t *rule, tw_body_t body) {
    const tw_space_t *space = call->space;
    tw_extents_t x;
    x.call = call;
    x.free = x.ranges;
    x.largest = largest(space);
    x.event_count = x.event_bound = 0;
    if (!choose_base(space) || !is_allowed(&x, rule)) {
        tw_refuse(call);
        return;
    }
    for (const tw_extent_t *range = x.ranges; range < x.free; range++) {
        if ((range->flags & TW_RANGE_KEY) != 0 && !stays(&x, range)) {
            tw_refuse(call);
            return;
        }
        call->args[range->argument] = range->machine;
    }
    trapped = false;
    tw_extents_watch(&x);
    body(call->args);
    if (trapped) {
        tw_refuse(call);
    }
}
