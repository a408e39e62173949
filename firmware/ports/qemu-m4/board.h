// The machine mps2-an386: what only it has. Arm AN386, Arm DUI 0417 (CMSDK), Armv7-M Architecture Reference Manual
// (DDI 0403).
#ifndef BOARD_H
#define BOARD_H

#include "qemu.h"

#define BOARD_NAME "qemu-m4"
#define BOARD_HZ 25000000u // the processor, SysTick and the watchdog

// clock.c
void clock_start(void);
void clock_interrupt(void);

#endif
