// The peer of the boards' benchmark: the same work in plain C, -O3, counted on the same board. Prints "name count" lines
// and then "done", again and again, because a host that opens its end late misses the first.
#include "board.h"
#include "kernels.h"

#include <string.h>

static void say(const char *text) {
    (void)line_write(NULL, (const uint8_t *)text, strlen(text));
}

static void say_number(uint64_t n) {
    char text[21];
    char *p = text + sizeof text - 1;
    *p = '\0';
    do {
        *--p = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    say(p);
}

static void count(const char *name, void (*kernel)(void), uint32_t times) {
    kernel();
    uint64_t before = clock_cycles(NULL);
    for (uint32_t k = 0; k < times; ++k) {
        kernel();
    }
    uint64_t spent = clock_cycles(NULL) - before;
    say(name);
    say(" ");
    say_number(spent / times);
    say("\n");
}

int main(void) {
    uart_start();
    kernels_fill();
    for (;;) {
        count("fc", kernel_fc, 20);
        count("conv", kernel_conv, 10);
        count("pointwise", kernel_pointwise, 10);
        count("depthwise", kernel_depthwise, 10);
        count("lif-sparse", kernel_lif_sparse, 50);
        count("lif-dense", kernel_lif_dense, 100);
        say("done\n");
        uart_sleep();
    }
}
