// The device side of the MLPerf Tiny protocol: ASCII commands, exact answers. mlcommons/tiny,
// benchmark/api/internally_implemented.cpp.
#ifndef TW_MLPERF_H
#define TW_MLPERF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw;

// The largest `db load`: 96 x 96 x 3, as MAX_DB_INPUT_SIZE of the reference.
#define TW_DB_MAX 27648u

// Caller allocates and zeroes; treat the fields as private.
typedef struct tw_mlperf {
    uint8_t *db;     // raw bytes of the input, in the arena; NULL without a module that has a task
    size_t db_room;  // bytes at db
    size_t db_size;  // announced by `db load`
    size_t db_have;  // received
} tw_mlperf_t;

// A module was loaded: takes the input's buffer from the arena, before that is sealed.
void tw_mlperf_loaded(struct tw *tw);

// The lines a board prints when it starts.
void tw_mlperf_boot(struct tw *tw);

// Answers one command. `line` is taken apart in place.
void tw_mlperf_command(struct tw *tw, char *line);

#endif
