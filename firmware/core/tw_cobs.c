#include "tw_cobs.h"

#define FULL 255u // the code of a block of 254 bytes, which no zero follows

static void close_block(tw_cobs_t *cobs) {
    cobs->out[cobs->code_at] = (uint8_t)(cobs->at - cobs->code_at);
    cobs->code_at = cobs->at++;
}

void tw_cobs_begin(tw_cobs_t *cobs, uint8_t *out) {
    cobs->out = out;
    cobs->code_at = 0;
    cobs->at = 1;
}

void tw_cobs_put(tw_cobs_t *cobs, const uint8_t *bytes, size_t len) {
    for (size_t k = 0; k < len; ++k) {
        if (bytes[k] != 0) {
            cobs->out[cobs->at++] = bytes[k];
        }
        if (bytes[k] == 0 || cobs->at - cobs->code_at == FULL) {
            close_block(cobs);
        }
    }
}

size_t tw_cobs_end(tw_cobs_t *cobs) {
    cobs->out[cobs->code_at] = (uint8_t)(cobs->at - cobs->code_at);
    return cobs->at;
}

size_t tw_cobs_decode(uint8_t *bytes, size_t len) {
    size_t from = 0;
    size_t to = 0; // to < from: what is written has been read
    while (from < len) {
        size_t code = bytes[from++];
        if (code == 0 || code - 1 > len - from) {
            return 0;
        }
        for (size_t k = 1; k < code; ++k) {
            if (bytes[from] == 0) {
                return 0;
            }
            bytes[to++] = bytes[from++];
        }
        if (code < FULL && from < len) {
            bytes[to++] = 0;
        }
    }
    return to;
}
