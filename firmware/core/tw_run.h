// The module at work: loaded from its slot, started anew, stepped; each under the watchdog, and each step measured.
#ifndef TW_RUN_H
#define TW_RUN_H

#include "tw_state.h"

// Loads the module in slot `n`. Returns TW_OK or a negative tw_err_t; then nothing is loaded.
int tw_load(tw_t *tw, int n, const tw_slot_info_t *info);

// The same with the module that boots, if there is one.
void tw_load_active(tw_t *tw);

// init() of the loaded module. Returns TW_OK or a negative tw_err_t.
int tw_reinit(tw_t *tw);

// Sets the marker pins, where the board has any.
void tw_mark(tw_t *tw, uint32_t levels);

// Runs one step, its pin high. Returns step()'s result or a negative tw_err_t.
int32_t tw_step(tw_t *tw);

#endif
