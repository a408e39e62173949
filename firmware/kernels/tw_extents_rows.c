#include "tw_extents_state.h"
#include "tw_rows.h"

#include <string.h>

// Lists of synapses in flash do not change: of each, how many rows were looked through, and what was found. Those in RAM
// are looked through whenever an event comes to them.

// As many as a network of some size has projections; with more, lists are looked through again.
#define TW_LOOKED 24

static tw_looked_t looked[TW_LOOKED];
static unsigned next_looked;
static uint32_t looked_module;

static void forget(void) {
    memset(looked, 0, sizeof looked);
    next_looked = 0;
}

static uint32_t target_at(const uint8_t *at, uint32_t bytes) {
    if (bytes == 1) {
        return *at;
    }
    uint16_t half;
    uint32_t word;
    if (bytes == 2) {
        memcpy(&half, at, sizeof half);
        return half;
    }
    memcpy(&word, at, sizeof word);
    return word;
}

// The largest target of so many synapses, and of four to a group.
static uint32_t farthest(const uint8_t *at, uint32_t bytes, const tw_list_t *list, uint32_t reach) {
    uint32_t every = list->lanes ? 4 * (list->target_bytes + 1) : list->synapse_bytes;
    for (const uint8_t *end = at + bytes; at < end; at += every) {
        for (uint32_t k = 0; k < (list->lanes ? 4u : 1u); k++) {
            uint32_t target = target_at(at + k * list->target_bytes, list->target_bytes);
            reach = target > reach ? target : reach;
        }
    }
    return reach;
}

// Lanes are pairs of bytes: a target between two is none.
static bool odd_lane(const uint8_t *at, uint32_t bytes, const tw_list_t *list) {
    uint32_t every = 4 * (list->target_bytes + 1);
    for (const uint8_t *end = at + bytes; at < end; at += every) {
        for (uint32_t k = 0; k < 4; k++) {
            if ((at[k * list->target_bytes] & 1) != 0) {
                return true;
            }
        }
    }
    return false;
}

// One row: it ends behind its begin, and its synapses are there. Adds what they reach.
static void look(tw_call_t *call, const tw_list_t *list, uint32_t row, tw_looked_t *found) {
    const uint32_t *rows = tw_readable(call, list->rows + 4 * row, 8, 4);
    if (rows == NULL || call->refused) {
        tw_refuse(call);
        return;
    }
    uint32_t mask = list->lanes ? ~3u : ~0u;
    uint64_t size = list->lanes ? 1 : list->synapse_bytes;
    uint32_t from = rows[0] & mask, to = rows[1] & mask;
    uint64_t begin = list->targets + from * size, bytes = (to - from) * size;
    uint32_t align = list->lanes ? 4 : (uint32_t)size;
    if (from > to || to > INT32_MAX || begin > UINT32_MAX ||
        (list->lanes && (to - from) % (4 * (list->target_bytes + 1)) != 0)) {
        tw_refuse(call);
        return;
    }
    const uint8_t *at = tw_readable(call, (uint32_t)begin, bytes, align);
    const uint8_t *delays = NULL;
    if (list->delays != 0 && to > from) {
        delays = tw_readable(call, list->delays + from, to - from, 1);
    }
    if (call->refused) {
        return;
    }
    found->end = to > found->end ? to : found->end;
    found->reach = farthest(at, (uint32_t)bytes, list, found->reach);
    if (list->lanes && odd_lane(at, (uint32_t)bytes, list)) {
        tw_refuse(call);
    }
    for (uint32_t k = 0; delays != NULL && k < to - from; k++) {
        found->late = delays[k] > found->late ? delays[k] : found->late;
    }
}

