// Included in front of WASM3's m3_compile.c, whose load and store bodies copy through memcpy: lets GCC assume that
// 2-, 4- and 8-byte copies are naturally aligned, as AssemblyScript's accesses are. Without it each of them is a call on
// CPUs that know no unaligned access. Eight bytes may lie on 4: a 32-bit CPU takes them as two words.
#ifndef TW_ALIGNED_H
#define TW_ALIGNED_H

#include <stddef.h>
#include <string.h>

#define TW_COPY_CASE(bytes)                                                                        \
    if (__builtin_constant_p(n) && n == (bytes)) {                                                 \
        return __builtin_memcpy(__builtin_assume_aligned(d, (bytes)),                              \
                                __builtin_assume_aligned(s, (bytes)), (bytes));                    \
    }

static inline __attribute__((always_inline)) void *tw_copy(void *d, const void *s, size_t n) {
    TW_COPY_CASE(8)
    TW_COPY_CASE(4)
    TW_COPY_CASE(2)
    return __builtin_memcpy(d, s, n);
}

#define memcpy(d, s, n) tw_copy((d), (s), (n))

#endif
