// assembly/neurons/lif.ts, with its own check: nothing that it touches may overlap, so that one neuron is done after the other.
#include "tw_bodies.h"
#include "tw_checks.h"

// −2^28 ≤ s < 2^28, well within ±TW_LIMIT: s + NEAR has none of these bits.
#define NEAR (1u << 28)
#define FAR (~(uint32_t)TW_LIMIT)

typedef struct {
    int32_t *v, *s, *arrived, *refractory; // refractory NULL: none
    uint8_t *spikes, *counters;
    uint32_t *next; // where the next event goes
    int32_t bias, mantissa, constant, threshold, reset;
    uint32_t places, n;
    bool proven, subtract;
} lif_t;

// Within the format; what is not is counted.
static __attribute__((noinline)) int32_t hold(int32_t s, uint8_t *counters) {
    int32_t held = s > TW_LIMIT ? TW_LIMIT : s < -TW_LIMIT ? -TW_LIMIT : s;
    if (held != s) {
        tw_count_at(counters + TW_SATURATIONS, 1);
    }
    return held;
}

// Neuron k, whose x is below −LIMIT or above θ.
static __attribute__((noinline)) void fire(lif_t *f, uint32_t k) {
    if (f->refractory != NULL && f->refractory[k] != 0) {
        return;
    }
    int32_t x = f->v[k];
    if (x > f->threshold) {
        x = f->subtract ? tw_minus(x, f->threshold) : f->reset;
        f->spikes[k] = 1;
        *f->next++ = k;
        *f->next++ = 1;
    }
    f->v[k] = hold(x, f->counters);
}

// Below −LIMIT or above θ, as one comparison.
TW_INLINE bool outside(int32_t x, uint32_t above) {
    return (uint32_t)x + TW_LIMIT > above;
}

// κ·v, rounded half up: of more than 32 places the lower word of the product does not count, nor that of the half.
TW_INLINE int32_t lost(int32_t v, int32_t mantissa, uint32_t half, uint32_t places) {
    return (int32_t)((uint32_t)tw_high(v, mantissa) + half) >> places;
}

// What has arrived becomes the input of this step. In a whole group of four nothing is held where it is `proven`.
static void arrive(const lif_t *f) {
    const uint32_t groups = f->proven ? f->n & ~3u : 0;
    uint32_t k = 0;
    if (f->bias == 0) {
        memcpy(f->s, f->arrived, 4 * groups);
        k = groups;
    }
    for (; k < f->n; k++) {
        int32_t now = tw_plus(f->arrived[k], f->bias);
        f->s[k] = k < groups || (((uint32_t)now + NEAR) & FAR) == 0 ? now : hold(now, f->counters);
    }
    memset(f->arrived, 0, 4 * f->n);
}

static void integrate(lif_t *f) {
    const uint32_t half = 1u << (f->places - 33), places = f->places - 32, above = (uint32_t)f->threshold + TW_LIMIT;
    const int32_t mantissa = f->mantissa, constant = f->constant;
    const int32_t *s = f->s;
    for (int32_t *v = f->v, *end = v + f->n; v < end; v++) {
        int32_t x = *v, loss = lost(x, mantissa, half, places);
        x = tw_plus(tw_minus(x, loss), tw_plus(*s++, constant));
        *v = x;
        if (outside(x, above)) {
            fire(f, (uint32_t)(v - f->v));
        }
    }
}

// With so few places that all of the product counts.
static void integrate_wide(lif_t *f) {
    const uint64_t half = tw_shl64(1, f->places - 1);
    for (uint32_t k = 0; k < f->n; k++) {
        int32_t x = f->v[k];
        x = tw_minus(x, (int32_t)tw_shr_s64((uint64_t)((int64_t)x * f->mantissa) + half, f->places));
        x = tw_plus(tw_plus(x, f->s[k]), f->constant);
        f->v[k] = x;
        if (outside(x, (uint32_t)f->threshold + TW_LIMIT)) {
            fire(f, k);
        }
    }
}

// The refractory are put back, and those who fired join them.
static void rest(lif_t *f, const uint32_t *list, int32_t steps) {
    for (uint32_t k = 0; k < f->n; k++) {
        int32_t left = f->refractory[k];
        if (left != 0) {
            f->refractory[k] = tw_minus(left, 1);
            f->v[k] = f->reset;
        }
    }
    for (const uint32_t *e = list + 2; e < f->next; e += 2) {
        f->refractory[*e] = steps;
    }
}

void tw_kernel_lif(tw_call_t *call) {
    uint32_t n = tw_size(call, 17, INT32_MAX / 8), place = 0, bound;
    int32_t *ring = tw_ring(call, 2, tw_arg_u(call, 4), n, 0, &place);
    uint32_t *list = tw_events_room(call, 16, n);
    tw_events(call, 16, &bound);
    lif_t f = {
        .v = tw_write_words(call, 0, n),
        .s = tw_write_words(call, 1, n),
        .refractory = tw_arg_u(call, 13) == 0 ? NULL : tw_write_words(call, 13, n),
        .spikes = tw_write_bytes(call, 15, n),
        .counters = tw_write_words(call, 18, 8),
        .bias = tw_arg(call, 5),
        .mantissa = tw_arg(call, 7),
        .constant = tw_arg(call, 9),
        .threshold = tw_arg(call, 10),
        .reset = tw_arg(call, 11),
        .places = tw_arg_u(call, 8) & 63u,
        .n = n,
        .proven = tw_arg(call, 6) != 0,
        .subtract = tw_arg(call, 12) != 0,
    };
    if (call->refused || bound > n) {
        tw_refuse(call);
        return;
    }
    f.arrived = ring + place;
    uint32_t *first = list + 2 + 2 * *list;
    f.next = first;
    const tw_part_t parts[] = {{f.v, 4 * n},      {f.s, 4 * n},
                               {f.arrived, 4 * n}, {f.refractory, f.refractory == NULL ? 0 : 4 * n},
                               {f.spikes, n},      {list, 8 + 8 * (*list + n)},
                               {f.counters, 32}};
    tw_all_apart(call, parts, sizeof parts / sizeof *parts);
    if (call->refused) {
        return;
    }
    if (n > 0) {
        arrive(&f);
        (f.places > 32 ? integrate : integrate_wide)(&f);
    }
    *list = (uint32_t)(f.next - list - 2) / 2;
    if (f.refractory != NULL) {
        rest(&f, list, tw_arg(call, 14));
    }
    if (f.next != first) {
        tw_count_at(f.counters + TW_SPIKES, (uint32_t)(f.next - first) / 2);
    }
}
