// From a stack to main(), why the board restarted, and how deep the stack went.
#include "board.h"

// Lies behind everything the linker placed, so that it outlives a reset.
typedef struct boot_kept {
    uint32_t magic;
    uint32_t boots;
    uint32_t reason; // tw_reset_t of the restart that somebody announced
    uint32_t seed;   // of the boot numbers; an emulator may put another one here for each power-on
} boot_kept_t;

extern boot_kept_t __kept;
#define KEPT_MAGIC 0x5457424fu

extern uint32_t __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];

static tw_reset_t reset_reason;

int main(void);

// Painted on the stack's free part, and looked for from its end. The guard may still hold from before a reset.
#define PAINT 0xa5a5a5a5u
#define PAINT_START (__stack_bottom + GUARD_BYTES / sizeof(uint32_t))

void boot_variables(void) {
    for (uint32_t *p = __data_start, *from = __data_load; p < __data_end;) {
        *p++ = *from++;
    }
    for (uint32_t *p = __bss_start; p < __bss_end;) {
        *p++ = 0;
    }
    for (uint32_t *p = PAINT_START; p < __paint_end; ++p) {
        *p = PAINT;
    }
}

void boot_main(void) {
    if (__kept.magic != KEPT_MAGIC) {
        __kept.magic = KEPT_MAGIC;
        __kept.boots = __kept.seed;
        __kept.reason = TW_RESET_POWER;
    }
    __kept.boots += 1;
    reset_reason = (tw_reset_t)__kept.reason;
    __kept.reason = TW_RESET_POWER; // unless somebody says otherwise before the next one
    (void)main();
    boot_restart(TW_RESET_FAULT);
}

void boot_restart(tw_reset_t reason) {
    __kept.reason = (uint32_t)reason;
    board_reset();
}

tw_reset_t boot_reset_reason(void) {
    return reset_reason;
}

uint32_t boot_count(void) {
    return __kept.boots;
}

size_t boot_stack_used(void *ctx) {
    (void)ctx;
    const uint32_t *p = PAINT_START;
    while (p < __stack_top && *p == PAINT) {
        ++p;
    }
    return (size_t)(__stack_top - p) * sizeof *p;
}
