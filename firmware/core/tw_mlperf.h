// The device side of the MLPerf Tiny protocol: ASCII commands, exact answers. mlcommons/tiny,
// benchmark/api/internally_implemented.cpp.
#ifndef TW_MLPERF_H
#define TW_MLPERF_H

#include "tw_state.h"

// The lines a board prints when it starts.
void tw_mlperf_boot(tw_t *tw);

// Answers one command. `line` is taken apart in place.
void tw_mlperf_command(tw_t *tw, char *line);

#endif
