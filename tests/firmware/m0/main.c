// Convolutions of random shapes and numbers, corners among them, and what a few layers of models take: the same program for a
// Cortex-M0+ and for this computer. On the Cortex-M0+ it speaks by semihosting, which QEMU has, and tests/support/rp2040.ts.
#include "tw_kernels.h"

#include <string.h>

void tw_kernel_conv2d(tw_call_t *call);
void tw_kernel_conv2d_u8(tw_call_t *call);
void tw_kernel_depthwiseConv2d3x3(tw_call_t *call);

#if defined(__arm__)
static uint32_t semihosting(uint32_t operation, const void *parameter) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameter;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}
static void say(const char *text) {
    semihosting(0x04, text);
}
static uint32_t cycles(void) {
    return semihosting(0x10, NULL);
}
#else
#include <stdio.h>
static void say(const char *text) {
    fputs(text, stdout);
}
static uint32_t cycles(void) {
    return 0;
}
#endif

static void say_number(const char *name, uint32_t n) {
    char text[12];
    char *p = text + sizeof text - 1;
    *p = '\0';
    do {
        *--p = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    say(name);
    say(" ");
    say(p);
    say("\n");
}

static uint32_t seed = 1;
static uint32_t below(uint32_t n) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

enum { INPUT = 0, WEIGHTS = 12 * 1024, STAGE = 40 * 1024, SCRATCH = 44 * 1024, OUTPUT = 56 * 1024 };

static _Alignas(16) uint8_t ram[70 * 1024];

static void put32(uint32_t at, uint32_t value) {
    memcpy(ram + at, &value, sizeof value);
}

// Any bytes, or only the extremes, or one of them.
static void fill(uint32_t at, uint32_t bytes, uint32_t how) {
    for (uint32_t k = 0; k < bytes; ++k) {
        ram[at + k] = how == 0 ? (uint8_t)below(256) : how == 1 ? (uint8_t)(127 + below(2)) : 0x80;
    }
}

// A stage whose channels are of one form, or of any.
static void fill_stage(uint32_t channels, uint32_t form) {
    put32(STAGE, below(256) - 128);
    bool all = below(4) != 0;
    put32(STAGE + 4, all ? (uint32_t)-128 : (uint32_t)-100);
    put32(STAGE + 8, all ? 127u : 90u);
    put32(STAGE + 12, 0);
    for (uint32_t n = 0; n < channels; ++n) {
        uint32_t at = STAGE + 16 + 16 * n, kind = form < 4 ? form : below(4);
        uint32_t corner = below(8);
        put32(at, below(1u << 24) << 8 | below(256));
        put32(at + 4, kind < 2 ? below(4096) - 2048 : below(2) - 1);
        put32(at + 8, corner == 0   ? 0x80000000u
                      : corner == 1 ? 0x7fffffffu
                                    : 0x40000000u + (below(1u << 24) << 6));
        put32(at + 12, (corner == 2 ? 32 + below(31) : 36 + below(8)) + 64 * kind);
    }
}

static uint32_t call(void (*kernel)(tw_call_t *), const uint32_t *args, unsigned count) {
    uint64_t wide[24];
    for (unsigned k = 0; k < count; ++k) {
        wide[k] = args[k];
    }
    const tw_space_t space = {.ram = ram, .ram_bytes = sizeof ram};
    tw_call_t one = {&space, wide, false};
    uint32_t before = cycles();
    kernel(&one);
    uint32_t spent = cycles() - before;
    if (one.refused) {
        say("refused\n");
    }
    return spent;
}

static uint32_t digest(uint32_t sum, uint32_t at, uint32_t bytes) {
    for (uint32_t k = 0; k < bytes; ++k) {
        sum = (sum ^ ram[at + k]) * 16777619u;
    }
    return sum;
}

static uint32_t extent(uint32_t size, uint32_t window, uint32_t stride, uint32_t dilation,
                       uint32_t pad) {
    uint32_t reach = (window - 1) * dilation + 1;
    return size + 2 * pad < reach ? 0 : (size + 2 * pad - reach) / stride + 1;
}

static uint32_t random_convolution(uint32_t sum) {
    uint32_t h = 1 + below(5), w = 1 + below(6), c = 1 + below(below(2) ? 70 : 6);
    uint32_t n = 1 + below(20), kh = 1 + below(3), kw = 1 + below(3);
    if (below(3) == 0) {
        h = kh = kw = 1; // fully connected, and pointwise
    }
    uint32_t sy = 1 + below(2), sx = 1 + below(2), dy = 1 + below(2), dx = 1 + below(2);
    uint32_t py = below(kh), px = below(kw);
    uint32_t oh = extent(h, kh, sy, dy, py), ow = extent(w, kw, sx, dx, px);
    if (oh == 0 || ow == 0) {
        return sum;
    }
    uint32_t blocks = (kh * kw * c + 3) / 4, odd = below(4);
    fill(INPUT, h * w * c + odd, below(3));
    fill(WEIGHTS, blocks * 32 * ((n + 7) / 8), below(3));
    fill_stage(n, below(5));
    memset(ram + OUTPUT, 0, oh * ow * n);
    const uint32_t args[] = {INPUT + odd, OUTPUT, WEIGHTS, STAGE, SCRATCH, 21, below(256), h, w, c,
                             oh, ow, n, kh, kw, sy, sx, dy, dx, py, px, below(256)};
    call(below(4) == 0 ? tw_kernel_conv2d_u8 : tw_kernel_conv2d, args, 22);
    return digest(sum, OUTPUT, oh * ow * n);
}

static uint32_t random_depthwise(uint32_t sum) {
    uint32_t h = 1 + below(6), w = 1 + below(6), c = 1 + below(9);
    fill(INPUT, h * w * c, below(3));
    fill(WEIGHTS, 9 * c, below(3));
    fill_stage(c, below(5));
    const uint32_t args[] = {INPUT, OUTPUT, WEIGHTS, STAGE, SCRATCH, below(256), c, h, w * c,
                             1, 1, w, c, 1, h, w * c, w, c};
    call(tw_kernel_depthwiseConv2d3x3, args, 18);
    return digest(sum, OUTPUT, h * w * c);
}

// One layer with PLAIN stages, as behind a ReLU, or BRACKET: cycles for 1,000 products.
static void layer(const char *name, uint32_t form, uint32_t h, uint32_t w, uint32_t c, uint32_t n,
                  uint32_t window) {
    fill(INPUT, h * w * c, 0);
    fill(WEIGHTS, window * window * c * n, 0);
    seed = 4; // for all of int8
    fill_stage(n, form);
    put32(STAGE + 4, (uint32_t)-128);
    put32(STAGE + 8, 127);
    uint32_t pad = window / 2;
    const uint32_t args[] = {INPUT, OUTPUT, WEIGHTS, STAGE, SCRATCH, 21, 0, h, w, c,
                             h, w, n, window, window, 1, 1, 1, 1, pad, pad, 0};
    uint32_t spent = call(tw_kernel_conv2d, args, 22);
    uint32_t macs = h * w * n * window * window * c;
    say_number(name, (uint32_t)((uint64_t)spent * 1000 / macs));
}

int main(void) {
    uint32_t sum = 2166136261u;
    for (uint32_t k = 0; k < 240; ++k) {
        sum = k % 8 == 7 ? random_depthwise(sum) : random_convolution(sum);
        if (k % 20 == 19) {
            say_number("digest", sum);
        }
    }
    layer("fc-192", 0, 1, 1, 192, 32, 1);
    layer("pointwise-64", 0, 4, 12, 64, 64, 1);
    layer("pointwise-64-bracket", 1, 4, 12, 64, 64, 1);
    layer("conv-16", 0, 6, 6, 16, 16, 3);
    say("done\n");
    return 0;
}

#if defined(__arm__)
extern uint32_t __bss_start, __bss_end, __stack;
__attribute__((noreturn)) static void start(void) {
    for (uint32_t *p = &__bss_start; p < &__bss_end; ++p) {
        *p = 0;
    }
    main();
    semihosting(0x18, (const void *)0x20026);
    for (;;) {
    }
}
__attribute__((section(".vectors"), used)) static const struct {
    const void *stack;
    void (*reset)(void);
} vectors = {&__stack, start};
#endif
