// Which functions the code of a function calls, in order. Only of code that tw_check has passed: nothing is checked again.
#ifndef TW_CALLS_H
#define TW_CALLS_H

#include <stdbool.h>
#include <stdint.h>

// Treat the fields as private.
typedef struct tw_calls {
    const uint8_t *at, *end;
} tw_calls_t;

// body  its size, locals, then instructions
tw_calls_t tw_calls(const uint8_t *body, const uint8_t *end);

// The next call's function; false when there is none left.
bool tw_calls_next(tw_calls_t *calls, uint32_t *function);

#endif
