#include "fuzz.h"

uint64_t fuzz_state;

// xorshift64*
uint32_t fuzz_random(void) {
    fuzz_state ^= fuzz_state >> 12;
    fuzz_state ^= fuzz_state << 25;
    fuzz_state ^= fuzz_state >> 27;
    return (uint32_t)((fuzz_state * 0x2545F4914F6CDD1Du) >> 32);
}

uint32_t fuzz_below(uint32_t n) {
    return (uint32_t)(((uint64_t)fuzz_random() * n) >> 32);
}

bool fuzz_one_in(uint32_t n) {
    return fuzz_below(n) == 0;
}
