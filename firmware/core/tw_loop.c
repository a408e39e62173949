// What the board does all day.
#include "tw.h"

#include "tw_answer.h"
#include "tw_mlperf.h"
#include "tw_run.h"

#include <string.h>

static const char *const REASONS[] = {"power on", "watchdog", "asked for", "fault"};

void tw_init(tw_t *tw, const tw_port_t *port) {
    memset(tw, 0, sizeof *tw);
    tw->port = port;
    tw->clock_us = port->now_us(port->ctx);
    tw->uptime_us = tw->clock_us;
    tw_arena_init(&tw->arena, port->arena, port->arena_size);
    tw_log(&tw->log, "start", REASONS[port->reset_reason]);
    tw->active = tw_slot_choose(port);
    tw_load_active(tw);
    tw_mlperf_boot(tw);
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
