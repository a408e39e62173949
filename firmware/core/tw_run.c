#include "tw_run.h"

#include "tw_err.h"

#include <string.h>

int tw_load(tw_t *tw, int n, const tw_slot_info_t *info) {
    const tw_port_t *port = tw->port;
    port->watchdog(port->ctx, TW_IDLE_MS);
    memset(&tw->db, 0, sizeof tw->db);
    tw->info = *info;
    tw->steps = 0;
    tw->last_us = 0;
    tw->last_cycles = 0;
    int error = tw_model_load(&tw->model, &tw->arena, tw_slot_module(port, n), info->length);
    if (error == TW_OK) {
        if (info->task != TW_TASK_NONE) {
            tw_db_take(&tw->db, &tw->arena);
        }
        tw_arena_seal(&tw->arena);
    }
    tw_log(&tw->log, error == TW_OK ? "loaded" : "not loaded", tw->model.why);
    return error;
}

void tw_load_active(tw_t *tw) {
    tw_slot_info_t info;
    uint32_t sequence = 0;
    if (tw->active >= 0 && tw_slot_read(tw->port, tw->active, &info, &sequence)) {
        tw_load(tw, tw->active, &info);
    }
}

int tw_reinit(tw_t *tw) {
    const tw_port_t *port = tw->port;
    port->watchdog(port->ctx, tw->info.step_limit_ms);
    int error = tw_model_init(&tw->model);
    port->watchdog(port->ctx, TW_IDLE_MS);
    tw->steps = 0;
    return error;
}

void tw_mark(tw_t *tw, uint32_t levels) {
    tw->marks = levels;
    if (tw->port->mark != NULL) {
        tw->port->mark(tw->port->ctx, levels);
    }
}

int32_t tw_step(tw_t *tw) {
    const tw_port_t *port = tw->port;
    port->watchdog(port->ctx, tw->info.step_limit_ms);
    uint32_t around = tw->marks;
    tw_mark(tw, around | TW_MARK_STEP); // outside of the time measured: a pin may be slow to set
    uint64_t cycles = port->cycles == NULL ? 0 : port->cycles(port->ctx);
    uint32_t from = port->now_us(port->ctx);
    int32_t result = tw_model_step(&tw->model);
    tw->last_us = port->now_us(port->ctx) - from;
    tw->last_cycles = port->cycles == NULL ? 0 : port->cycles(port->ctx) - cycles;
    tw_mark(tw, around);
    port->watchdog(port->ctx, TW_IDLE_MS);
    if (result >= 0) {
        tw->steps++;
    } else {
        tw_log(&tw->log, "step", tw->model.why);
    }
    return result;
}
