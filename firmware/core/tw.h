// twentywatt firmware core: runs one compiled model when the host asks, and takes another one when the host sends it.
//
//     static tw_t tw;
//     tw_init(&tw, &port);
//     for (;;) tw_poll(&tw);
#ifndef TW_H
#define TW_H

#include "tw_state.h"

// Binds the core to a board, loads the newest valid module, prints MLPerf Tiny's boot lines. The port must stay valid.
void tw_init(tw_t *tw, const tw_port_t *port);

// One turn: feeds the watchdog, takes what the line holds, answers. Never blocks for long.
// Returns the bytes it took: 0 means that the port may sleep until the line stirs.
int tw_poll(tw_t *tw);

#endif
