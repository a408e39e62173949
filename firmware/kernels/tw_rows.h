// Lists of synapses: what their rows reach.
#ifndef TW_ROWS_H
#define TW_ROWS_H

#include "tw_kernels.h"

// What a row of a list is made of.
typedef struct tw_list {
    uint32_t rows, targets, delays; // addresses; delays 0: none
    uint32_t synapse_bytes, target_bytes;
    bool lanes; // groups of four (synapses/lanes.ts): rows count bytes, and their low two bits what is none
} tw_list_t;

typedef struct tw_looked {
    const void *rows, *targets, *delays;
    uint32_t done;             // rows that were looked through
    uint32_t reach, late, end; // largest target, largest delay, place behind the last synapse
} tw_looked_t;

// What the rows of so many events (index, value) with indices below `bound` reach; refuses the call where a row is none.
tw_looked_t tw_look_through(tw_call_t *call, const tw_list_t *list, const uint32_t *events, uint32_t count,
                            uint32_t bound);

#endif
