#include "tw_deploy.h"

#include "tw_bytes.h"
#include "tw_crc32.h"
#include "tw_err.h"
#include "tw_report.h"
#include "tw_run.h"
#include "tw_text.h"

#include <string.h>

// Two numbers and words around them, as a response's text.
static void explain(tw_reply_t *reply, const char *what, size_t got, const char *of, size_t has) {
    char *text = (char *)reply->bytes;
    char *to = tw_text(text, what);
    to = tw_text_number(to, (uint32_t)got);
    to = tw_text(to, of);
    to = tw_text_number(to, (uint32_t)has);
    to = tw_text(to, " bytes");
    reply->len = (size_t)(to - text);
}

static void say(tw_reply_t *reply, const char *why) {
    char *text = (char *)reply->bytes;
    reply->len = (size_t)(tw_text(text, why == NULL ? "" : why) - text);
}

void tw_deploy_end(tw_t *tw) {
    tw_deploy_stage_t stage = tw->stage;
    tw->stage = TW_DEPLOY_NONE;
    if (stage == TW_DEPLOY_TRIAL) {
        tw_model_unload(&tw->model, &tw->arena);
        tw_load_active(tw);
        tw_log(&tw->log, "deploy", "trial ended");
    }
}

static int begin(tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    tw_slot_info_t coming;
    if (request->len != TW_SLOT_INFO_BYTES ||
        tw_slot_info_parse(request->payload, &coming) != TW_OK) {
        return TW_ERR_FRAME;
    }
    tw_deploy_end(tw);
    const tw_port_t *port = tw->port;
    size_t room = port->slot_size - TW_PAGE;
    if (coming.length > room) {
        explain(reply, "module ", coming.length, " of ", room);
        return TW_ERR_SLOT;
    }
    tw->candidate = tw->active == 0 ? 1 : 0;
    if (port->erase(port->ctx, tw->candidate) != 0) {
        return TW_ERR_FLASH;
    }
    tw->coming = coming;
    tw->received = 0;
    tw->stage = TW_DEPLOY_DATA;
    return TW_OK;
}

// Writes whole pages of the module, and compares.
static int write(const tw_t *tw, uint32_t offset, const uint8_t *pages, size_t len) {
    const tw_port_t *port = tw->port;
    int error = port->program(port->ctx, tw->candidate, TW_PAGE + offset, pages, len);
    const uint8_t *written = tw_slot_module(port, tw->candidate) + offset;
    return error == 0 && memcmp(written, pages, len) == 0 ? TW_OK : TW_ERR_FLASH;
}

// Bytes on the last page that wait until it is full, or the module at its end.
static uint32_t waiting(const tw_t *tw) {
    return tw->received == tw->coming.length ? 0 : tw->received % TW_PAGE;
}

// Takes bytes that follow the last ones. Pages that are whole as they come are written from where they lie.
static int take(tw_t *tw, const uint8_t *bytes, size_t len) {
    int error = TW_OK;
    while (len > 0 && error == TW_OK) {
        uint32_t filled = waiting(tw);
        uint32_t at = tw->received - filled;
        size_t n = len / TW_PAGE * TW_PAGE;
        if (filled == 0 && n > 0) {
            tw->received += (uint32_t)n;
            error = write(tw, at, bytes, n);
        } else {
            n = TW_PAGE - filled < len ? TW_PAGE - filled : len;
            memcpy(tw->page + filled, bytes, n);
            // behind the module's end the page is filled up with zeros
            memset(tw->page + filled + n, 0, TW_PAGE - filled - n);
            tw->received += (uint32_t)n;
            error = waiting(tw) == 0 ? write(tw, at, tw->page, TW_PAGE) : TW_OK;
        }
        bytes += n;
        len -= n;
    }
    return error;
}

static int data(tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    if (tw->stage != TW_DEPLOY_DATA) {
        return TW_ERR_ORDER;
    }
    if (request->len <= 4) {
        return TW_ERR_FRAME;
    }
    size_t len = request->len - 4;
    uint32_t left = tw->coming.length - tw->received;
    if (tw_get32(request->payload) != tw->received) {
        explain(reply, "offset ", tw_get32(request->payload), ", expected ", tw->received);
        return TW_ERR_ORDER;
    }
    if (len > left) {
        return TW_ERR_FRAME;
    }
    int error = take(tw, request->payload + 4, len);
    if (error != TW_OK) {
        tw_deploy_end(tw);
        return error;
    }
    tw_put32(reply->bytes, tw->received);
    reply->len = 4;
    return TW_OK;
}

static int read_back(const tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    if (tw->stage == TW_DEPLOY_NONE) {
        return TW_ERR_ORDER;
    }
    if (request->len != 6) {
        return TW_ERR_FRAME;
    }
    uint32_t offset = tw_get32(request->payload);
    size_t len = tw_get16(request->payload + 4);
    uint32_t written = tw->received - waiting(tw);
    if (len > TW_PAYLOAD_MAX || offset > written || len > written - offset) {
        return TW_ERR_FRAME;
    }
    memcpy(reply->bytes, tw_slot_module(tw->port, tw->candidate) + offset, len);
    reply->len = len;
    return TW_OK;
}

static int try_it(tw_t *tw, tw_reply_t *reply) {
    if (tw->stage != TW_DEPLOY_DATA || tw->received != tw->coming.length) {
        return TW_ERR_ORDER;
    }
    const uint8_t *module = tw_slot_module(tw->port, tw->candidate);
    if (tw_crc32(0, module, tw->coming.length) != tw->coming.crc) {
        tw_deploy_end(tw);
        return TW_ERR_SLOT;
    }
    int error = tw_load(tw, tw->candidate, &tw->coming);
    if (error != TW_OK) {
        size_t needed = tw->arena.needed;
        if (error == TW_ERR_ARENA && needed > tw->arena.size) {
            explain(reply, "needs at least ", needed, " of ", tw->arena.size);
        } else {
            say(reply, tw->model.why);
        }
        tw->stage = TW_DEPLOY_NONE;
        tw_load_active(tw);
        return error;
    }
    tw->stage = TW_DEPLOY_TRIAL;
    return tw_report_model(tw, reply);
}

static int activate(tw_t *tw, tw_reply_t *reply) {
    if (tw->stage != TW_DEPLOY_TRIAL) {
        return TW_ERR_ORDER;
    }
    int error = tw_slot_commit(tw->port, tw->candidate, &tw->coming);
    if (error != TW_OK) {
        tw_deploy_end(tw);
        // a header that is there nevertheless would boot what the host was told is not in force
        tw->port->erase(tw->port->ctx, tw->candidate);
        return error;
    }
    tw->active = tw->candidate;
    tw->stage = TW_DEPLOY_NONE;
    tw_slot_info_t info;
    uint32_t sequence = 0;
    tw_slot_read(tw->port, tw->active, &info, &sequence);
    tw_put32(reply->bytes, sequence);
    reply->len = 4;
    tw_log(&tw->log, "deploy", "activated");
    return TW_OK;
}

int tw_deploy(tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    switch (request->type) {
    case TW_BEGIN:
        return begin(tw, request, reply);
    case TW_DATA:
        return data(tw, request, reply);
    case TW_READ_BACK:
        return read_back(tw, request, reply);
    default:
        break;
    }
    if (request->len != 0) {
        return TW_ERR_FRAME;
    }
    switch (request->type) {
    case TW_TRY:
        return try_it(tw, reply);
    case TW_ACTIVATE:
        return activate(tw, reply);
    default:
        tw_deploy_end(tw);
        return TW_OK;
    }
}
