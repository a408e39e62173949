// What the board does all day.
#include "tw_request.h"

#include <string.h>

static const char *const REASONS[] = {"power on", "watchdog", "asked for", "fault"};

int tw_load(tw_t *tw, int n, const tw_slot_info_t *info) {
    const tw_port_t *port = tw->port;
    port->watchdog(port->ctx, TW_IDLE_MS);
    tw->info = *info;
    tw->steps = 0;
    tw->last_us = 0;
    tw->last_cycles = 0;
    int error = tw_model_load(&tw->model, &tw->arena, tw_slot_module(port, n), info->length);
    if (error == TW_OK) {
        tw_mlperf_loaded(tw);
        tw_arena_seal(&tw->arena);
    }
    tw_log(&tw->log, error == TW_OK ? "loaded" : "not loaded", tw->model.why);
    return error;
}

void tw_init(tw_t *tw, const tw_port_t *port) {
    memset(tw, 0, sizeof *tw);
    tw->port = port;
    tw->clock_us = port->now_us(port->ctx);
    tw->uptime_us = tw->clock_us;
    tw_arena_init(&tw->arena, port->arena, port->arena_size);
    tw_log(&tw->log, "start", REASONS[port->reset_reason]);
    tw->active = tw_slot_choose(port);
    tw_slot_info_t info;
    uint32_t sequence = 0;
    if (tw->active >= 0 && tw_slot_read(port, tw->active, &info, &sequence)) {
        tw_load(tw, tw->active, &info);
    }
    tw_mlperf_boot(tw);
}

int32_t tw_step(tw_t *tw) {
    const tw_port_t *port = tw->port;
    port->watchdog(port->ctx, tw->info.step_limit_ms);
    uint64_t cycles = port->cycles == NULL ? 0 : port->cycles(port->ctx);
    uint32_t from = port->now_us(port->ctx);
    int32_t result = tw_model_step(&tw->model);
    tw->last_us = port->now_us(port->ctx) - from;
    tw->last_cycles = port->cycles == NULL ? 0 : port->cycles(port->ctx) - cycles;
    port->watchdog(port->ctx, TW_IDLE_MS);
    if (result >= 0) {
        tw->steps++;
    } else {
        tw_log(&tw->log, "step", tw->model.why);
    }
    return result;
}

int tw_reinit(tw_t *tw) {
    const tw_port_t *port = tw->port;
    port->watchdog(port->ctx, tw->info.step_limit_ms);
    int error = tw_model_init(&tw->model);
    port->watchdog(port->ctx, TW_IDLE_MS);
    tw->steps = 0;
    return error;
}

static void take(tw_t *tw, uint8_t byte, uint32_t now_us) {
    tw_frame_t frame;
    switch (tw_receive(&tw->receiver, byte, now_us, &frame)) {
    case TW_COMMAND:
        tw_mlperf_command(tw, tw->receiver.command);
        break;
    case TW_FRAME:
        tw_answer(tw, &frame);
        break;
    default:
        break;
    }
}

int tw_poll(tw_t *tw) {
    const tw_port_t *port = tw->port;
    port->watchdog(port->ctx, TW_IDLE_MS);
    uint32_t now_us = port->now_us(port->ctx);
    tw->uptime_us += now_us - tw->clock_us;
    tw->clock_us = now_us;
    uint8_t bytes[64];
    int n = port->read(port->ctx, bytes, sizeof bytes);
    for (int k = 0; k < n; ++k) {
        take(tw, bytes[k], port->now_us(port->ctx)); // the byte before may have been a long request
    }
    return n > 0 ? n : 0;
}
