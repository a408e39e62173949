#include "kernels.h"

#include <stdint.h>

#pragma GCC optimize("O3")

static uint32_t seed = 1;

static int32_t draw(int32_t low, int32_t high) {
    seed = seed * 1664525u + 1013904223u;
    return low + (int32_t)((seed >> 8) % (uint32_t)(high - low + 1));
}

// Double rounding as TFLite's: SaturatingRoundingDoublingHighMul without its one saturating case, then
// RoundingDivideByPOT.
static inline int8_t requantize(int32_t sum, int32_t q, int32_t shift) {
    int64_t product = (int64_t)sum * q;
    int32_t high = (int32_t)((product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) >> 31);
    int32_t rest = high & ((1 << shift) - 1);
    int32_t half = ((1 << shift) >> 1) + (high < 0 ? 1 : 0);
    int32_t value = (high >> shift) + (rest >= half ? 1 : 0) + 3;
    return (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
}

#define WIDTH 10
#define DEPTH 8
#define CHANNELS 8

static int8_t input[WIDTH * WIDTH * DEPTH], output[WIDTH * WIDTH * CHANNELS];
static int8_t weights[32 * 192];
static int32_t bias[32], q[32], shift[32];

void kernel_fc(void) {
    for (int n = 0; n < 32; ++n) {
        int32_t sum = bias[n];
        for (int k = 0; k < 192; ++k) {
            sum += weights[n * 192 + k] * input[k];
        }
        output[n] = requantize(sum, q[n], shift[n]);
    }
}

static inline void conv(int taps) {
    int size = WIDTH - taps + 1;
    int8_t *out = output;
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            const int8_t *w = weights;
            for (int n = 0; n < CHANNELS; ++n) {
                int32_t sum = bias[n];
                for (int ky = 0; ky < taps; ++ky) {
                    const int8_t *in = input + ((y + ky) * WIDTH + x) * DEPTH;
                    for (int k = 0; k < taps * DEPTH; ++k) {
                        sum += *w++ * *in++;
                    }
                }
                *out++ = requantize(sum, q[n], shift[n]);
            }
        }
    }
}

void kernel_conv(void) {
    conv(3);
}

void kernel_pointwise(void) {
    conv(1);
}

void kernel_depthwise(void) {
    int8_t *out = output;
    for (int y = 0; y < WIDTH - 2; ++y) {
        for (int x = 0; x < WIDTH - 2; ++x) {
            for (int n = 0; n < CHANNELS; ++n) {
                int32_t sum = bias[n];
                for (int ky = 0; ky < 3; ++ky) {
                    for (int kx = 0; kx < 3; ++kx) {
                        sum += weights[(ky * 3 + kx) * CHANNELS + n] *
                               input[((y + ky) * WIDTH + x + kx) * DEPTH + n];
                    }
                }
                *out++ = requantize(sum, q[n], shift[n]);
            }
        }
    }
}

// Q16.16; a leak of 1/16 towards 1.05, a threshold of 1, reset to 0.
#define ONE 65536
#define DRIVE (ONE * 21 / 20)

typedef struct population {
    int32_t v[128], current[128], arriving[128];
} population_t;

static population_t sparse, dense;
static uint16_t targets[128][16];
static int16_t sparse_weights[128][16];
static int8_t dense_weights[64][64];

// Returns whether the neuron fires.
static inline int leak(population_t *p, int n) {
    p->v[n] += ((DRIVE - p->v[n]) >> 4) + p->current[n];
    if (p->v[n] <= ONE) {
        return 0;
    }
    p->v[n] = 0;
    return 1;
}

static inline void arrive(population_t *p, int count) {
    for (int n = 0; n < count; ++n) {
        p->current[n] = p->arriving[n];
        p->arriving[n] = 0;
    }
}

void kernel_lif_sparse(void) {
    for (int n = 0; n < 128; ++n) {
        if (leak(&sparse, n)) {
            for (int k = 0; k < 16; ++k) {
                sparse.arriving[targets[n][k]] += sparse_weights[n][k];
            }
        }
    }
    arrive(&sparse, 128);
}

void kernel_lif_dense(void) {
    for (int n = 0; n < 64; ++n) {
        if (leak(&dense, n)) {
            for (int k = 0; k < 64; ++k) {
                dense.arriving[k] += dense_weights[n][k] * 16;
            }
        }
    }
    arrive(&dense, 64);
}

void kernels_fill(void) {
    for (unsigned k = 0; k < sizeof input; ++k) {
        input[k] = (int8_t)draw(-128, 127);
    }
    for (unsigned k = 0; k < sizeof weights; ++k) {
        weights[k] = (int8_t)draw(-127, 127);
    }
    for (int n = 0; n < 32; ++n) {
        bias[n] = draw(-1000, 1000);
        q[n] = draw(1 << 30, INT32_MAX - 1);
        shift[n] = 8;
    }
    for (int n = 0; n < 128; ++n) {
        sparse.v[n] = dense.v[n] = draw(0, ONE);
        for (int k = 0; k < 16; ++k) {
            targets[n][k] = (uint16_t)draw(0, 127);
            sparse_weights[n][k] = (int16_t)draw(-1300, 1300);
        }
    }
    for (int n = 0; n < 64; ++n) {
        for (int k = 0; k < 64; ++k) {
            dense_weights[n][k] = (int8_t)draw(-82, 82);
        }
    }
}
