// An emulated board: what its core gets to know of it.
#include "board.h"

#include "tw.h"

static void reset(void *ctx) {
    (void)ctx;
    line_drain(); // the answer to the request goes out first
    boot_restart(TW_RESET_SOFTWARE);
}

static tw_t tw;
static tw_port_t port;

int main(void) {
    board_guard_stack();
    uart_start();
    port = (tw_port_t){
        .board = BOARD_NAME,
        .serial = "emulated",
        .now_us = clock_us,
        .cycles = clock_cycles,
        .read = line_read,
        .write = line_write,
        .mark = BOARD_MARK,
        .marks = BOARD_MARKS,
        .watchdog = watchdog_feed,
        .reset = reset,
        .stack_used = boot_stack_used,
        .stack_size = (size_t)((uint8_t *)__stack_top - (uint8_t *)__stack_bottom),
        .slot = {__slots_start, __slots_start + (size_t)__slot_size},
        .slot_size = (size_t)__slot_size,
        .forgets = true,
        .erase = slots_erase,
        .program = slots_program,
        .arena = __arena_start,
        .arena_size = (size_t)__arena_size,
        .reset_reason = boot_reset_reason(),
        .boot_id = boot_count(),
    };
    watchdog_feed(NULL, TW_IDLE_MS);
    tw_init(&tw, &port);
    for (;;) {
        if (tw_poll(&tw) == 0) {
            uart_sleep();
        }
    }
}
