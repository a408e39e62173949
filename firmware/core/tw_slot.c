#include "tw_slot.h"

#include "tw_bytes.h"
#include "tw_crc32.h"
#include "tw_err.h"

#include <string.h>

#define MAGIC 0x4C535754u // "TWSL"
#define VERSION 1u
#define INFO_AT 12u
#define CRC_AT (TW_PAGE - 4u)

int tw_slot_info_parse(const uint8_t *bytes, tw_slot_info_t *info) {
    info->length = tw_get32(bytes);
    info->crc = tw_get32(bytes + 4);
    info->energy = bytes[8];
    info->task = bytes[9];
    info->conversion = bytes[10];
    info->input_scale = tw_get32(bytes + 12);
    info->input_zero = (int32_t)tw_get32(bytes + 16);
    info->output_scale = tw_get32(bytes + 20);
    info->output_zero = (int32_t)tw_get32(bytes + 24);
    info->step_limit_ms = tw_get32(bytes + 28);
    bool known = info->energy <= 1 && info->task <= TW_TASK_AD01 &&
                 info->conversion <= TW_CONVERT_F32 && bytes[11] == 0 && tw_get32(bytes + 32) == 0;
    bool sensible = info->length > 0 && info->step_limit_ms > 0 && info->step_limit_ms <= 60000u;
    return known && sensible ? TW_OK : TW_ERR_FRAME;
}

static void put_info(uint8_t *to, const tw_slot_info_t *info) {
    to = tw_put32(to, info->length);
    to = tw_put32(to, info->crc);
    *to++ = info->energy;
    *to++ = info->task;
    *to++ = info->conversion;
    *to++ = 0;
    to = tw_put32(to, info->input_scale);
    to = tw_put32(to, (uint32_t)info->input_zero);
    to = tw_put32(to, info->output_scale);
    to = tw_put32(to, (uint32_t)info->output_zero);
    to = tw_put32(to, info->step_limit_ms);
    tw_put32(to, 0);
}

bool tw_slot_read(const tw_port_t *port, int n, tw_slot_info_t *info, uint32_t *sequence) {
    const uint8_t *page = port->slot[n];
    if (tw_get32(page) != MAGIC || tw_get32(page + 4) != VERSION ||
        tw_get32(page + CRC_AT) != tw_crc32(0, page, CRC_AT) ||
        tw_slot_info_parse(page + INFO_AT, info) != TW_OK) {
        return false;
    }
    *sequence = tw_get32(page + 8);
    return info->length <= port->slot_size - TW_PAGE &&
           tw_crc32(0, tw_slot_module(port, n), info->length) == info->crc;
}

int tw_slot_choose(const tw_port_t *port) {
    int best = -1;
    uint32_t newest = 0;
    for (int n = 0; n < TW_SLOTS; ++n) {
        tw_slot_info_t info;
        uint32_t sequence = 0;
        if (tw_slot_read(port, n, &info, &sequence) &&
            (best < 0 || (int32_t)(sequence - newest) > 0)) {
            best = n;
            newest = sequence;
        }
    }
    return best;
}

int tw_slot_commit(const tw_port_t *port, int n, const tw_slot_info_t *info) {
    tw_slot_info_t other;
    uint32_t sequence = 0;
    int newest = tw_slot_choose(port);
    if (newest >= 0) {
        tw_slot_read(port, newest, &other, &sequence);
    }
    uint8_t page[TW_PAGE];
    memset(page, 0, sizeof page);
    tw_put32(page, MAGIC);
    tw_put32(page + 4, VERSION);
    tw_put32(page + 8, sequence + 1);
    put_info(page + INFO_AT, info);
    tw_put32(page + CRC_AT, tw_crc32(0, page, CRC_AT));
    if (port->program(port->ctx, n, 0, page, sizeof page) != 0 ||
        memcmp(port->slot[n], page, sizeof page) != 0) {
        return TW_ERR_FLASH;
    }
    return TW_OK;
}
