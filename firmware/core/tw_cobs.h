// Consistent overhead byte stuffing (Cheshire and Baker, 1999): bytes without a zero among them.
//
//     code, code - 1 bytes other than zero, then a zero unless code is 255 or the frame ends here
//
// A full block is followed by another one even at the end of a frame, as in the paper.
#ifndef TW_COBS_H
#define TW_COBS_H

#include <stddef.h>
#include <stdint.h>

// A frame on its way out, in pieces: begin, put, put, end. Caller allocates; treat the fields as private.
typedef struct tw_cobs {
    uint8_t *out;
    size_t at;      // where the next byte goes
    size_t code_at; // where the code of the open block goes
} tw_cobs_t;

// out  n + n / 254 + 1 bytes for n bytes put
void tw_cobs_begin(tw_cobs_t *cobs, uint8_t *out);

void tw_cobs_put(tw_cobs_t *cobs, const uint8_t *bytes, size_t len);

// Returns the encoded length.
size_t tw_cobs_end(tw_cobs_t *cobs);

// Decodes in place. Returns the decoded length, or 0 when no bytes are encoded like this.
size_t tw_cobs_decode(uint8_t *bytes, size_t len);

#endif
