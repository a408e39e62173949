// A board that is a Linux process. Its first line of output is the path of its pseudo-terminal.
//
//     twentywatt [--stdio] [--link PATH] [--slots FILE] [--slot-bytes N] [--arena N] [--pin FILE] [--marker FILE]
//                [--serial NAME]
#define _GNU_SOURCE
#include "posix.h"
#include "tw.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define SLOT_BYTES (8u << 20)
#define ARENA_BYTES (64u << 20) // of addresses: the kernel gives memory where it is used

static tw_t tw;
static tw_port_t port;
static FILE *pin;
static FILE *marker;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t start_ns;

static uint32_t now_us(void *ctx) {
    (void)ctx;
    return (uint32_t)((now_ns() - start_ns) / 1000u);
}

// The timestamp pin: a line per edge, with the time in nanoseconds.
static void timestamp(void *ctx) {
    (void)ctx;
    fprintf(pin, "%llu 0\n", (unsigned long long)now_ns());
    fprintf(pin, "%llu 1\n", (unsigned long long)now_ns());
    fflush(pin);
}

// The marker pins: a line per change, with the time in nanoseconds and the levels, TW_MARK_STEP + TW_MARK_WORK.
static void mark(void *ctx, uint32_t levels) {
    (void)ctx;
    fprintf(marker, "%llu %u\n", (unsigned long long)now_ns(), (unsigned)levels);
    fflush(marker);
}

static void run(void) {
    tw_init(&tw, &port);
    do {
        while (tw_poll(&tw) > 0) {
        }
    } while (line_wait());
}

static int fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    return 1;
}

static size_t number(const char *text) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value == 0 || value > (1ul << 31) || value % TW_PAGE != 0) {
        fprintf(stderr, "%s: expected bytes, a multiple of %u up to 2^31\n", text, TW_PAGE);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv) {
    static const struct option names[] = {
        {"stdio", no_argument, NULL, 'i'},     {"link", required_argument, NULL, 'l'},
        {"slots", required_argument, NULL, 's'}, {"slot-bytes", required_argument, NULL, 'b'},
        {"arena", required_argument, NULL, 'a'}, {"pin", required_argument, NULL, 'p'},
        {"marker", required_argument, NULL, 'm'}, {"serial", required_argument, NULL, 'n'}, {0},
    };
    bool stdio = false;
    const char *link = NULL, *slots = NULL, *pin_file = NULL, *marker_file = NULL;
    size_t slot_bytes = SLOT_BYTES;
    port.arena_size = ARENA_BYTES;
    port.serial = "0";
    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (option) {
        case 'i':
            stdio = true;
            break;
        case 'l':
            link = optarg;
            break;
        case 's':
            slots = optarg;
            break;
        case 'b':
            slot_bytes = number(optarg);
            break;
        case 'a':
            port.arena_size = number(optarg);
            break;
        case 'p':
            pin_file = optarg;
            break;
        case 'm':
            marker_file = optarg;
            break;
        case 'n':
            port.serial = optarg;
            break;
        default:
            return 2;
        }
    }

    start_ns = now_ns();
    restart_prepare(argv, &port);
    if (!slots_open(slots, slot_bytes, &port)) {
        return fail(slots == NULL ? "slots" : slots);
    }
    if (pin_file != NULL) {
        pin = fopen(pin_file, "ae");
        if (pin == NULL) {
            return fail(pin_file);
        }
        port.timestamp = timestamp;
    }
    if (marker_file != NULL) {
        marker = fopen(marker_file, "ae");
        if (marker == NULL) {
            return fail(marker_file);
        }
        port.mark = mark;
        port.marks = TW_MARK_STEP | TW_MARK_WORK;
        mark(NULL, 0); // as after a reset
    }
    port.arena = mmap(NULL, port.arena_size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (port.arena == MAP_FAILED) {
        return fail("arena");
    }
    if (stdio) {
        line_open_stdio();
    } else if (!line_open_pty(link)) {
        return fail("pseudo-terminal");
    }
    port.board = "posix";
    port.now_us = now_us;
    port.read = line_read;
    port.write = line_write;
    port.watchdog = restart_watchdog;
    port.reset = restart_asked;
    stack_run(run, &port);
    return 0;
}
