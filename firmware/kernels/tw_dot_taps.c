// Taps of four positions side by side: every processor without the DSP extension.
#include "tw_dot.h"

#if !TW_DSP

void tw_put_taps(tw_tap_t *x, uint32_t position, uint32_t k, const int8_t *taps, uint32_t n) {
    x += k * TW_POSITIONS + position;
    for (; n >= TW_TAPS; n -= TW_TAPS, x += TW_TAPS * TW_POSITIONS, taps += TW_TAPS) {
        x[0] = taps[0];
        x[TW_POSITIONS] = taps[1];
        x[2 * TW_POSITIONS] = taps[2];
        x[3 * TW_POSITIONS] = taps[3];
    }
    for (; n > 0; --n, x += TW_POSITIONS) {
        *x = *taps++;
    }
}

void tw_end_taps(tw_tap_t *x, uint32_t position, uint32_t k) {
    for (; k % TW_TAPS != 0; ++k) {
        x[k * TW_POSITIONS + position] = 0;
    }
}

#endif
