// encode TYPE STATUS SESSION SEQUENCE PAYLOAD  → the bytes on the line
// receive MICROSECONDS BYTES                   → what came of them: "frame …", "command …", in one line
// counts                                       → good and bad frames
// restart                                      → a new receiver
#include "lines.h"
#include "tw_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tw_receiver_t receiver;
static uint8_t bytes[1u << 20];

static void encode(char *words[]) {
    tw_frame_t frame;
    frame.type = (uint8_t)atoi(words[1]);
    frame.status = (int8_t)atoi(words[2]);
    frame.session = (uint16_t)atoi(words[3]);
    frame.sequence = (uint16_t)atoi(words[4]);
    frame.len = lines_bytes(words[5], bytes);
    frame.payload = frame.len == 0 ? NULL : bytes;
    uint8_t *wire = malloc(TW_WIRE_MAX); // of exactly this size, so that a sanitizer sees its end
    lines_print_bytes(wire, tw_frame_encode(&frame, wire));
    free(wire);
}

static void receive(char *words[]) {
    uint32_t now_us = (uint32_t)strtoul(words[1], NULL, 10);
    size_t len = lines_bytes(words[2], bytes);
    for (size_t k = 0; k < len; ++k) {
        tw_frame_t frame;
        switch (tw_receive(&receiver, bytes[k], now_us, &frame)) {
        case TW_FRAME:
            printf("frame %u %d %u %u ", frame.type, frame.status, frame.session, frame.sequence);
            lines_print_bytes(frame.payload, frame.len);
            printf(" ");
            break;
        case TW_COMMAND:
            printf("command ");
            lines_print_bytes((const uint8_t *)receiver.command, strlen(receiver.command));
            printf(" ");
            break;
        default:
            break;
        }
    }
}

int main(void) {
    char *words[6];
    while (lines_next(words, 6) > 0) {
        if (strcmp(words[0], "encode") == 0) {
            encode(words);
        } else if (strcmp(words[0], "receive") == 0) {
            receive(words);
        } else if (strcmp(words[0], "restart") == 0) {
            memset(&receiver, 0, sizeof receiver);
        } else {
            printf("%u %u", receiver.good, receiver.bad);
        }
        printf("\n");
    }
    return 0;
}