// Where what was found of these lists is kept; NULL for lists that may change.
static tw_looked_t *kept(const tw_space_t *space, const tw_list_t *list) {
    if (!tw_extents_in_rom(space, list->rows) || !tw_extents_in_rom(space, list->targets) ||
        (list->delays != 0 && !tw_extents_in_rom(space, list->delays))) {
        return NULL;
    }
    if (space->module != looked_module) {
        forget();
        looked_module = space->module;
    }
    const uint8_t *rom = space->rom - space->rom_from;
    const tw_looked_t these = {rom + list->rows, rom + list->targets,
                               list->delays == 0 ? NULL : rom + list->delays, 0, 0, 0, 0};
    for (unsigned k = 0; k < TW_LOOKED; k++) {
        if (looked[k].rows == these.rows && looked[k].targets == these.targets &&
            looked[k].delays == these.delays) {
            return &looked[k];
        }
    }
    tw_looked_t *entry = &looked[next_looked];
    next_looked = (next_looked + 1) % TW_LOOKED;
    *entry = these;
    return entry;
}

tw_looked_t tw_look_through(tw_call_t *call, const tw_list_t *list, const uint32_t *events, uint32_t count,
                            uint32_t bound) {
    tw_looked_t found = {NULL, NULL, NULL, 0, 0, 0, 0};
    if (bound == 0 || call->refused) {
        return found;
    }
    if (tw_readable(call, list->rows, 4 * ((uint64_t)bound + 1), 4) == NULL || call->refused) {
        return found;
    }
    tw_looked_t *entry = kept(call->space, list);
    if (entry != NULL) {
        for (; entry->done < bound && !call->refused; entry->done++) {
            look(call, list, entry->done, entry);
        }
        if (call->refused) {
            forget(); // half looked through is not looked through
        }
        return *entry;
    }
    for (uint32_t k = 0; k < count && !call->refused; k++) {
        look(call, list, events[2 * k], &found);
    }
    return found;
}

void tw_extents_rows(tw_extents_t *x) {
    tw_list_t list = {0};
    uint8_t rows = tw_extents_byte(x), targets = tw_extents_byte(x), delays = tw_extents_byte(x);
    uint8_t weights = tw_extents_byte(x);
    list.synapse_bytes = tw_extents_byte(x);
    list.target_bytes = tw_extents_byte(x);
    uint8_t weight_bytes = tw_extents_byte(x);
    list.rows = tw_arg_u(x->call, rows);
    list.targets = tw_arg_u(x->call, targets);
    list.delays = delays == TW_RULE_NONE ? 0 : tw_arg_u(x->call, delays);
    tw_looked_t found = tw_look_through(x->call, &list, x->events, x->event_count, x->event_bound);
    // ranges of all that lies before the last synapse: what is read, and may not be written
    uint8_t word = 0x0a | TW_RANGE_KEY;
    tw_extents_range(x, rows, list.rows, x->event_bound == 0 ? 0 : 4 * ((uint64_t)x->event_bound + 1), word);
    tw_extents_range(x, targets, list.targets, (uint64_t)found.end * list.synapse_bytes, TW_RANGE_KEY);
    if (list.delays != 0) {
        tw_extents_range(x, delays, list.delays, found.end, TW_RANGE_KEY);
    }
    if (weights != TW_RULE_NONE) {
        uint8_t align = weight_bytes == 2 ? 0x04 : 0;
        tw_extents_range(x, weights, tw_arg_u(x->call, weights), (uint64_t)found.end * weight_bytes, align);
    }
    tw_extents_push(x, found.end == 0 ? 0 : (uint64_t)found.reach + 1);
    tw_extents_push(x, found.late);
}

void tw_extents_lanes(tw_extents_t *x) {
    tw_list_t list = {0};
    uint8_t rows = tw_extents_byte(x), groups = tw_extents_byte(x);
    list.target_bytes = tw_extents_byte(x);
    list.lanes = true;
    list.rows = tw_arg_u(x->call, rows);
    list.targets = tw_arg_u(x->call, groups);
    tw_looked_t found = tw_look_through(x->call, &list, x->events, x->event_count, x->event_bound);
    tw_extents_range(x, rows, list.rows, x->event_bound == 0 ? 0 : 4 * ((uint64_t)x->event_bound + 1),
                     0x0a | TW_RANGE_KEY);
    tw_extents_range(x, groups, list.targets, found.end, 0x08 | TW_RANGE_KEY);
    tw_extents_push(x, found.end == 0 ? 0 : (uint64_t)found.reach + 2);
}
