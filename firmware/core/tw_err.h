// What can go wrong. Zero is success, counts are positive, errors negative, so that functions returning a
// count can share the type. The host sees these numbers: never renumber.
#ifndef TW_ERR_H
#define TW_ERR_H

typedef enum tw_err {
    TW_OK = 0,
    TW_ERR_MODEL = -1,    // not a module this core can load
    TW_ERR_ARENA = -2,    // the arena is too small
    TW_ERR_TRAP = -3,     // the module trapped
    TW_ERR_FRAME = -4,    // a request of the wrong length or with values out of range
    TW_ERR_SESSION = -5,  // another session than the one that is open
    TW_ERR_SEQUENCE = -6, // neither the next request nor the last one again
    TW_ERR_EMPTY = -7,    // no module is loaded
    TW_ERR_ABI = -8,      // a module of another ABI, or without what the ABI asks for
    TW_ERR_SLOT = -9,     // does not fit the slot, or the slot's bytes are not the announced ones
    TW_ERR_ORDER = -10,   // not now: a request that another one must precede
    TW_ERR_REQUEST = -11, // no such request
    TW_ERR_FLASH = -12,   // the port could not erase or write a slot
    TW_ERR_RESULT = -13,  // init() or step() returned an error
} tw_err_t;

#endif
