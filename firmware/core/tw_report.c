#include "tw_report.h"

#include "tw_bytes.h"
#include "tw_err.h"
#include "tw_kernels.h"

#include <string.h>

// u8 length and the characters; a port's names have at most 31.
static uint8_t *put_string(uint8_t *to, const char *text) {
    size_t len = strlen(text);
    if (len > 31) {
        len = 31;
    }
    *to++ = (uint8_t)len;
    memcpy(to, text, len);
    return to + len;
}

static int finish(tw_reply_t *reply, const uint8_t *end) {
    reply->len = (size_t)(end - reply->bytes);
    return TW_OK;
}

bool tw_report_speaks(const tw_frame_t *hello) {
    return hello->len == 2 && tw_get16(hello->payload) == TW_WIRE_VERSION;
}

static int hello(const tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    if (!tw_report_speaks(request)) {
        return TW_ERR_FRAME;
    }
    const tw_port_t *port = tw->port;
    uint8_t *to = tw_put16(reply->bytes, TW_WIRE_VERSION);
    to = tw_put16(to, TW_PAYLOAD_MAX);
    to = tw_put32(to, TW_VERSION);
    to = tw_put32(to, port->boot_id);
    *to++ = (uint8_t)port->reset_reason;
    *to++ = tw->model.loaded ? 1 : 0;
    uint32_t forgets = port->forgets ? TW_FEATURE_FORGETS : 0;
    to = tw_put16(to, TW_FEATURE_SMALL_FRAMES | TW_FEATURE_MARKS(port->marks) | forgets);
    to = tw_put32(to, (uint32_t)port->slot_size);
    to = tw_put32(to, (uint32_t)port->arena_size);
    to = put_string(to, port->board);
    to = put_string(to, port->serial);
    uint8_t *kernels = to + 1;
    *to = (uint8_t)tw_kernel_mask(kernels);
    return finish(reply, kernels + *to);
}

static int status(const tw_t *tw, tw_reply_t *reply) {
    const tw_port_t *port = tw->port;
    uint8_t *to = tw_put64(reply->bytes, tw->uptime_us);
    to = tw_put64(to, tw->steps);
    to = tw_put64(to, tw->last_cycles);
    to = tw_put32(to, tw->last_us);
    to = tw_put32(to, (uint32_t)tw->arena.used);
    to = tw_put32(to, (uint32_t)tw->arena.peak);
    to = tw_put32(to, (uint32_t)port->arena_size);
    to = tw_put32(to, tw->model.loaded ? tw->model.memory_bytes : 0);
    to = tw_put32(to, (uint32_t)port->stack_used(port->ctx));
    to = tw_put32(to, (uint32_t)port->stack_size);
    to = tw_put32(to, tw->receiver.good);
    to = tw_put32(to, tw->receiver.bad);
    *to++ = (uint8_t)tw->stage;
    *to++ = (uint8_t)port->reset_reason;
    return finish(reply, to);
}

int tw_report_model(const tw_t *tw, tw_reply_t *reply) {
    const tw_model_t *model = &tw->model;
    if (!model->loaded) {
        return TW_ERR_EMPTY;
    }
    tw_slot_info_t info;
    uint32_t sequence = 0;
    if (tw->stage != TW_DEPLOY_TRIAL) {
        tw_slot_read(tw->port, tw->active, &info, &sequence);
    }
    const uint32_t numbers[] = {
        tw->info.length,  tw->info.crc,     sequence,         model->in_ptr,    model->in_len,
        model->out_ptr,   model->out_len,   model->state_ptr, model->state_len, model->cnt_ptr,
        model->cnt_len,   model->mem_used,  model->steps_hint,
    };
    uint8_t *to = reply->bytes;
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; ++k) {
        to = tw_put32(to, numbers[k]);
    }
    *to++ = tw->info.task;
    *to++ = tw->info.energy;
    return finish(reply, tw_put32(to, tw->info.step_limit_ms));
}

static int logs(const tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    if (request->len != 4) {
        return TW_ERR_FRAME;
    }
    uint32_t from = tw_get32(request->payload);
    uint8_t *text = reply->bytes + 8;
    size_t n = tw_log_read(&tw->log, &from, text, TW_PAYLOAD_MAX - 8);
    tw_put32(tw_put32(reply->bytes, from), tw->log.end);
    return finish(reply, text + n);
}

int tw_report(const tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    switch (request->type) {
    case TW_HELLO:
        return hello(tw, request, reply);
    case TW_LOGS:
        return logs(tw, request, reply);
    default:
        if (request->len != 0) {
            return TW_ERR_FRAME;
        }
        return request->type == TW_STATUS ? status(tw, reply) : tw_report_model(tw, reply);
    }
}
