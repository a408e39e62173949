#include "tw_answer.h"

#include "tw_bytes.h"
#include "tw_deploy.h"
#include "tw_err.h"
#include "tw_report.h"
#include "tw_stream.h"

#include <string.h>

static int dispatch(tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    switch (request->type) {
    case TW_HELLO:
    case TW_STATUS:
    case TW_MODEL:
    case TW_LOGS:
        return tw_report(tw, request, reply);
    case TW_BEGIN:
    case TW_DATA:
    case TW_READ_BACK:
    case TW_TRY:
    case TW_ACTIVATE:
    case TW_ABORT:
        return tw_deploy(tw, request, reply);
    case TW_STEP:
    case TW_WRITE:
    case TW_READ:
    case TW_RUN:
    case TW_INIT:
        return tw_stream(tw, request, reply);
    case TW_RESET:
        return request->len == 0 ? TW_OK : TW_ERR_FRAME;
    default:
        return TW_ERR_REQUEST;
    }
}

// A refusal that is not kept: the answer to the last request stays. SESSION says which session is open, 0 for none: then
// the board has restarted since the host opened its own.
static void refuse(const tw_t *tw, const tw_frame_t *request, int error) {
    uint8_t open_session[2];
    uint8_t wire[TW_FRAME_HEAD + sizeof open_session + TW_FRAME_CRC + 3];
    tw_put16(open_session, tw->open ? tw->session : 0);
    tw_frame_t response = *request;
    response.type |= TW_RESPONSE;
    response.status = (int8_t)error;
    response.payload = open_session;
    response.len = error == TW_ERR_SESSION ? sizeof open_session : 0;
    tw->port->write(tw->port->ctx, wire, tw_frame_encode(&response, wire));
}

static void send(const tw_t *tw) {
    tw->port->write(tw->port->ctx, tw->answer, tw->answer_len);
}

// A piece of the kept answer as it stands on the line, for a host whose line does not carry it whole. It is not kept.
static void part(const tw_t *tw, const tw_frame_t *request) {
    if (request->sequence != tw->sequence) {
        refuse(tw, request, TW_ERR_SEQUENCE);
        return;
    }
    size_t offset = request->len == 4 ? tw_get16(request->payload) : SIZE_MAX;
    if (offset > tw->answer_len) {
        refuse(tw, request, TW_ERR_FRAME);
        return;
    }
    tw_reply_t reply;
    size_t most = tw_get16(request->payload + 2);
    uint8_t *piece = tw_put16(tw_put16(reply.bytes, (uint32_t)tw->answer_len), (uint32_t)offset);
    size_t room = (size_t)(reply.bytes + sizeof reply.bytes - piece);
    size_t len = tw->answer_len - offset;
    len = len < most ? len : most;
    len = len < room ? len : room;
    memcpy(piece, tw->answer + offset, len);
    tw_frame_t response = *request;
    response.type |= TW_RESPONSE;
    response.status = TW_OK;
    response.payload = reply.bytes;
    response.len = (size_t)(piece - reply.bytes) + len;
    uint8_t wire[TW_WIRE_MAX];
    tw->port->write(tw->port->ctx, wire, tw_frame_encode(&response, wire));
}

static void do_it(tw_t *tw, const tw_frame_t *request) {
    tw_reply_t reply;
    reply.len = 0;
    tw->session = request->session;
    tw->sequence = request->sequence;
    tw_frame_t response = *request;
    response.status = (int8_t)dispatch(tw, request, &reply);
    response.type |= TW_RESPONSE;
    response.payload = reply.bytes;
    response.len = reply.len;
    tw->answer_len = tw_frame_encode(&response, tw->answer);
    send(tw);
    if (request->type == TW_RESET && response.status == TW_OK) {
        tw->port->reset(tw->port->ctx);
    }
}

static void hello(tw_t *tw, const tw_frame_t *request) {
    // one that cannot be answered takes no session from the host before
    if (request->session == 0 || request->sequence != 0 || !tw_report_speaks(request)) {
        refuse(tw, request, TW_ERR_FRAME);
        return;
    }
    // the host before may have vanished half-way
    tw_deploy_end(tw);
    tw->open = true;
    do_it(tw, request);
}

void tw_answer(tw_t *tw, const tw_frame_t *frame) {
    if ((frame->type & TW_RESPONSE) != 0) {
        return; // our own words: the line echoes
    }
    bool ours = tw->open && frame->session == tw->session;
    if (ours && frame->type == TW_PART) {
        part(tw, frame);
    } else if (ours && frame->sequence == tw->sequence) {
        send(tw);
    } else if (frame->type == TW_HELLO && !ours) {
        hello(tw, frame);
    } else if (!ours) {
        refuse(tw, frame, TW_ERR_SESSION);
    } else if (frame->sequence == (uint16_t)(tw->sequence + 1)) {
        do_it(tw, frame);
    } else {
        refuse(tw, frame, TW_ERR_SEQUENCE);
    }
}
