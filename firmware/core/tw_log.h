// What happened, as lines of text in a ring. The host reads it by position; what it missed is a gap in positions.
#ifndef TW_LOG_H
#define TW_LOG_H

#include <stddef.h>
#include <stdint.h>

#ifndef TW_LOG_BYTES
#define TW_LOG_BYTES 512u // a power of two
#endif

typedef struct tw_log {
    char ring[TW_LOG_BYTES];
    uint32_t end; // bytes ever written; the ring holds the last TW_LOG_BYTES of them
} tw_log_t;

// Adds "what: why\n"; why may be NULL.
void tw_log(tw_log_t *log, const char *what, const char *why);

// Copies up to `room` bytes from position *from on. Moves *from to the oldest byte there is when it lies before it, and
// reads from there. Returns how many were copied.
size_t tw_log_read(const tw_log_t *log, uint32_t *from, uint8_t *to, size_t room);

#endif
