#include "tw_say.h"

#define TOO_LONG_US 900000u // a port gives up after a second

void tw_say_begin(tw_say_t *say, const tw_port_t *port) {
    say->port = port;
    say->len = 0;
    say->deaf = false;
}

static void put(tw_say_t *say, char c) {
    if (say->len == sizeof say->text) {
        tw_say_end(say);
    }
    say->text[say->len++] = c;
}

void tw_say(tw_say_t *say, const char *words) {
    for (; *words != '\0'; ++words) {
        put(say, *words);
    }
}

void tw_say_number(tw_say_t *say, uint64_t number) {
    char digits[20];
    int n = 0;
    do {
        digits[n++] = (char)('0' + number % 10u);
        number /= 10u;
    } while (number > 0);
    while (n > 0) {
        put(say, digits[--n]);
    }
}

void tw_say_hex(tw_say_t *say, uint8_t byte) {
    static const char digits[] = "0123456789abcdef";
    put(say, digits[byte >> 4]);
    put(say, digits[byte & 15u]);
}

void tw_say_end(tw_say_t *say) {
    const tw_port_t *port = say->port;
    size_t len = say->len;
    say->len = 0;
    if (len == 0 || say->deaf) {
        return;
    }
    port->watchdog(port->ctx, TW_IDLE_MS); // a long answer over a slow line outlasts one turn of the loop
    uint32_t from = port->now_us(port->ctx);
    int error = port->write(port->ctx, (const uint8_t *)say->text, len);
    say->deaf = error != 0 || port->now_us(port->ctx) - from >= TOO_LONG_US;
}
