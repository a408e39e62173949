// Text for the host, word by word, without printf. A host that does not read is not waited for: after one write that
// took too long the rest of the answer is dropped, so that no command blocks the board for longer than a few seconds.
#ifndef TW_SAY_H
#define TW_SAY_H

#include "tw_port.h"

#include <stdbool.h>

// One answer. Caller allocates; treat the fields as private.
typedef struct tw_say {
    const tw_port_t *port;
    char text[64];
    size_t len;
    bool deaf; // the host does not read
} tw_say_t;

void tw_say_begin(tw_say_t *say, const tw_port_t *port);
void tw_say(tw_say_t *say, const char *words);
void tw_say_number(tw_say_t *say, uint64_t number);

// Two hexadecimal digits.
void tw_say_hex(tw_say_t *say, uint8_t byte);

// Sends what is still here.
void tw_say_end(tw_say_t *say);

#endif
