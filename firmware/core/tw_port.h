// What a board must give the core. Fill one of these in ports/<board>/ and call tw_init.
// The core owns no hardware: everything it knows of the outside world comes through here.
#ifndef TW_PORT_H
#define TW_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Why the board started. Sent to the host as a number: never renumber.
typedef enum tw_reset {
    TW_RESET_POWER = 0,    // power on, or a cause the port cannot tell
    TW_RESET_WATCHDOG = 1, // the module, or the core, did not return in time
    TW_RESET_SOFTWARE = 2, // the host asked for it
    TW_RESET_FAULT = 3,    // the processor's fault handler
} tw_reset_t;

// Slots are written in pages of this size, aligned. Larger writes are whole pages.
#define TW_PAGE 256u

// Modules live in two slots: one runs while the other is written.
#define TW_SLOTS 2

// The watchdog's patience while no module runs.
#define TW_IDLE_MS 5000u

// Levels of the marker pins, a bit each. The second goes up before the first and down after it: a meter that sees both
// tells input, step and output apart.
#define TW_MARK_STEP 1u // step() runs
#define TW_MARK_WORK 2u // from the moment an input is taken to the one its output is given

typedef struct tw_port {
    // Handed back to every function below; the core never looks inside.
    void *ctx;

    // Name of the port ("qemu-m4") and of this very board, at most 31 characters each.
    const char *board;
    const char *serial;

    // Microseconds since boot; may wrap. Called twice per step, so keep it cheap.
    uint32_t (*now_us)(void *ctx);

    // Cycles, or instructions where the board counts those; wraps at 2^64 only. NULL without a counter.
    uint64_t (*cycles)(void *ctx);

    // Read up to len bytes from the host link without blocking.
    // Returns how many were read, 0 if none are waiting, or a negative error of the port.
    int (*read)(void *ctx, uint8_t *buf, size_t len);

    // Write all len bytes to the host link, blocking until they are queued, but never for longer than
    // a second: a host that does not read loses bytes, it does not stop the board.
    // Returns 0 or a negative error of the port.
    int (*write)(void *ctx, const uint8_t *buf, size_t len);

    // MLPerf Tiny, energy mode: a falling edge on the timestamp pin, low for at least 1 us. NULL without one.
    void (*timestamp)(void *ctx);

    // Sets the marker pins to these levels, in every mode: a meter beside the board cuts its windows by them, without a
    // clock to compare. Low after a reset. Up to four times per step, so no more than a store or two. NULL without one.
    void (*mark)(void *ctx, uint32_t levels);
    uint32_t marks; // the pins there are, 0 without `mark`: HELLO tells the host

    // Resets the board unless called again within timeout_ms. The core calls it before it enters the
    // module, and in every turn of its loop.
    void (*watchdog)(void *ctx, uint32_t timeout_ms);

    // Restarts the board as TW_RESET_SOFTWARE. Does not return, or has the port call tw_init() again once tw_poll() has
    // returned.
    void (*reset)(void *ctx);

    // Highest use of the C stack since boot, in bytes, and its size.
    size_t (*stack_used)(void *ctx);
    size_t stack_size;

    // Slots are readable at these addresses at any time; WASM3 runs modules where they lie.
    const uint8_t *slot[TW_SLOTS];
    size_t slot_size; // bytes, a multiple of TW_PAGE
    bool forgets;     // slots are in RAM, and empty after a power-off: HELLO tells the host

    // Erases slot `n` whole. Returns 0 or a negative error of the port. May block; feeds the watchdog if it
    // takes longer than a second.
    int (*erase)(void *ctx, int n);

    // Writes whole pages into an erased part of slot `n`. offset and len are multiples of TW_PAGE.
    // Returns 0 or a negative error of the port.
    int (*program)(void *ctx, int n, size_t offset, const uint8_t *data, size_t len);

    // Working memory for WASM3 and the model: linear memory, code pages and value stack.
    // Must outlive the tw_t and be 16-byte aligned. The core allocates nothing else.
    uint8_t *arena;
    size_t arena_size; // bytes

    // Why this boot happened, and a number that differs from the last boot's.
    tw_reset_t reset_reason;
    uint32_t boot_id;
} tw_port_t;

#endif
