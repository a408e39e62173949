// The checks of generated kernels: what a kernel may read and write, as a rule in bytes that host/native/rules.ts compiles
// from the one table of extents (host/native/table/). A rule is a program for a stack of numbers; whatever is negative,
// overflows or is divided by zero on the way refuses the call, so that no product can wrap.
//
// A generated body has the order of loads and stores that WebAssembly has, and asks for no two of them to lie apart: what
// overlaps gives the same bits. Only what a check has read (lists of events, offsets, positions) may not be written by the
// body, or it would be true no longer.
#ifndef TW_EXTENTS_H
#define TW_EXTENTS_H

#include "tw_kernels.h"

// Operations below TW_RULE_ARGS push the argument of that number.
#define TW_RULE_ARGS 32

// In the order of host/native/rules.ts, which writes the same numbers.
enum tw_rule {
    TW_RULE_BYTE = TW_RULE_ARGS, // pushes the byte that follows
    TW_RULE_SHORT,               // pushes the two bytes that follow
    TW_RULE_MULTIPLY,            // the next ones take two numbers and push one
    TW_RULE_ADD,
    TW_RULE_SUBTRACT,
    TW_RULE_DIVIDE,
    TW_RULE_REMAINDER,
    TW_RULE_MAX,
    TW_RULE_WORD,    // argument: pushes the i32 so many bytes behind it
    TW_RULE_AT_MOST, // a ≤ b, or the call is refused
    TW_RULE_EQUAL,
    TW_RULE_RANGE,   // argument, flags: so many elements behind it
    TW_RULE_EVENTS,  // argument: a list of events; pushes its largest index + 1
    TW_RULE_RING,    // arguments: position, slots, steps ahead; flags
    TW_RULE_ROWS,    // arguments: rows, targets, weights, delays; flags: pushes largest target + 1, and largest delay
    TW_RULE_LANES,   // arguments: rows, groups; bytes of a target: pushes the bytes of v that they reach
    TW_RULE_WALK,    // arguments: axes, runs
    TW_RULE_STRIDED, // arguments: pointer, run, step; flags
    TW_RULE_FUSED,   // arguments: queue, frozen, neurons; pops the refractory steps: all of its indices lie below
    TW_RULE_ROOM,    // argument: a list that events are appended to, popped so many
    TW_RULE_END
};

// Flags of a range: log2 of an element's bytes and of its alignment, two bits each.
#define TW_RANGE_SIZE 0x03u
#define TW_RANGE_ALIGN 0x0cu
#define TW_RANGE_WRITTEN 0x10u
#define TW_RANGE_KEY 0x20u      // what was read of it decides what is touched
#define TW_RANGE_OPTIONAL 0x40u // address 0: there is none

// No argument, where one can be left out.
#define TW_RULE_NONE 0xffu

typedef void (*tw_body_t)(const uint64_t *arguments);

// Checks the arguments by the rule and runs the body, or refuses.
void tw_generated(tw_call_t *call, const uint8_t *rule, tw_body_t body);

// A body has divided by zero, or come to a place that none comes to: its call ends as a trap.
void tw_generated_trap(void);

// Where a body's addresses lie. On a board they are the machine's own; elsewhere within 4 GiB of a base.
#if UINTPTR_MAX == UINT32_MAX
#define TW_AT(address) ((uint8_t *)(uintptr_t)(address))
#else
extern uint8_t *tw_generated_base;
#define TW_AT(address) (tw_generated_base + (address))
#endif

#endif
