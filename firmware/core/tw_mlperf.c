#include "tw_mlperf.h"

#include "tw_infer.h"
#include "tw_say.h"
#include "tw_text.h"

#include <string.h>

#define VERSION "ULPMark for tinyML Firmware V0.0.1" // what the runner knows the protocol by
#define WARMUPS 10                                    // of `infer` when it does not say
#define BYTES_A_LINE 8u

static const char *const TASKS[] = {"", "kws01", "ic01", "vww01", "ad01"}; // by tw_task_t

static bool has_task(const tw_t *tw) {
    return tw->model.loaded && tw->info.task != TW_TASK_NONE;
}

// What stands in the way of a benchmark, as a line. Returns true when nothing does.
static bool ready_for_task(const tw_t *tw, tw_say_t *say) {
    if (!tw->model.loaded) {
        tw_say(say, "e-[No model is loaded]\r\n");
    } else if (!has_task(tw)) {
        tw_say(say, "e-[The model speaks for no benchmark]\r\n");
    }
    return has_task(tw);
}

void tw_mlperf_boot(tw_t *tw) {
    tw_say_t say;
    tw_say_begin(&say, tw->port);
    bool energy = tw->model.loaded && tw->info.energy == 1;
    tw_say(&say, energy ? "m-timestamp-mode-energy\r\n" : "m-timestamp-mode-performance\r\n");
    tw_infer_timestamp(tw, &say);
    tw_say(&say, "m-init-done\r\nm-ready\r\n");
    tw_say_end(&say);
}

// The next word of a command, or NULL: words are separated by spaces, and only by them.
static char *word(char **rest) {
    char *from = *rest;
    while (*from == ' ') {
        from++;
    }
    if (*from == '\0') {
        *rest = from;
        return NULL;
    }
    char *to = from;
    while (*to != ' ' && *to != '\0') {
        to++;
    }
    *rest = *to == '\0' ? to : to + 1;
    *to = '\0';
    return from;
}

// C's atoi, held at the ends of int32.
static int32_t number(const char *text) {
    while (*text == ' ' || (*text >= '\t' && *text <= '\r')) {
        text++;
    }
    bool minus = *text == '-';
    if (*text == '-' || *text == '+') {
        text++;
    }
    int64_t value = 0;
    for (; *text >= '0' && *text <= '9'; ++text) {
        value = value * 10 + (*text - '0');
        value = value > INT32_MAX ? (int64_t)INT32_MAX + 1 : value;
    }
    value = minus ? -value : value;
    return value > INT32_MAX ? INT32_MAX : (int32_t)value;
}

static void say_signed(tw_say_t *say, int32_t value) {
    tw_say(say, value < 0 ? "-" : "");
    tw_say_number(say, (uint64_t)(value < 0 ? -(int64_t)value : value));
}

static void profile(const tw_t *tw, tw_say_t *say) {
    tw_say(say, "m-profile-[" VERSION "]\r\n");
    if (ready_for_task(tw, say)) {
        tw_say(say, "m-model-[");
        tw_say(say, TASKS[tw->info.task]);
        tw_say(say, "]\r\n");
    }
}

static void help(tw_say_t *say) {
    tw_say(say, "name         : the board's name\r\n"
                "timestamp    : microseconds since boot, or an edge on the pin in energy mode\r\n"
                "profile      : the protocol and the benchmark of the loaded model\r\n"
                "db load N    : expect N bytes of input\r\n"
                "db HH[HH]*   : the next bytes, in hexadecimal\r\n"
                "db print     : the bytes so far\r\n"
                "infer [N [W]]: N inferences after W to warm up\r\n"
                "results      : the last output\r\n");
}

static void db_load(tw_t *tw, tw_say_t *say, const char *size) {
    if (size == NULL) {
        tw_say(say, "e-[Command 'db load' requires the # of bytes]\r\n");
        return;
    }
    int32_t n = number(size);
    if (n == 0) {
        tw_say(say, "e-[Command 'db load' must be >0 bytes]\r\n");
        return;
    }
    if (!ready_for_task(tw, say)) {
        return;
    }
    tw_db_t *db = &tw->db;
    db->have = 0;
    if (n < 0 || (uint32_t)n > db->room) {
        db->size = 0;
        tw_say(say, "Supplied buffer size ");
        say_signed(say, n);
        tw_say(say, " exceeds maximum of ");
        tw_say_number(say, db->room);
    } else {
        db->size = (uint32_t)n;
        tw_say(say, "m-[Expecting ");
        tw_say_number(say, db->size);
        tw_say(say, " bytes]");
    }
    tw_say(say, "\r\n");
}

