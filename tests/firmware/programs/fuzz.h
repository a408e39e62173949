// The parts of the fuzz program: a board in memory, what a right board would answer, and storms.
#ifndef FUZZ_H
#define FUZZ_H

#include "tw.h"
#include "tw_err.h"

#include <signal.h>

#define FUZZ_SLOT (64u * 1024u)
#define FUZZ_ARENA (256u * 1024u)

enum {
    STATUS = 0x02, MODEL, LOGS, PART, BEGIN = 0x10, DATA, READ_BACK, TRY, ACTIVATE, ABORT,
    STEP = 0x20, WRITE, READ, RUN, INIT, RESET = 0x30,
};

// fuzz_arena.c: set while libc's heap must not be left by a jump.
extern volatile sig_atomic_t fuzz_busy;

// fuzz_random.c
extern uint64_t fuzz_state;
uint32_t fuzz_random(void);
uint32_t fuzz_below(uint32_t n); // 0 … n - 1
bool fuzz_one_in(uint32_t n);

// fuzz_board.c: a board in memory.
extern tw_t fuzz_tw;
extern tw_port_t fuzz_port;
extern bool fuzz_flash_fails; // some writes to the slots do nothing and say so
extern bool fuzz_line_fails;  // some writes to the line are lost
extern unsigned fuzz_resets;  // watchdog, software, power cuts
// How much longer the watchdog waits: this computer may be slow at the wrong moment.
#define FUZZ_PATIENT 50
extern int fuzz_patience;

// With empty slots, and at most FUZZ_ARENA bytes of arena.
void fuzz_power_on(size_t arena_size);
// A power cut: slots stay.
void fuzz_power_cut(void);
// Gives the board bytes in pieces and checks every answer against the rules of a session.
void fuzz_feed(const uint8_t *bytes, size_t len);
void fuzz_wait(uint32_t us);

// fuzz_session.c: the rules, and a host that keeps them.
void fuzz_session_reset(void); // the board restarted
// The board took `len` bytes at once and wrote `written` bytes.
void fuzz_session_check(const uint8_t *bytes, size_t len, uint32_t now_us, const uint8_t *out,
                        size_t written, bool lossy);
// The next request of the open session: what a host would send now.
void fuzz_session_next(tw_frame_t *frame, uint8_t type, const uint8_t *payload, size_t len);
// Sends a request over a clean line. Returns the status; the payload of the answer lies in fuzz_answer.
int fuzz_ask(uint8_t type, const uint8_t *payload, size_t len);
extern tw_frame_t fuzz_answer;
void fuzz_hello(void);

// fuzz_storms.c: `n` units of noise each.
void fuzz_random_bytes(uint8_t *to, size_t len);
// A request's payload, whose numbers are often nearly right. Returns its bytes.
size_t fuzz_random_payload(uint8_t type, uint8_t *to);
void fuzz_storm_of_bytes(uint32_t n);
void fuzz_storm_of_requests(uint32_t n);
void fuzz_storm_of_damage(uint32_t n); // frames with bytes changed, lost, doubled; halves; noise between them
void fuzz_storm_of_commands(uint32_t n);

// fuzz_modules.c
#define FUZZ_MODULES 8
typedef struct fuzz_module {
    uint8_t *bytes;
    uint32_t len;
} fuzz_module_t;
extern fuzz_module_t fuzz_modules[FUZZ_MODULES]; // the first one's output is known
extern uint32_t fuzz_tries, fuzz_loads, fuzz_activations;
void fuzz_read_module(const char *path);
void fuzz_put_info(uint8_t *info, const uint8_t *wasm, uint32_t len, uint8_t task);
// Announces and sends a module. Returns the first status that is not 0.
int fuzz_send_module(const uint8_t *info, const uint8_t *wasm, uint32_t len);
// Whole deployments of mutated modules, interrupted in every way.
void fuzz_storm_of_modules(uint32_t n);

// fuzz.c
extern uint32_t fuzz_units; // bytes, frames, commands so far
_Noreturn void fuzz_fail(const char *what);

#endif
