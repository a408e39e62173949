#include "tw_infer.h"

#include "tw_bytes.h"
#include "tw_crc32.h"
#include "tw_err.h"
#include "tw_float.h"
#include "tw_run.h"

#include <string.h>

#define FLOAT_BYTES 4u

static bool energy_mode(const tw_t *tw) {
    return tw->model.loaded && tw->info.energy == 1;
}

// Microseconds since boot, without the clock's wraps.
static uint64_t now(tw_t *tw) {
    uint32_t us = tw->port->now_us(tw->port->ctx);
    tw->uptime_us += us - tw->clock_us;
    tw->clock_us = us;
    return tw->uptime_us;
}

static void pulse(const tw_t *tw) {
    if (tw->port->timestamp != NULL) {
        tw->port->timestamp(tw->port->ctx);
    }
}

static void say_lap(tw_say_t *say, uint64_t us) {
    tw_say(say, "m-lap-us-");
    tw_say_number(say, us);
    tw_say(say, "\r\n");
}

void tw_infer_timestamp(tw_t *tw, tw_say_t *say) {
    if (energy_mode(tw)) {
        pulse(tw);
    } else {
        say_lap(say, now(tw));
    }
}

static void convert(const tw_t *tw) {
    const uint8_t *db = tw->db.bytes;
    uint8_t *input = tw->model.memory + tw->model.in_ptr;
    const tw_slot_info_t *info = &tw->info;
    switch (info->conversion) {
    case TW_CONVERT_U8:
        for (uint32_t k = 0; k < tw->model.in_len; ++k) {
            input[k] = (uint8_t)(db[k] ^ 0x80u); // less 128, as int8
        }
        break;
    case TW_CONVERT_F32:
        for (uint32_t k = 0; k < tw->model.in_len; ++k) {
            uint32_t x = tw_get32(db + (size_t)FLOAT_BYTES * k);
            input[k] = (uint8_t)tw_float_quantise(x, info->input_scale, info->input_zero);
        }
        break;
    default:
        memcpy(input, db, tw->model.in_len);
        break;
    }
}

// Returns false when `db` holds too little; then, as in the reference, the input stays what it was.
static bool load_input(const tw_t *tw, tw_say_t *say) {
    size_t size = tw->info.conversion == TW_CONVERT_F32 ? FLOAT_BYTES : 1u;
    size_t have = tw->db.have / size;
    if (have < tw->model.in_len) {
        tw_say(say, "Input db has ");
        tw_say_number(say, have);
        tw_say(say, " elemented, expected "); // sic
        tw_say_number(say, tw->model.in_len);
        tw_say(say, "\r\n");
        return false;
    }
    convert(tw);
    return true;
}

static uint32_t input_crc(const tw_t *tw) {
    return tw_crc32(0, tw->model.memory + tw->model.in_ptr, tw->model.in_len);
}

// Every run starts from the input that `db` loaded. Modules of our own compiler leave it alone: its plan gives the
// input a region that nothing else uses. A module that does not is noticed by the sum, whose time is far below a
// hundredth of an inference, and its input is loaded again before the next run.
static int32_t run(tw_t *tw, uint32_t times, bool loaded, uint32_t crc) {
    for (uint32_t k = 0; k < times; ++k) {
        if (loaded && input_crc(tw) != crc) {
            convert(tw);
        }
        int32_t result = tw_step(tw);
        if (result < 0) {
            return result;
        }
        now(tw); // counts the clock's wraps
    }
    return TW_OK;
}

static void say_failure(const tw_t *tw, tw_say_t *say, int32_t error) {
    tw_say(say, "e-[Inference failed: ");
    if (tw->model.why != NULL) {
        tw_say(say, tw->model.why);
    } else {
        tw_say(say, "error -");
        tw_say_number(say, (uint64_t)-(int64_t)error);
    }
    tw_say(say, "]\r\n");
}

void tw_infer(tw_t *tw, tw_say_t *say, uint32_t runs, uint32_t warmups) {
    bool loaded = load_input(tw, say);
    uint32_t crc = input_crc(tw);
    tw_say(say, "m-warmup-start-");
    tw_say_number(say, warmups);
    tw_say(say, "\r\n");
    tw_say_end(say);
    int32_t error = run(tw, warmups, loaded, crc);
    if (error != TW_OK) {
        say_failure(tw, say, error);
        return;
    }
    tw_say(say, "m-warmup-done\r\nm-infer-start-");
    tw_say_number(say, runs);
    tw_say(say, "\r\n");
    tw_say_end(say);

    // Both lines are written after the runs: the line's own time must not lie between the timestamps.
    bool energy = energy_mode(tw);
    if (energy) {
        pulse(tw);
    }
    uint64_t start = now(tw);
    error = run(tw, runs, loaded, crc);
    uint64_t end = now(tw);
    if (energy) {
        pulse(tw);
    } else {
        say_lap(say, start);
        say_lap(say, end);
    }
    if (error != TW_OK) {
        say_failure(tw, say, error);
        return;
    }
    tw_say(say, "m-infer-done\r\n");
    tw_infer_results(tw, say);
}

static void say_float(tw_say_t *say, uint32_t x, tw_rounding_t rounding) {
    char text[TW_FLOAT_TEXT];
    tw_float_print(x, rounding, text);
    tw_say(say, text);
}

void tw_infer_results(const tw_t *tw, tw_say_t *say) {
    const tw_model_t *model = &tw->model;
    const tw_slot_info_t *info = &tw->info;
    const uint8_t *output = model->memory + model->out_ptr;
    tw_say(say, "m-results-[");
    if (info->task == TW_TASK_AD01 && info->conversion == TW_CONVERT_F32) {
        size_t n = model->out_len < model->in_len ? model->out_len : model->in_len;
        size_t room = tw->db.room / FLOAT_BYTES;
        n = n < room ? n : room;
        if (n > 0) {
            uint32_t error = tw_float_squared_error(tw->db.bytes, output, n, info->output_scale,
                                                    info->output_zero);
            say_float(say, error, TW_HALF_EVEN);
        }
    } else {
        tw_rounding_t rounding = info->task == TW_TASK_KWS01 ? TW_TRUNCATE : TW_HALF_EVEN;
        for (uint32_t k = 0; k < model->out_len; ++k) {
            uint32_t value =
                tw_float_dequantise((int8_t)output[k], info->output_scale, info->output_zero);
            tw_say(say, k == 0 ? "" : ",");
            say_float(say, value, rounding);
        }
    }
    tw_say(say, "]\r\n");
}
