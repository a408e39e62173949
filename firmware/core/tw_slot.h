// A slot of flash: a header page, then the module. The header is written last, so that a slot whose writing was
// interrupted is no slot. Bytes: ../README.md, "Slots".
#ifndef TW_SLOT_H
#define TW_SLOT_H

#include "tw_port.h"

#include <stdbool.h>

// Which MLPerf Tiny benchmark the module speaks for.
typedef enum tw_task {
    TW_TASK_NONE = 0,
    TW_TASK_KWS01 = 1,
    TW_TASK_IC01 = 2,
    TW_TASK_VWW01 = 3,
    TW_TASK_AD01 = 4,
} tw_task_t;

// From the bytes of `db` to the module's input.
typedef enum tw_conversion {
    TW_CONVERT_NONE = 0, // as they are
    TW_CONVERT_U8 = 1,   // u8, less 128
    TW_CONVERT_F32 = 2,  // little-endian float32, quantised with the input's scale and zero point
} tw_conversion_t;

// What the host says of a module when it deploys it.
typedef struct tw_slot_info {
    uint32_t length;        // bytes of the module
    uint32_t crc;           // CRC-32 of the module
    uint8_t energy;         // 1: MLPerf Tiny's energy mode, timestamps on the pin
    uint8_t task;           // tw_task_t
    uint8_t conversion;     // tw_conversion_t
    uint32_t input_scale;   // float32 by its bits: the core holds no floats
    int32_t input_zero;
    uint32_t output_scale;
    int32_t output_zero;
    uint32_t step_limit_ms; // the watchdog's patience for one step
} tw_slot_info_t;

#define TW_SLOT_INFO_BYTES 36u

// Reads TW_SLOT_INFO_BYTES as they come over the wire. Returns TW_OK, or TW_ERR_FRAME for values out of range.
int tw_slot_info_parse(const uint8_t *bytes, tw_slot_info_t *info);

// The slot to run: valid, and the newer of two. -1 when there is none.
int tw_slot_choose(const tw_port_t *port);

// What the header of slot `n` says. Returns false unless header and module are whole.
bool tw_slot_read(const tw_port_t *port, int n, tw_slot_info_t *info, uint32_t *sequence);

// Makes slot `n`, whose module is written, the newest. Returns TW_OK or TW_ERR_FLASH.
int tw_slot_commit(const tw_port_t *port, int n, const tw_slot_info_t *info);

static inline const uint8_t *tw_slot_module(const tw_port_t *port, int n) {
    return port->slot[n] + TW_PAGE;
}

#endif
