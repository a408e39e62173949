// From power-on to main(). A vendor's start-up file does the same, and sets up the clocks: then leave this one out.
#include <stdint.h>

extern uint32_t __stack_top[], __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];

int main(void);
void tw_start(void);

void tw_start(void) {
    for (uint32_t *p = __data_start, *from = __data_load; p < __data_end;) {
        *p++ = *from++;
    }
    for (uint32_t *p = __bss_start; p < __bss_end;) {
        *p++ = 0;
    }
    (void)main();
    for (;;) {
    }
}

// Remember TW_RESET_FAULT where a reset does not clear it, and restart: a board that hangs here needs somebody to come.
static void on_fault(void) {
    for (;;) {
    }
}

typedef void (*vector_t)(void);

// The processor's own exceptions; your UART's interrupt comes behind them.
__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    vector_t handler[15];
} vectors = {
    __stack_top,
    {tw_start, on_fault, on_fault, on_fault, on_fault, on_fault, 0, 0, 0, 0, on_fault, on_fault, 0,
     on_fault, on_fault},
};
