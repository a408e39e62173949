// What the emulated boards share, and what each brings: a folder of its own with board.h, a linker script and the
// functions below.
#ifndef QEMU_H
#define QEMU_H

#include "tw_port.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline volatile uint32_t *board_reg(uint32_t address) {
    return (volatile uint32_t *)address;
}

#define REG(address) (*board_reg(address))

// Of the linker script. Only their addresses mean something.
extern uint32_t __stack_bottom[], __stack_top[], __paint_end[];
extern uint8_t __slots_start[], __slot_size[], __arena_start[], __arena_size[];

// boot.c
#define GUARD_BYTES 256u // of the stack, at its end: a fault when they are touched
void boot_variables(void); // with a stack and nothing else
void boot_main(void) __attribute__((noreturn));
void boot_restart(tw_reset_t reason) __attribute__((noreturn));
tw_reset_t boot_reset_reason(void);
uint32_t boot_count(void); // differs from the last boot's
size_t boot_stack_used(void *ctx);

// line.c
int line_read(void *ctx, uint8_t *buf, size_t len);
int line_write(void *ctx, const uint8_t *buf, size_t len);
void line_drain(void); // until the last byte has left

// slots.c
int slots_erase(void *ctx, int n);
int slots_program(void *ctx, int n, size_t offset, const uint8_t *data, size_t len);

// A board's start.c calls boot_variables(), starts its clock, calls boot_main().
void board_reset(void) __attribute__((noreturn)); // the whole machine, at once
void board_guard_stack(void);

// A board's clock.c
uint32_t clock_us(void *ctx);
uint64_t clock_cycles(void *ctx);

// A board's uart.c
void uart_start(void);
bool uart_waits(void); // a byte to take
uint8_t uart_take(void);
bool uart_has_room(void); // for a byte to give
void uart_give(uint8_t byte);
void uart_sleep(void); // until a byte or the clock comes

// A board's watchdog.c or clock.c
void watchdog_feed(void *ctx, uint32_t timeout_ms);

#endif
