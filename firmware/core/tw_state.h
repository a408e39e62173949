// All that a board remembers: types only. What is done with it stands in the headers of those who do it.
#ifndef TW_STATE_H
#define TW_STATE_H

#include "tw_arena.h"
#include "tw_db.h"
#include "tw_frame.h"
#include "tw_log.h"
#include "tw_model.h"
#include "tw_port.h"
#include "tw_slot.h"

#define TW_VERSION 0x000100u // major << 16 | minor << 8 | patch

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
    tw_db_t db; // MLPerf Tiny's input
    tw_log_t log;

    // the session: the last request's answer is kept, because a host that did not hear it asks again
    bool open;
    uint16_t session, sequence;
    uint8_t answer[TW_WIRE_MAX];
    size_t answer_len;

    tw_deploy_stage_t stage;
    int candidate; // the slot being written
    tw_slot_info_t coming;
    uint32_t received;     // bytes of the module so far
    uint8_t page[TW_PAGE]; // those behind the last whole page: they wait until it is full

    uint32_t marks;   // levels of the marker pins
    uint32_t last_us; // of the last step
    uint64_t last_cycles;
    uint64_t steps; // since the model was loaded
    uint64_t uptime_us;
    uint32_t clock_us; // now_us at the last turn: uptime counts its wraps
} tw_t;

#endif
