// CMSDK APB watchdog (DUI 0417, 4.5). Its first time-out is an NMI, which restarts the board and says why (start.c); should
// that hang, the second one resets the board.
#include "board.h"

#define WDOG_LOAD 0x40008000u
#define WDOG_CONTROL 0x40008008u // bit 0: count and raise the NMI, 1: reset
#define WDOG_LOCK 0x40008c00u
#define WDOG_KEY 0x1acce551u

#define TICKS_PER_MS (BOARD_HZ / 1000u)
#define LONGEST_MS (UINT32_MAX / TICKS_PER_MS)

void watchdog_feed(void *ctx, uint32_t timeout_ms) {
    (void)ctx;
    uint32_t ms = timeout_ms < 1 ? 1 : timeout_ms > LONGEST_MS ? LONGEST_MS : timeout_ms;
    REG(WDOG_LOCK) = WDOG_KEY;
    REG(WDOG_LOAD) = ms * TICKS_PER_MS; // counts from here again
    REG(WDOG_CONTROL) = 3u;
    REG(WDOG_LOCK) = 0; // nobody stops it by accident
}
