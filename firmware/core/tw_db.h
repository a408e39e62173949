// MLPerf Tiny's `db`: where the raw bytes of an input wait until an inference takes them.
#ifndef TW_DB_H
#define TW_DB_H

#include "tw_arena.h"

// The largest `db load`: 96 x 96 x 3, as MAX_DB_INPUT_SIZE of the reference.
#define TW_DB_MAX 27648u

// Caller allocates and zeroes.
typedef struct tw_db {
    uint8_t *bytes; // in the arena; NULL without a module that has a task
    size_t room;    // bytes there
    size_t size;    // announced by `db load`
    size_t have;    // received
} tw_db_t;

// Takes as much of TW_DB_MAX bytes as the arena has left. To be called before that is sealed.
void tw_db_take(tw_db_t *db, tw_arena_t *arena);

#endif
