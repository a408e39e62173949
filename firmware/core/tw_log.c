#include "tw_log.h"

static void put(tw_log_t *log, const char *text) {
    for (; *text != '\0'; ++text) {
        log->ring[log->end % TW_LOG_BYTES] = *text;
        log->end++;
    }
}

void tw_log(tw_log_t *log, const char *what, const char *why) {
    put(log, what);
    if (why != NULL) {
        put(log, ": ");
        put(log, why);
    }
    put(log, "\n");
}

size_t tw_log_read(const tw_log_t *log, uint32_t *from, uint8_t *to, size_t room) {
    // positions wrap at 2^32, and differences with them
    if (log->end - *from > TW_LOG_BYTES) {
        uint32_t held = log->end < TW_LOG_BYTES ? log->end : TW_LOG_BYTES;
        *from = log->end - held;
    }
    size_t n = log->end - *from;
    if (n > room) {
        n = room;
    }
    for (size_t k = 0; k < n; ++k) {
        to[k] = (uint8_t)log->ring[(*from + k) % TW_LOG_BYTES];
    }
    return n;
}
