// assembly/layers/add.ts
#include "tw_bodies.h"

#define LOWEST INT32_MIN

void tw_body_add(const uint64_t *a) {
    uint32_t from_a = (uint32_t)a[0], from_b = (uint32_t)a[1], output = (uint32_t)a[2];
    const int32_t *table_a = tw_words(a[3]), *table_b = tw_words(a[4]);
    const uint32_t axes = (uint32_t)a[5], runs = (uint32_t)a[6], run = (uint32_t)a[7];
    const uint32_t step_a = (uint32_t)a[8], step_b = (uint32_t)a[9];
    const int32_t q = (int32_t)a[10], exponent = (int32_t)a[11];
    const bool nudged = (uint32_t)a[12] == 0 && exponent < 0;
    const int32_t zero_point = (int32_t)a[13];
    const int32_t low = tw_minus((int32_t)a[14], zero_point), high = tw_minus((int32_t)a[15], zero_point);
    const uint32_t left = exponent > 0 ? (uint32_t)exponent : 0;
    const uint32_t shift = (31u - (uint32_t)(exponent < 0 ? exponent : 0)) & 63u;
    const uint64_t half = tw_shl64(1, shift - 1), nudge = nudged ? 1u << 30 : 0;
    for (uint32_t r = 1;; r++) {
        uint32_t at_a = from_a, at_b = from_b;
        for (const uint32_t end = output + run; output < end; output++) {
            int32_t sum = tw_plus(table_a[tw_load8(at_a)], table_b[tw_load8(at_b)]);
            if (left != 0) {
                int64_t wide = (int64_t)tw_shl64((uint64_t)(int64_t)sum, left);
                sum = wide > INT32_MAX ? INT32_MAX : wide < LOWEST ? LOWEST : (int32_t)wide;
            }
            uint64_t t = (uint64_t)((int64_t)sum * q) + nudge;
            t = t + half - ((int64_t)t < 0 ? nudge << 1 : 0);
            int32_t scaled = shift >= 32 ? (int32_t)(t >> 32) >> (shift - 32) : (int32_t)tw_shr_s64(t, shift);
            scaled = scaled > low ? scaled : low;
            scaled = scaled < high ? scaled : high;
            tw_store8(output, (uint8_t)tw_plus(scaled, zero_point));
            at_a += step_a;
            at_b += step_b;
        }
        if (r == runs) {
            return;
        }
        uint32_t axis = axes;
        while (tw_rem_s32(r, tw_load32(axis)) != 0) {
            axis += 12;
        }
        from_a += tw_load32(axis + 4);
        from_b += tw_load32(axis + 8);
    }
}
