// A board that does nothing yet: every function says what it is to do. What the core asks of each is in tw_port.h.
#include "tw.h"

// In a copy of this folder, take -DTW_TEMPLATE=1 out of port.json: from then on the build fails, and names what is left.
// Take out each line FILL_IN once it is done.
#ifndef TW_TEMPLATE
#define TW_TEMPLATE 0
#endif
#define FILL_IN(what) _Static_assert(TW_TEMPLATE, what)

// Of the linker script. Only their addresses mean something.
extern uint8_t __stack_bottom[], __stack_top[], __slots_start[], __slot_size[];
extern uint8_t __arena_start[], __arena_size[];

FILL_IN("now_us: a timer");
// Start a timer that counts microseconds, or derive them from one. Wrapping after 2^32 is fine.
static uint32_t now_us(void *ctx) {
    (void)ctx;
    return 0;
}

FILL_IN("read_line: the UART's ring");
// Copy what your UART's interrupt put into its ring: a frame has up to 1,045 bytes, and they keep coming while a module
// runs. Return how many; never wait.
static int read_line(void *ctx, uint8_t *buf, size_t len) {
    (void)ctx;
    (void)buf;
    (void)len;
    return 0;
}

FILL_IN("write_line: the UART");
// Send all of it. Wait for room, but give up after a second: a host that went away must not stop the board.
static int write_line(void *ctx, const uint8_t *buf, size_t len) {
    (void)ctx;
    (void)buf;
    (void)len;
    return 0;
}

FILL_IN("watchdog: the hardware watchdog");
// Start the hardware watchdog with this time, or start it anew. One that cannot wait that long takes its longest time,
// fed by a timer interrupt that itself gives up after timeout_ms.
static void watchdog(void *ctx, uint32_t timeout_ms) {
    (void)ctx;
    (void)timeout_ms;
}

FILL_IN("reset: the chip");
// Remember TW_RESET_SOFTWARE where a reset does not clear it, let the UART finish, reset the chip.
static void reset(void *ctx) {
    (void)ctx;
    for (;;) {
    }
}

FILL_IN("stack_used: painted before main()");
// Paint the stack before main() and look here how far the paint is gone (ports/qemu/boot.c does).
static size_t stack_used(void *ctx) {
    (void)ctx;
    return 0;
}

FILL_IN("erase: the flash");
// Erase the slot's sectors. Code that runs from the flash it erases must lie in RAM.
static int erase(void *ctx, int n) {
    (void)ctx;
    (void)n;
    return -1;
}

FILL_IN("program: the flash");
// Write whole pages of 256 bytes. Where your flash writes larger units, keep the rest and write it with the next page.
static int program(void *ctx, int n, size_t offset, const uint8_t *data, size_t len) {
    (void)ctx;
    (void)n;
    (void)offset;
    (void)data;
    (void)len;
    return -1;
}

static tw_t tw;
static tw_port_t port;

FILL_IN("main: clocks, pins, names, the reset's reason");
int main(void) {
    // clocks, pins, UART (115200 8N1), timer
    port = (tw_port_t){
        .board = "template",
        .serial = "0000", // the chip's unique number, in hexadecimal
        .now_us = now_us,
        .cycles = NULL, // a cycle counter, extended to 64 bits
        .read = read_line,
        .write = write_line,
        .timestamp = NULL, // a pin for MLPerf Tiny's energy mode
        .mark = NULL,      // sets a pin that is high while step() runs, perhaps a second one around it
        .marks = 0,        // then TW_MARK_STEP, and TW_MARK_WORK for the second
        .watchdog = watchdog,
        .reset = reset,
        .stack_used = stack_used,
        .stack_size = (size_t)(__stack_top - __stack_bottom),
        .slot = {__slots_start, __slots_start + (size_t)__slot_size},
        .slot_size = (size_t)__slot_size,
        .forgets = false, // true where the slots are in RAM
        .erase = erase,
        .program = program,
        .arena = __arena_start,
        .arena_size = (size_t)__arena_size,
        .reset_reason = TW_RESET_POWER, // of the chip's reset register, and what you remembered
        .boot_id = 0,                   // a counter that a reset does not clear, or a random number
    };
    tw_init(&tw, &port);
    for (;;) {
        if (tw_poll(&tw) == 0) {
            // sleep until the UART or a timer interrupts
        }
    }
}
