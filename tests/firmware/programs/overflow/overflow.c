// A board whose stack overflows right after power-on, and which is an ordinary one after that.
#include "board.h"

#define main board_main
#include "main.c"
#undef main

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static uint32_t deeper(volatile uint32_t *above) {
    volatile uint32_t frame[16] = {*above};
    return deeper(frame) + frame[0];
}

int main(void) {
    board_guard_stack();
    if (boot_reset_reason() == TW_RESET_POWER) {
        uint32_t first = 1;
        (void)deeper(&first);
    }
    return board_main();
}
