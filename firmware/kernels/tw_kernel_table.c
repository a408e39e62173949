#include "tw_kernels.h"

#include <string.h>

// A build with fewer of them names another list.
#ifndef TW_KERNEL_ROWS
#define TW_KERNEL_ROWS "tw_kernel_rows.h"
#endif

#define TW_KERNEL(number, name, parameters) void tw_kernel_##name(tw_call_t *call);
#include TW_KERNEL_ROWS
#undef TW_KERNEL

static const tw_kernel_t kernels[] = {
#define TW_KERNEL(number, name, parameters) {TW_KERNEL_PREFIX #name, parameters, tw_kernel_##name},
#include TW_KERNEL_ROWS
#undef TW_KERNEL
};

const tw_kernel_t *tw_kernel_find(const char *name, size_t len) {
    for (size_t k = 0; k < sizeof kernels / sizeof kernels[0]; ++k) {
        if (strlen(kernels[k].name) == len && memcmp(kernels[k].name, name, len) == 0) {
            return &kernels[k];
        }
    }
    return NULL;
}

size_t tw_kernel_mask(uint8_t mask[TW_KERNEL_MASK]) {
    static const uint8_t numbers[] = {
#define TW_KERNEL(number, name, parameters) number,
#include TW_KERNEL_ROWS
#undef TW_KERNEL
    };
    size_t len = 0;
    memset(mask, 0, TW_KERNEL_MASK);
    for (size_t k = 0; k < sizeof numbers; ++k) {
        mask[numbers[k] / 8] |= (uint8_t)(1u << numbers[k] % 8);
        len = numbers[k] / 8u + 1u > len ? numbers[k] / 8u + 1u : len;
    }
    return len;
}
