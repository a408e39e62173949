// MLPerf Tiny's `infer` and `results`: from the bytes of `db` to the module's input, and from its output to decimals.
#ifndef TW_INFER_H
#define TW_INFER_H

#include "tw_say.h"
#include "tw_state.h"

// `runs` inferences after `warmups`, then the results. Only with a module that has a task.
void tw_infer(tw_t *tw, tw_say_t *say, uint32_t runs, uint32_t warmups);

// The last output, as the task's reference prints it.
void tw_infer_results(const tw_t *tw, tw_say_t *say);

// MLPerf Tiny's timestamp: a line with microseconds, or an edge on the pin in energy mode.
void tw_infer_timestamp(tw_t *tw, tw_say_t *say);

#endif
