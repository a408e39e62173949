// The parts of the posix port: a board that is a Linux process, its line a pseudo-terminal or a pair of pipes.
#ifndef TW_POSIX_H
#define TW_POSIX_H

#include "tw_port.h"

#include <stdbool.h>

// line.c: where the host is.

// A new pseudo-terminal, or the one that the process before a restart had. Prints its path, and links it to `link` unless
// that is NULL. Returns false with errno set.
bool line_open_pty(const char *link);
// Standard input and output.
void line_open_stdio(void);
int line_read(void *ctx, uint8_t *buf, size_t len);
int line_write(void *ctx, const uint8_t *buf, size_t len);
// Until the line stirs, or for a second. Returns false when the host has closed its end for good.
bool line_wait(void);

// slots.c: flash, as a file or as memory that outlives a restart.

// file  NULL for memory. Returns false with errno set.
bool slots_open(const char *file, size_t slot_size, tw_port_t *port);

// restart.c: a restart is an exec of this very program.

// Call first. argv is what the next start is given.
void restart_prepare(char **argv, tw_port_t *port);
void restart_watchdog(void *ctx, uint32_t timeout_ms);
void restart_asked(void *ctx);
// Keeps a file descriptor, or another number, for the next start under a name; reads it there, -1 when there is none.
void restart_keep(const char *name, long value);
long restart_kept(const char *name);

// stack.c: the core runs on a stack that was painted before.

// Runs `body` there to its end.
void stack_run(void (*body)(void), tw_port_t *port);

#endif