static void db_print(const tw_t *tw, tw_say_t *say) {
    size_t size = tw->db.size;
    for (size_t k = 0; k < size; ++k) {
        tw_say(say, k % BYTES_A_LINE == 0 ? "m-buffer-" : "-");
        tw_say_hex(say, tw->db.bytes[k]);
        if (k % BYTES_A_LINE == BYTES_A_LINE - 1 || k == size - 1) {
            tw_say(say, "\r\n");
        }
    }
    if (size % BYTES_A_LINE != 0) {
        tw_say(say, "\r\n"); // the reference ends a short line twice
    }
}

// The value of a hexadecimal digit, or -1.
static int digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static void db_bytes(tw_t *tw, tw_say_t *say, const char *digits) {
    if (strlen(digits) % 2 != 0) {
        tw_say(say, "e-[Insufficent number of hex digits]\r\n"); // sic
        return;
    }
    tw_db_t *db = &tw->db;
    for (; *digits != '\0'; digits += 2) {
        int high = digit(digits[0]);
        int low = digit(digits[1]);
        if (high < 0 || low < 0) {
            const char pair[] = {digits[0], digits[1], '\0'};
            tw_say(say, "e-[Invalid hex digit '");
            tw_say(say, pair);
            tw_say(say, "']\r\n");
            return;
        }
        // Bytes that no `db load` asked for are dropped: the reference writes them past its buffer's end.
        if (db->have < db->size) {
            db->bytes[db->have++] = (uint8_t)(high << 4 | low);
            if (db->have == db->size) {
                tw_say(say, "m-load-done\r\n");
                return;
            }
        }
    }
}

static void db_command(tw_t *tw, tw_say_t *say, char *rest) {
    const char *what = word(&rest);
    if (what == NULL) {
        tw_say(say, "e-[Command 'db' requires a subcommand]\r\n");
    } else if (tw_text_compare(what, "load") == 0) {
        db_load(tw, say, word(&rest));
    } else if (!ready_for_task(tw, say)) {
        return;
    } else if (tw_text_compare(what, "print") == 0) {
        db_print(tw, say);
    } else {
        db_bytes(tw, say, what);
    }
}

static void infer(tw_t *tw, tw_say_t *say, char *rest) {
    int32_t runs = 1;
    int32_t warmups = WARMUPS;
    const char *argument = word(&rest);
    if (argument != NULL) {
        runs = number(argument);
        if (runs <= 0) {
            tw_say(say, "e-[Inference iterations must be >0]\r\n");
            return;
        }
        argument = word(&rest);
    }
    if (argument != NULL) {
        warmups = number(argument);
        if (warmups < 0) {
            tw_say(say, "e-[Inference warmup must be >=0]\r\n");
            return;
        }
    }
    if (ready_for_task(tw, say)) {
        tw_infer(tw, say, (uint32_t)runs, (uint32_t)warmups);
    }
}

static void answer(tw_t *tw, tw_say_t *say, char *line) {
    char *rest = line;
    const char *command = word(&rest);
    if (command == NULL) {
        command = "";
    }
    if (tw_text_compare(command, "name") == 0) {
        tw_say(say, "m-name-dut-[");
        tw_say(say, tw->port->board);
        tw_say(say, "]\r\n");
    } else if (tw_text_compare(command, "timestamp") == 0) {
        tw_infer_timestamp(tw, say);
    } else if (tw_text_compare(command, "profile") == 0) {
        profile(tw, say);
    } else if (tw_text_compare(command, "help") == 0) {
        help(say);
    } else if (tw_text_compare(command, "db") == 0) {
        db_command(tw, say, rest);
    } else if (tw_text_compare(command, "infer") == 0) {
        infer(tw, say, rest);
    } else if (tw_text_compare(command, "results") == 0) {
        if (ready_for_task(tw, say)) {
            tw_infer_results(tw, say);
        }
    } else {
        tw_say(say, "e-[Unknown command: ");
        tw_say(say, command);
        tw_say(say, "]\r\n");
    }
}

void tw_mlperf_command(tw_t *tw, char *line) {
    tw_say_t say;
    tw_say_begin(&say, tw->port);
    answer(tw, &say, line);
    tw_say(&say, "m-ready\r\n");
    tw_say_end(&say);
}
