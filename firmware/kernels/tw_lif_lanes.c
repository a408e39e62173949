// assembly/neurons/lif-lanes.ts
#include "tw_bodies.h"

#define TOP 0x80008000u

typedef struct {
    uint64_t coarse, upper, multiplier, places, lower, rest;
} lanes_t;

// As the compiler makes them: masks of whole lanes, and products of 16 bits. No lane reaches the next one then, and words of
// 32 bits will do.
static bool is_apart(const lanes_t *p) {
    const uint64_t every = 0x0001000100010001u;
    return p->coarse < 16 && p->places < 16 && p->upper == every * (0xffffu >> p->coarse) &&
           p->lower == every * (0xffffu >> p->places) && p->multiplier <= 0xffff &&
           p->multiplier * (0xffffu >> p->coarse) <= 0xffff;
}

// Sixteen neurons. Each returns what of their potentials is a spike.
static uint32_t wide(uint32_t at, const lanes_t *p) {
    uint64_t fired = 0;
    for (uint32_t w = 0; w < 32; w += 8) {
        uint64_t u = tw_load64(at + w);
        u -= tw_shr_u64((tw_shr_u64(u, p->coarse) & p->upper) * p->multiplier, p->places) & p->lower;
        u += p->rest;
        tw_store64(at + w, u);
        fired |= u;
    }
    return ((uint32_t)fired | (uint32_t)(fired >> 32)) & TOP;
}

static uint32_t narrow(uint32_t at, const lanes_t *p) {
    const uint32_t coarse = (uint32_t)p->coarse, upper = (uint32_t)p->upper, multiplier = (uint32_t)p->multiplier;
    const uint32_t places = (uint32_t)p->places, lower = (uint32_t)p->lower;
    const uint64_t rest = p->rest;
    uint32_t fired = 0;
    for (uint32_t w = 0; w < 32; w += 8) {
        uint32_t a = tw_load32(at + w), b = tw_load32(at + w + 4);
        uint32_t lost_a = ((((a >> coarse) & upper) * multiplier) >> places) & lower;
        uint32_t lost_b = ((((b >> coarse) & upper) * multiplier) >> places) & lower;
        uint64_t u = (a | (uint64_t)b << 32) - (lost_a | (uint64_t)lost_b << 32) + rest;
        tw_store64(at + w, u);
        fired |= (uint32_t)u | (uint32_t)(u >> 32);
    }
    return fired & TOP;
}

void tw_body_lifLanes(const uint64_t *a) {
    const uint32_t parameters = (uint32_t)a[1];
    const lanes_t p = {tw_load64(parameters),      tw_load64(parameters + 8),  tw_load64(parameters + 16),
                       tw_load64(parameters + 24), tw_load64(parameters + 32), tw_load64(parameters + 40)};
    const bool apart = is_apart(&p), subtract = (uint32_t)a[3] != 0;
    const uint32_t after = (uint32_t)a[2], spikes = (uint32_t)a[4], events = (uint32_t)a[5];
    const uint32_t n = (uint32_t)a[6];
    const uint32_t start = (uint32_t)a[0];
    uint32_t next = events + 8;
    for (uint32_t k = 0; k < n; k += 16) {
        uint32_t at = start + 2 * k;
        if ((apart ? narrow(at, &p) : wide(at, &p)) == 0) {
            continue;
        }
        // four lanes are looked at before any of them is written
        for (uint32_t j = k; j < k + 16; j += 4) {
            uint64_t mask = tw_load64(start + 2 * j);
            for (uint32_t one = j; mask != 0 && one < j + 4; one++, mask >>= 16) {
                uint32_t lane = start + 2 * one;
                if ((mask & 0x8000u) == 0) {
                    continue;
                }
                tw_store16(lane, (uint16_t)(subtract ? tw_load16(lane) - after : after));
                if (one < n) {
                    tw_store8(spikes + one, 1);
                    next = tw_append(next, one);
                }
            }
        }
    }
    tw_close(events, next);
    if (next != events + 8) {
        tw_count((uint32_t)a[7] + TW_SPIKES, (next - events - 8) >> 3);
    }
}
