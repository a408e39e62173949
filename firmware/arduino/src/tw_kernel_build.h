// Included in front of the native kernels, which read words and bytes of the same memory. Build systems of boards optimise for
// size and pass no flags of ours: where the time goes, and a processor has more than 16-bit instructions, speed comes first.
#ifndef TW_KERNEL_BUILD_H
#define TW_KERNEL_BUILD_H

#include "tw_build.h"

#if defined(__GNUC__) && !defined(__clang__)
#if defined(TW_KERNEL_SMALL) || (defined(__thumb__) && !defined(__thumb2__))
#pragma GCC optimize("no-strict-aliasing")
#else
#pragma GCC optimize("O2", "no-strict-aliasing")
#endif
#endif

#endif
