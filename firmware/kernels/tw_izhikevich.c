// assembly/neurons/izhikevich-millisecond.ts, with its own check: nothing that it touches may overlap.
#include "tw_bodies.h"
#include "tw_checks.h"

#define SQUARE 687194767u
#define HALF_MILLISECOND (1 << 25)
#define FLOOR 90u
#define CEILING 32u

typedef struct {
    int32_t *u, *s, *arrived;
    const int32_t *parameters;
    uint8_t *spikes;
    uint32_t *next; // where the next event goes
    uint32_t bits, saturations;
} rare_t;

// A quiet potential half a millisecond on; `input` has the 1 that rounds.
TW_INLINE int32_t risen(int32_t x, uint32_t input, uint32_t scale) {
    uint32_t square = (uint32_t)((uint64_t)((int64_t)x * x) >> 26) << scale;
    uint32_t bent = (uint32_t)(((uint64_t)square * SQUARE) >> 32);
    return tw_plus(x, (int32_t)(bent + 5u * (uint32_t)x + input) >> 1);
}

static int64_t held(int64_t x) {
    return x > TW_LIMIT ? TW_LIMIT : x < -TW_LIMIT ? -TW_LIMIT : x;
}

// rise() of assembly/neurons/izhikevich.ts, in 64 bits.
static __attribute__((noinline)) uint64_t rise(uint64_t x, uint64_t input, uint32_t bits) {
    uint64_t square = tw_shr_s64(tw_shr_s64(x * x, 26) * SQUARE, bits + 8);
    uint64_t slope = square + 5 * x + input;
    return tw_shr_s64(slope * HALF_MILLISECOND + (1u << 25), 26);
}

// Neuron k, which fires, is about to, or is far below.
static __attribute__((noinline)) void rare(rare_t *r, int32_t *v, uint32_t k, int32_t now, int32_t drive) {
    const int32_t *parameters = r->parameters;
    uint64_t y = (uint64_t)(int64_t)*v, z = (uint64_t)(int64_t)r->u[k];
    uint64_t total = (uint64_t)((int64_t)now + drive);
    if ((int64_t)y >= parameters[5]) {
        y = (uint64_t)(int64_t)parameters[3];
        z += (uint64_t)(int64_t)parameters[4];
        r->spikes[k] = 1;
        *r->next++ = k;
        *r->next++ = 1;
    }
    y = (uint64_t)held((int64_t)(y + rise(y, total - z, r->bits)));
    y += rise(y, total - z, r->bits);
    int64_t pull = (int64_t)(tw_shr_s64(y * (uint64_t)(int64_t)parameters[2], 24) - z);
    const int64_t most = (int64_t)1 << 32;
    pull = pull > most ? most : pull < -most ? -most : pull;
    z += tw_shr_s64((uint64_t)(int64_t)parameters[1] * (uint64_t)pull + (1u << 29), 30);
    int64_t x = held((int64_t)y), w = held((int64_t)z);
    *v = (int32_t)x;
    r->u[k] = (int32_t)w;
    r->saturations += (uint32_t)(x > (int64_t)y) + (uint32_t)(w != (int64_t)z);
}

static void run(int32_t *v, uint32_t n, rare_t *r) {
    int32_t *u = r->u, *s = r->s, *arrived = r->arrived;
    const int32_t *parameters = r->parameters;
    const uint32_t floor = tw_shl32(FLOOR, r->bits), scale = (24u - r->bits) & 31u;
    const int32_t drive = tw_plus(parameters[0], (int32_t)tw_shl32(140, r->bits));
    const int32_t pace = (int32_t)((uint32_t)parameters[1] << 2);
    const int32_t slope = (int32_t)((uint32_t)parameters[2] << 8);
    const int32_t bias = parameters[6];
    const uint32_t silent = floor + (uint32_t)parameters[5];
    const uint32_t quiet = floor + tw_shl32(CEILING, r->bits);
    for (uint32_t k = 0; k < n; k++) {
        int32_t now = tw_plus(arrived[k], bias);
        arrived[k] = 0;
        s[k] = now;
        int32_t x = v[k];
        int32_t w = u[k];
        if ((uint32_t)x + floor < silent) {
            uint32_t input = (uint32_t)now + (uint32_t)drive + 1u - (uint32_t)w;
            x = risen(x, input, scale);
            if ((uint32_t)x + floor < quiet) {
                x = risen(x, input, scale);
                u[k] = tw_plus(w, tw_high_rounded(pace, tw_minus(tw_high(slope, x), w)));
                // far below, or so far above that only the threshold counts
                if ((uint32_t)x + TW_LIMIT > 2u * TW_LIMIT) {
                    r->saturations += x < 0;
                    x = x < 0 ? -TW_LIMIT : TW_LIMIT;
                }
                v[k] = x;
                continue;
            }
        }
        rare(r, v + k, k, now, drive);
    }
}

// a · dt · 2^32 and b · 2^32 are words: 0 ≤ a · dt < 1/2, |b| < 1/2.
static __attribute__((noinline)) bool is_exact(const int32_t *parameters, uint32_t bits) {
    return bits >= 18 && bits <= 21 && (uint32_t)parameters[1] < 1u << 29 &&
           (uint32_t)parameters[2] + (1u << 23) < 1u << 24;
}

void tw_kernel_izhikevichMillisecond(tw_call_t *call) {
    uint32_t n = tw_size(call, 10, INT32_MAX / 8);
    int32_t *v = tw_write_words(call, 0, n);
    rare_t r = {tw_write_words(call, 1, n), tw_write_words(call, 2, n), NULL, tw_read_words(call, 7, 7),
                tw_write_bytes(call, 8, n), NULL, tw_arg_u(call, 6), 0};
    uint32_t place = 0;
    int32_t *ring = tw_ring(call, 3, tw_arg_u(call, 5), n, 0, &place);
    uint32_t *list = tw_events_room(call, 9, n);
    uint8_t *counters = tw_write_words(call, 11, 8);
    if (call->refused || !is_exact(r.parameters, r.bits)) {
        tw_refuse(call);
        return;
    }
    r.arrived = ring + place;
    const tw_part_t parts[] = {{v, 4 * n}, {r.u, 4 * n}, {r.s, 4 * n},   {r.arrived, 4 * n},
                               {r.parameters, 28},       {r.spikes, n},  {list, 8 + 8 * (*list + n)},
                               {counters, 32}};
    tw_all_apart(call, parts, sizeof parts / sizeof *parts);
    if (call->refused) {
        return;
    }
    uint32_t *first = list + 2 + 2 * *list;
    r.next = first;
    run(v, n, &r);
    *list = (uint32_t)(r.next - list - 2) / 2;
    if (r.saturations != 0) {
        tw_count_at(counters + TW_SATURATIONS, r.saturations);
    }
    if (r.next != first) {
        tw_count_at(counters + TW_SPIKES, (uint32_t)(r.next - first) / 2);
    }
}
