// Kernels of the firmware under sanitizers, call by call. A record on standard input is a kernel's number, how memory is
// filled, and its arguments; the answer is whether it ran, and what memory is then.
//
// While a generated body runs, all of memory that its check has not looked at is poisoned: an access beyond is an error of the
// sanitizer. What has changed afterwards must lie where the check allowed it to write, and nothing may have changed when it
// refused. Around memory and constants, and between them, everything is poisoned for all kernels.
#include "tw_extents_state.h"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TW_KERNEL(number, name, parameters) void tw_kernel_##name(tw_call_t *call);
#include "tw_kernel_rows.h"
#undef TW_KERNEL

static const tw_kernel_t kernels[] = {
#define TW_KERNEL(number, name, parameters) [number] = {#name, parameters, tw_kernel_##name},
#include "tw_kernel_rows.h"
};

#define RAM 3072u
#define ROM 1024u
#define ARGUMENTS 32
#define POKES 112

typedef struct {
    uint32_t kernel, seed, style, twice;
    uint32_t compared; // bytes of linear memory from the first on: scratch, which lies behind them, is each kernel's own
    uint32_t pokes;    // words that stand in memory whatever it was filled with
    uint32_t poke_at[POKES], poke_value[POKES];
    uint64_t arguments[ARGUMENTS];
} record_t;

typedef struct {
    uint32_t ran, hash;
} answer_t;

// One block, as a host has it: linear memory, a gap that belongs to nobody, the constants in flash.
static _Alignas(16) uint8_t block[RAM + 64 + ROM + 64];
static uint8_t *const ram = block, *const rom = block + RAM + 64;
static uint8_t before[RAM + ROM];
static bool watched;
static tw_extents_t seen;
static const tw_extent_t *seen_end;

static uint8_t *place(uint32_t address) {
    return address >= RAM ? rom + (address - RAM) : ram + address;
}

void tw_extents_watch(const tw_extents_t *x) {
    watched = true;
    seen = *x;
    seen_end = seen.ranges + (x->free - x->ranges);
    __asan_poison_memory_region(block, sizeof block);
    for (const tw_extent_t *range = x->ranges; range < x->free; range++) {
        if (range->bytes > 0) {
            __asan_unpoison_memory_region(place(range->address), range->bytes);
        }
    }
}

// A sanitizer's words do not say which call it was.
void __asan_on_error(void);
static const record_t *current;

void __asan_on_error(void) {
    fprintf(stderr, "in %s, memory %u %u:", kernels[current->kernel].name, current->seed, current->style);
    for (unsigned k = 0; k < ARGUMENTS; k++) {
        fprintf(stderr, " %d", (int32_t)current->arguments[k]);
    }
    fprintf(stderr, "\n");
}

static uint32_t state;

static uint32_t next(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

// tests/support/kernel-calls.ts fills the same memory.
static void fill(uint8_t *at, uint32_t words, uint32_t style) {
    for (uint32_t k = 0; k < words; k++) {
        uint32_t r = next();
        uint32_t chosen = style == 4 ? (k >> 4) % 4 : style;
        uint32_t slope = (k >> 3) & 15u;
        uint32_t word = chosen == 0 ? r : chosen == 1 ? r & 7u : slope * (chosen == 2 ? 1u : 0x10001u);
        memcpy(at + 4 * k, &word, sizeof word);
    }
}

static bool may_change(uint32_t address) {
    for (const tw_extent_t *range = seen.ranges; watched && range < seen_end; range++) {
        if ((range->flags & TW_RANGE_WRITTEN) != 0 && address >= range->address &&
            address - range->address < range->bytes) {
            return true;
        }
    }
    return false;
}

static void fail(const record_t *record, const char *what, uint32_t address) {
    fprintf(stderr, "%s, seed %u: %s at %u\n", kernels[record->kernel].name, record->seed, what, address);
    exit(1);
}

static uint32_t hash(uint32_t compared) {
    uint32_t h = 2166136261u;
    for (uint32_t k = 0; k < (RAM + ROM) / 4; k++) {
        uint32_t word;
        if (4 * k >= compared && 4 * k < RAM) {
            continue;
        }
        memcpy(&word, place(4 * k), sizeof word);
        h = (h ^ word) * 16777619u;
    }
    return h;
}

static answer_t run(const record_t *record) {
    current = record;
    state = record->seed | 1u;
    fill(ram, RAM / 4, record->style);
    fill(rom, ROM / 4, record->style);
    for (uint32_t k = 0; k < record->pokes; k++) {
        memcpy(place(record->poke_at[k]), &record->poke_value[k], 4);
    }
    static uint32_t module;
    memcpy(before, ram, RAM);
    memcpy(before + RAM, rom, ROM);
    tw_space_t space = {ram, RAM, rom, RAM, ROM, ++module};
    uint64_t arguments[ARGUMENTS];
    memcpy(arguments, record->arguments, sizeof arguments);
    tw_call_t call = {&space, arguments, false};
    watched = false;
    __asan_poison_memory_region(ram + RAM, 64);
    __asan_poison_memory_region(rom + ROM, 64);
    kernels[record->kernel].run(&call);
    if (record->twice != 0 && !call.refused) {
        // lists that were looked through are not looked through again
        __asan_unpoison_memory_region(block, sizeof block);
        memcpy(ram, before, RAM);
        memcpy(arguments, record->arguments, sizeof arguments);
        kernels[record->kernel].run(&call);
    }
    __asan_unpoison_memory_region(block, sizeof block);
    for (uint32_t address = 0; address < RAM + ROM; address++) {
        bool free = !call.refused && address < RAM && !watched; // a kernel with a check of its own says nothing
        if (*place(address) != before[address] && !free && !may_change(address)) {
            fail(record, call.refused ? "refused, but written" : "written", address);
        }
    }
    // 2: its body divided by zero
    return (answer_t){call.refused ? (watched ? 2u : 0u) : 1u, hash(record->compared)};
}

// Constants that lie too far from linear memory for one base: a module of theirs runs as it is (tw_model.c).
static bool reach_is_right(void) {
    bool right = tw_kernels_reach(ram, RAM, rom, ROM) && tw_kernels_reach(rom, ROM, ram, RAM);
#if UINTPTR_MAX > UINT32_MAX
    const uint8_t *low = (const uint8_t *)(uintptr_t)0x10000, *far = low + ((uintptr_t)1 << 32);
    right = right && !tw_kernels_reach(low, 64, far, 64) && !tw_kernels_reach(far, 64, low, 64);
    right = right && !tw_kernels_reach(low, 64, far - 64, 64) && tw_kernels_reach(low, 64, far - 128, 64);
    right = right && !tw_kernels_reach(low, (size_t)1 << 32, low, 64);
#endif
    return right;
}

int main(void) {
    if (!reach_is_right()) {
        fprintf(stderr, "tw_kernels_reach\n");
        return 3;
    }
    record_t record;
    while (fread(&record, sizeof record, 1, stdin) == 1) {
        if (record.kernel >= sizeof kernels / sizeof *kernels || record.pokes > POKES) {
            return 2;
        }
        answer_t answer = run(&record);
        fwrite(&answer, sizeof answer, 1, stdout);
    }
    return 0;
}
