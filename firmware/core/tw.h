// twentywatt firmware core: runs one compiled model when the host asks, and takes another one when the host sends it.
//
//     static tw_t tw;
//     tw_init(&tw, &port);
//     for (;;) tw_poll(&tw);
#ifndef TW_H
#define TW_H

#include "tw_arena.h"
#include "tw_err.h"
#include "tw_frame.h"
#include "tw_log.h"
#include "tw_mlperf.h"
#include "tw_model.h"
#include "tw_port.h"
#include "tw_slot.h"

#define TW_VERSION 0x000100u // major << 16 | minor << 8 | patch

// The watchdog's patience while no module runs.
#define TW_IDLE_MS 5000u

// Where a module on its way into a slot stands.
typedef enum tw_deploy_stage {
    TW_DEPLOY_NONE = 0,
    TW_DEPLOY_DATA = 1,  // announced; bytes arrive
    TW_DEPLOY_TRIAL = 2, // loaded, not yet the one to boot
} tw_deploy_stage_t;

// Caller allocates; treat the fields as private.
typedef struct tw {
    const tw_port_t *port;
    tw_arena_t arena;
    tw_model_t model;
    tw_slot_info_t info; // of the loaded model
    int active;          // the slot that boots, or -1
    tw_receiver_t receiver;
    tw_mlperf_t mlperf;
    tw_log_t log;

    // the session: the last request's answer is kept, because a host that did not hear it asks again
    bool open;
    uint16_t session, sequence;
    uint8_t answer[TW_WIRE_MAX];
    size_t answer_len;

    tw_deploy_stage_t stage;
    int candidate; // the slot being written
    tw_slot_info_t coming;
    uint32_t received; // bytes of the module written so far

    uint32_t last_us; // of the last step
    uint64_t last_cycles;
    uint64_t steps; // since the model was loaded
    uint64_t uptime_us;
    uint32_t clock_us; // now_us at the last turn: uptime counts its wraps
} tw_t;

// Binds the core to a board, loads the newest valid module, prints MLPerf Tiny's boot lines. The port must stay valid.
void tw_init(tw_t *tw, const tw_port_t *port);

// One turn: feeds the watchdog, takes what the line holds, answers. Never blocks for long.
// Returns the bytes it took: 0 means that the port may sleep until the line stirs.
int tw_poll(tw_t *tw);

// Runs one step under the watchdog and measures it. Returns step()'s result or a negative tw_err_t.
int32_t tw_step(tw_t *tw);

// init() of the loaded module, under the watchdog. Returns TW_OK or a negative tw_err_t.
int tw_reinit(tw_t *tw);

// Loads the module in slot `n`. Returns TW_OK or a negative tw_err_t; then nothing is loaded.
int tw_load(tw_t *tw, int n, const tw_slot_info_t *info);

#endif
