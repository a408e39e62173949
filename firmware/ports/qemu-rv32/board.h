// The machine virt: what only it has. hw/riscv/virt.c of QEMU; the RISC-V privileged architecture, version 1.12.
#ifndef BOARD_H
#define BOARD_H

#include "qemu.h"

#define BOARD_NAME "qemu-rv32"

// The machine has no pin.
#define BOARD_MARK NULL
#define BOARD_MARKS 0

#define CSR_WRITE(csr, value) __asm__ volatile("csrw " #csr ", %0" ::"r"(value) : "memory")
#define CSR_SET(csr, bits) __asm__ volatile("csrs " #csr ", %0" ::"r"(bits) : "memory")
#define CSR_CLEAR(csr, bits) __asm__ volatile("csrc " #csr ", %0" ::"r"(bits) : "memory")

#define MSTATUS_MIE 0x8u // interrupts are taken
#define MIE_TIMER 0x80u
#define MIE_EXTERNAL 0x800u

// clock.c
uint64_t clock_ticks(void);
void clock_start(uint64_t ticks); // when the board started
void clock_nap(void); // with interrupts masked, until one is pending

#endif
