// The machine virt: registers, and what the files of this port share. hw/riscv/virt.c of QEMU; the RISC-V privileged
// architecture, version 1.12.
#ifndef BOARD_H
#define BOARD_H

#include "tw_port.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline volatile uint32_t *board_reg(uint32_t address) {
    return (volatile uint32_t *)address;
}

#define REG(address) (*board_reg(address))

#define CSR_WRITE(csr, value) __asm__ volatile("csrw " #csr ", %0" ::"r"(value) : "memory")
#define CSR_SET(csr, bits) __asm__ volatile("csrs " #csr ", %0" ::"r"(bits) : "memory")
#define CSR_CLEAR(csr, bits) __asm__ volatile("csrc " #csr ", %0" ::"r"(bits) : "memory")

#define MSTATUS_MIE 0x8u // interrupts are taken
#define MIE_TIMER 0x80u
#define MIE_EXTERNAL 0x800u

// Of the linker script. Only their addresses mean something.
extern uint32_t __stack_bottom[], __stack_top[], __paint_end[];
extern uint8_t __slots_start[], __slot_size[], __arena_start[], __arena_size[];

// start.c
void board_restart(tw_reset_t reason) __attribute__((noreturn));
tw_reset_t board_reset_reason(void);
uint32_t board_boots(void);
void board_guard_stack(void);
size_t board_stack_used(void *ctx);

// clock.c
uint64_t clock_ticks(void);
void clock_start(uint64_t ticks); // when the board started
uint32_t clock_us(void *ctx);
uint64_t clock_cycles(void *ctx);
void clock_nap(void); // with interrupts masked, until one is pending
void watchdog_feed(void *ctx, uint32_t timeout_ms);

// uart.c
void uart_start(void);
int uart_read(void *ctx, uint8_t *buf, size_t len);
int uart_write(void *ctx, const uint8_t *buf, size_t len);
void uart_drain(void);
void uart_sleep(void);

// slots.c
int slots_erase(void *ctx, int n);
int slots_program(void *ctx, int n, size_t offset, const uint8_t *data, size_t len);

#endif
