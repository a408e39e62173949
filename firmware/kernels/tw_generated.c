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

static void range(tw_extents_t *x) {
    uint8_t argument = tw_extents_byte(x);
    uint8_t flags = tw_extents_byte(x);
    uint64_t bytes = (uint64_t)tw_extents_pop(x) << (flags & TW_RANGE_SIZE);
    uint32_t address = tw_arg_u(x->call, argument);
    if (address != 0 || (flags & TW_RANGE_OPTIONAL) == 0) {
        tw_extents_range(x, argument, address, bytes, flags);
    }
}

// The place behind the last bit that is set: how far a slot of a delay reaches.
static void highest(tw_extents_t *x) {
    uint8_t argument = tw_extents_byte(x);
    uint32_t bytes = tw_extents_pop(x);
    uint32_t offset = tw_extents_pop(x);
    uint64_t address = (uint64_t)tw_arg_u(x->call, argument) + offset;
    if (address > UINT32_MAX) {
        tw_refuse(x->call);
    }
    const uint8_t *at =
        tw_extents_range(x, argument, (uint32_t)address, bytes, 0x08 | TW_RANGE_WRITTEN | TW_RANGE_KEY);
    while (at != NULL && bytes > 0 && at[bytes - 1] == 0) {
        bytes--;
    }
    uint32_t places = 0;
    if (at != NULL && bytes > 0) {
        places = 8 * bytes - ((uint32_t)__builtin_clz(at[bytes - 1]) - 24u);
    }
    tw_extents_push(x, places);
}

static void word(tw_extents_t *x) {
    uint64_t address = (uint64_t)tw_extents_argument(x) + tw_extents_pop(x);
    const int32_t *at = address > UINT32_MAX ? NULL : tw_readable(x->call, (uint32_t)address, 4, 4);
    if (at == NULL || x->call->refused || *at < 0) {
        tw_refuse(x->call);
    }
    tw_extents_push(x, x->call->refused ? 0 : (uint32_t)*at);
}

// Two numbers to one, or compared.
static void binary(tw_extents_t *x, uint8_t operation) {
    uint32_t b = tw_extents_pop(x);
    uint32_t a = tw_extents_pop(x);
    uint64_t result = 0;
    switch (operation) {
    case TW_RULE_AT_MOST:
        x->call->refused |= a > b;
        return;
    case TW_RULE_EQUAL:
        x->call->refused |= a != b;
        return;
    case TW_RULE_MULTIPLY:
        result = (uint64_t)a * b;
        break;
    case TW_RULE_ADD:
        result = (uint64_t)a + b;
        break;
    case TW_RULE_SUBTRACT:
        result = (uint64_t)a - b; // below zero it is above all
        break;
    case TW_RULE_DIVIDE:
    case TW_RULE_REMAINDER:
        if (b == 0) {
            tw_refuse(x->call);
            b = 1;
        }
        result = operation == TW_RULE_DIVIDE ? a / b : a % b;
        break;
    default:
        result = a > b ? a : b;
    }
    tw_extents_push(x, result);
}

static void operate(tw_extents_t *x, uint8_t operation) {
    uint32_t low;
    switch (operation) {
    case TW_RULE_BYTE:
        *x->top++ = tw_extents_byte(x);
        break;
    case TW_RULE_SHORT:
        low = tw_extents_byte(x);
        tw_extents_push(x, low | (uint32_t)tw_extents_byte(x) << 8);
        break;
    case TW_RULE_WORD:
        word(x);
        break;
    case TW_RULE_RANGE:
        range(x);
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
    case TW_RULE_HIGHEST:
        highest(x);
        break;
    case TW_RULE_DELAYS:
        tw_extents_delays(x);
        break;
    case TW_RULE_FUSED:
        tw_extents_fused(x);
        break;
    case TW_RULE_ROOM:
        tw_extents_room(x);
        break;
    default:
        binary(x, operation);
    }
}

// What a check has read stays as it was: nobody else writes there.
static bool keys_stay(const tw_extents_t *x) {
    const tw_extent_t *end = x->ranges + x->range_count;
    for (const tw_extent_t *key = x->ranges; key < end; key++) {
        if ((key->flags & TW_RANGE_KEY) == 0 || key->bytes == 0) {
            continue;
        }
        for (const tw_extent_t *other = x->ranges; other < end; other++) {
            if ((other->flags & TW_RANGE_WRITTEN) != 0 && other->argument != key->argument &&
                other->address < key->address + key->bytes &&
                key->address < other->address + other->bytes) {
                return false;
            }
        }
    }
    return true;
}

#if UINTPTR_MAX == UINT32_MAX
static uint32_t machine(const void *at) {
    return (uint32_t)(uintptr_t)at;
}
static bool choose_base(const tw_space_t *space) {
    (void)space;
    return true;
}
#else
uint8_t *tw_generated_base;

static uint32_t machine(const void *at) {
    return (uint32_t)((uintptr_t)at - (uintptr_t)tw_generated_base);
}

// A little below whichever lies lower, so that no address is 0, and with the low bits of an address that is aligned.
static bool choose_base(const tw_space_t *space) {
    uintptr_t ram = (uintptr_t)space->ram;
    uintptr_t rom = space->rom == NULL ? ram : (uintptr_t)space->rom;
    uintptr_t low = ((ram < rom ? ram : rom) - 16) & ~(uintptr_t)15;
    tw_generated_base = (uint8_t *)low; // NOLINT: within the one block that a host allocates for both
    return ram - low + space->ram_bytes <= UINT32_MAX && rom - low + space->rom_bytes <= UINT32_MAX;
}
#endif

void tw_generated(tw_call_t *call, const uint8_t *rule, tw_body_t body) {
    const tw_space_t *space = call->space;
    tw_extents_t x;
    x.call = call;
    x.rule = rule;
    x.top = x.stack;
    x.range_count = 0;
    x.largest = largest(space);
    x.events = NULL;
    x.event_count = x.event_bound = 0;
    uint8_t operation;
    while ((operation = tw_extents_byte(&x)) != TW_RULE_END) {
        if (operation >= TW_RULE_ARGS) {
            operate(&x, operation);
            if (call->refused) {
                return;
            }
            continue;
        }
        uint32_t value = tw_arg_u(call, operation);
        if (value > x.largest) { // or negative
            tw_refuse(call);
            return;
        }
        *x.top++ = value;
    }
    if (!keys_stay(&x) || !choose_base(space)) {
        tw_refuse(call);
        return;
    }
    uint32_t done = 0; // an argument that has two ranges is made the machine's once
    for (unsigned k = 0; k < x.range_count; k++) {
        uint8_t argument = x.ranges[k].argument;
        uint32_t address = tw_arg_u(call, argument);
        if ((done >> argument & 1) != 0) {
            continue;
        }
        done |= 1u << argument;
        call->args[argument] = tw_extents_in_rom(space, x.ranges[k].address)
                                        ? machine(space->rom) + (address - space->rom_from)
                                        : machine(space->ram) + address;
    }
    trapped = false;
    tw_extents_watch(&x);
    body(call->args);
    if (trapped) {
        tw_refuse(call);
    }
}
