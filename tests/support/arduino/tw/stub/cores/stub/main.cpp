#include "Arduino.h"
#include "board.h"

extern "C" {
extern uint32_t __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];
extern void (*__init_array_start[])(void);
extern void (*__init_array_end[])(void);
void board_main(void);
void __cxa_pure_virtual(void) {
    for (;;) {
    }
}
}

unsigned long millis(void) {
    return (unsigned long)(board_us() / 1000u);
}

unsigned long micros(void) {
    return (unsigned long)board_us();
}

void delay(unsigned long ms) {
    uint64_t since = board_us();
    while (board_us() - since < (uint64_t)ms * 1000u) {
    }
}

void board_main(void) {
    for (uint32_t *p = __data_start, *from = __data_load; p < __data_end;) {
        *p++ = *from++;
    }
    for (uint32_t *p = __bss_start; p < __bss_end;) {
        *p++ = 0;
    }
    for (void (**f)(void) = __init_array_start; f < __init_array_end; ++f) {
        (*f)();
    }
    setup();
    for (;;) {
        loop();
        board_sleep();
    }
}
