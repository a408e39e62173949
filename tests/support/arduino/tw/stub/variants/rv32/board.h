// virt of QEMU: 16550 at 0x10000000, mtime at 10 MHz in the CLINT.
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define BYTE_REG(address) (*(volatile uint8_t *)(address))
#define WORD_REG(address) (*(volatile uint32_t *)(address))

// The UART's interrupt through the PLIC, in the registers of hart 0 in machine mode (hw/riscv/virt.c of QEMU).
static inline void board_uart_start(void) {
    BYTE_REG(0x10000002u) = 0xc1;
    BYTE_REG(0x10000001u) = 1;
    WORD_REG(0x0c000000u + 4u * 10u) = 1;
    WORD_REG(0x0c002000u) = 1u << 10;
}
static inline bool board_uart_waits(void) {
    return (BYTE_REG(0x10000005u) & 1u) != 0;
}
static inline uint8_t board_uart_take(void) {
    return BYTE_REG(0x10000000u);
}
static inline bool board_uart_has_room(void) {
    return (BYTE_REG(0x10000005u) & 0x20u) != 0;
}
static inline void board_uart_give(uint8_t byte) {
    BYTE_REG(0x10000000u) = byte;
}

extern "C" uint64_t board_us(void);

// Until a byte or 10 ms have come: a machine that asks its UART without a pause keeps QEMU from filling it. WFI returns for an
// interrupt that is pending and enabled, though none is taken here (privileged architecture 1.12, 3.3.3).
static inline void board_sleep(void) {
    if (!board_uart_waits()) {
        uint64_t until = board_us() * 10u + 100000u;
        WORD_REG(0x02004004u) = 0xffffffffu;
        WORD_REG(0x02004000u) = (uint32_t)until;
        WORD_REG(0x02004004u) = (uint32_t)(until >> 32);
        __asm__ volatile("csrs mie, %0\n wfi\n csrc mie, %0" ::"r"(1u << 11 | 1u << 7) : "memory");
    }
    uint32_t source = WORD_REG(0x0c200004u);
    if (source != 0) {
        WORD_REG(0x0c200004u) = source;
    }
}

#endif
