#include "tw_extents_state.h"

static bool trapped;

void tw_generated_trap(void) {
    trapped = true;
}

// What a rule counts lies in memory, at least a bit of it: a count above is none, though a factor of zero would hide it from
// the extents and leave a body to count to it.
static uint64_t largest(const tw_space_t *space) {
    uint64_t bits = 8 * ((uint64_t)space->ram_bytes + space->rom_bytes) + UINT16_MAX;
    return bits < UINT32_MAX ? bits : UINT32_MAX;
}

void tw_extents_push(tw_extents_t *x, uint64_t value) {
    if (value > x->largest) {
        tw_refuse(x->call);
        value = 0;
    }
    x->stack[x->depth++] = value;
}

uint32_t tw_extents_pop(tw_extents_t *x) {
    return (uint32_t)x->stack[--x->depth];
}

const void *tw_extents_range(tw_extents_t *x, uint8_t argument, uint32_t address, uint64_t bytes,
                             uint8_t flags) {
    uint32_t align = 1u << ((flags & TW_RANGE_ALIGN) >> 2);
    const void *at = (flags & TW_RANGE_WRITTEN) != 0 ? tw_writable(x->call, address, bytes, align)
                                                     : tw_readable(x->call, address, bytes, align);
    if (x->range_count == TW_EXTENTS_RANGES) {
        tw_refuse(x->call);
        return NULL;
    }
    if (!x->call->refused) {
        x->ranges[x->range_count++] = (tw_extent_t){address, (uint32_t)bytes, argument, flags};
    }
    return x->call->refused ? NULL : at;
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

// A list that events are appended to: those that are there, and room for more. eventsEnd() of fixed/event-list.ts
static void room(tw_extents_t *x) {
    uint8_t argument = tw_extents_byte(x);
    uint64_t more = tw_extents_pop(x);
    uint32_t address = tw_arg_u(x->call, argument);
    const uint32_t *length = tw_writable(x->call, address, 4, 4);
    if (length != NULL) {
        uint64_t bytes = 8u + 8u * (*length + more);
        tw_extents_range(x, argument, address, bytes, 0x0a | TW_RANGE_WRITTEN | TW_RANGE_KEY);
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
    uint64_t b = tw_extents_pop(x);
    uint64_t a = tw_extents_pop(x);
    if (operation == TW_RULE_AT_MOST || operation == TW_RULE_EQUAL) {
        if (operation == TW_RULE_EQUAL ? a != b : a > b) {
            tw_refuse(x->call);
        }
        return;
    }
    if ((operation == TW_RULE_DIVIDE || operation == TW_RULE_REMAINDER) && b == 0) {
        tw_refuse(x->call);
        b = 1;
    }
    uint64_t result = 0;
    switch (operation) {
    case TW_RULE_MULTIPLY:
        result = a * b;
        break;
    case TW_RULE_ADD:
        result = a + b;
        break;
    case TW_RULE_SUBTRACT:
        result = a - b; // below zero it is above all
        break;
    case TW_RULE_DIVIDE:
        result = a / b;
        break;
    case TW_RULE_REMAINDER:
        result = a % b;
        break;
    default:
        result = a > b ? a : b;
    }
    tw_extents_push(x, result);
}

static void byte(tw_extents_t *x) {
    tw_extents_push(x, tw_extents_byte(x));
}

static void two_bytes(tw_extents_t *x) {
    uint32_t low = tw_extents_byte(x);
    tw_extents_push(x, low | (uint32_t)tw_extents_byte(x) << 8);
}

typedef void (*operation_t)(tw_extents_t *x);

// Those that are not here take two numbers.
static const operation_t OPERATIONS[TW_RULE_END - TW_RULE_ARGS] = {
    [TW_RULE_BYTE - TW_RULE_ARGS] = byte,
    [TW_RULE_SHORT - TW_RULE_ARGS] = two_bytes,
    [TW_RULE_WORD - TW_RULE_ARGS] = word,
    [TW_RULE_RANGE - TW_RULE_ARGS] = range,
    [TW_RULE_EVENTS - TW_RULE_ARGS] = tw_extents_events,
    [TW_RULE_RING - TW_RULE_ARGS] = tw_extents_ring,
    [TW_RULE_ROWS - TW_RULE_ARGS] = tw_extents_rows,
    [TW_RULE_LANES - TW_RULE_ARGS] = tw_extents_lanes,
    [TW_RULE_WALK - TW_RULE_ARGS] = tw_extents_walk,
    [TW_RULE_STRIDED - TW_RULE_ARGS] = tw_extents_strided,
    [TW_RULE_HIGHEST - TW_RULE_ARGS] = highest,
    [TW_RULE_DELAYS - TW_RULE_ARGS] = tw_extents_delays,
    [TW_RULE_FUSED - TW_RULE_ARGS] = tw_extents_fused,
    [TW_RULE_ROOM - TW_RULE_ARGS] = room,
};

// What a check has read stays as it was: nobody else writes there.
static void keys_stay(tw_extents_t *x) {
    for (unsigned k = 0; k < x->range_count; k++) {
        const tw_extent_t *key = &x->ranges[k];
        if ((key->flags & TW_RANGE_KEY) == 0 || key->bytes == 0) {
            continue;
        }
        for (unsigned w = 0; w < x->range_count; w++) {
            const tw_extent_t *other = &x->ranges[w];
            if ((other->flags & TW_RANGE_WRITTEN) != 0 && other->argument != key->argument &&
                other->address < key->address + key->bytes &&
                key->address < other->address + other->bytes) {
                tw_refuse(x->call);
            }
        }
    }
}

#if UINTPTR_MAX == UINT32_MAX
static uint32_t machine(const void *at) {
    return (uint32_t)(uintptr_t)at;
}
static void choose_base(tw_call_t *call) {
    (void)call;
}
#else
uint8_t *tw_generated_base;

static uint32_t machine(const void *at) {
    return (uint32_t)((uintptr_t)at - (uintptr_t)tw_generated_base);
}

// A little below whichever lies lower, so that no address is 0, and with the low bits of an address that is aligned.
static void choose_base(tw_call_t *call) {
    const tw_space_t *space = call->space;
    uintptr_t ram = (uintptr_t)space->ram;
    uintptr_t rom = space->rom == NULL ? ram : (uintptr_t)space->rom;
    uintptr_t low = ((ram < rom ? ram : rom) - 16) & ~(uintptr_t)15;
    tw_generated_base = (uint8_t *)low; // NOLINT: within the one block that a host allocates for both
    if (ram - low + space->ram_bytes > UINT32_MAX || rom - low + space->rom_bytes > UINT32_MAX) {
        tw_refuse(call);
    }
}
#endif

void tw_generated(tw_call_t *call, const uint8_t *rule, tw_body_t body) {
    tw_extents_t x;
    x.call = call;
    x.rule = rule;
    x.depth = 0;
    x.range_count = 0;
    x.largest = largest(call->space);
    x.events = NULL;
    x.event_count = x.event_bound = 0;
    while (!call->refused && *x.rule != TW_RULE_END) {
        uint8_t operation = tw_extents_byte(&x);
        if (operation < TW_RULE_ARGS) {
            if (tw_arg(call, operation) < 0) {
                tw_refuse(call);
            }
            tw_extents_push(&x, tw_arg_u(call, operation));
        } else if (OPERATIONS[operation - TW_RULE_ARGS] != NULL) {
            OPERATIONS[operation - TW_RULE_ARGS](&x);
        } else {
            binary(&x, operation);
        }
    }
    if (!call->refused) {
        keys_stay(&x);
        choose_base(call);
    }
    if (call->refused) {
        return;
    }
    uint64_t arguments[TW_EXTENTS_ARGS];
    uint32_t count = *++x.rule; // behind the end stands how many arguments there are
    for (uint32_t k = 0; k < count; k++) {
        arguments[k] = call->args[k];
    }
    for (unsigned k = 0; k < x.range_count; k++) {
        const tw_extent_t *range = &x.ranges[k];
        const tw_space_t *space = call->space;
        uint32_t address = tw_arg_u(call, range->argument);
        bool in_rom = tw_extents_in_rom(space, range->address);
        arguments[range->argument] = in_rom ? machine(space->rom) + (address - space->rom_from)
                                            : machine(space->ram) + address;
    }
    trapped = false;
    tw_extents_watch(&x);
    body(arguments);
    if (trapped) {
        tw_refuse(call);
    }
}
