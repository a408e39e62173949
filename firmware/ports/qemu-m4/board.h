// The machine mps2-an386: what only it has. Arm AN386, Arm DUI 0417 (CMSDK), Armv7-M Architecture Reference Manual
// (DDI 0403).
#ifndef BOARD_H
#define BOARD_H

#include "qemu.h"

#define BOARD_NAME "qemu-m4"
#define BOARD_HZ 25000000u // the processor, SysTick and the watchdog

// leds.c
void leds_mark(void *ctx, uint32_t levels);
#define BOARD_MARK leds_mark
#define BOARD_MARKS (TW_MARK_STEP | TW_MARK_WORK)

// clock.c
void clock_start(void);
void clock_interrupt(void);

#endif
