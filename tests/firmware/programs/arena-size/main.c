// The emulated boards' main.c with an arena of any size: the emulator writes it into the last words of RAM.
#include "board.h"

#if defined(__arm__)
#define SIZE_AT 0x203ffff0u
#else
#define SIZE_AT 0x801ffff0u
#endif
#define __arena_size (*(const volatile uint32_t *)SIZE_AT)

#include "../../../../firmware/ports/qemu/main.c"
