#include "tw_extents_state.h"

// Offsets beyond are none of a memory of 32 bits, and sums of a few of them fit.
#define TW_FARTHEST ((int64_t)1 << 34)

static bool is_far(int64_t offset) {
    return offset > TW_FARTHEST || offset < -TW_FARTHEST;
}

// Follows a walk (fixed/walk.ts) from its first run to its last, and keeps how far either operand moves.
void tw_extents_walk(tw_extents_t *x) {
    uint8_t argument = tw_extents_byte(x);
    uint32_t axes = tw_arg_u(x->call, argument);
    int32_t runs = (int32_t)tw_extents_argument(x);
    int64_t at[2] = {0, 0};
    uint32_t bytes = 0;
    x->least[0] = x->least[1] = x->most[0] = x->most[1] = 0;
    if (runs < 1) {
        tw_refuse(x->call);
        return;
    }
    for (int32_t run = 1; run < runs; run++) {
        const int32_t *axis;
        uint32_t offset = 0;
        for (;;) {
            if (offset > UINT32_MAX - axes) {
                tw_refuse(x->call);
                return;
            }
            axis = tw_readable(x->call, axes + offset, 12, 4);
            offset += 12;
            if (axis == NULL || x->call->refused || axis[0] < 1) {
                tw_refuse(x->call);
                return;
            }
            if (run % axis[0] == 0) {
                break;
            }
        }
        bytes = offset > bytes ? offset : bytes;
        for (int side = 0; side < 2; side++) {
            at[side] += axis[1 + side];
            if (is_far(at[side])) {
                tw_refuse(x->call);
                return;
            }
            x->least[side] = at[side] < x->least[side] ? at[side] : x->least[side];
            x->most[side] = at[side] > x->most[side] ? at[side] : x->most[side];
        }
    }
    if (bytes > 0) {
        tw_extents_range(x, argument, axes, bytes, 0x0a | TW_RANGE_KEY);
    }
}

// An operand of a walk: in every run so many elements, a step apart. Moves and steps count elements, or bytes.
//
// flags as of a range, and the two above them: of which side of the walk (TW_STRIDED_SECOND), or of neither
#define TW_STRIDED_SECOND 0x20u
#define TW_STRIDED_STILL 0x40u

void tw_extents_strided(tw_extents_t *x) {
    uint8_t argument = tw_extents_byte(x);
    uint32_t address = tw_arg_u(x->call, argument);
    int32_t run = (int32_t)tw_extents_argument(x);
    uint8_t stepped = tw_extents_byte(x);
    uint8_t flags = tw_extents_byte(x);
    uint8_t offset = tw_extents_byte(x); // an argument that moves all of it, or none
    int64_t step = stepped == TW_RULE_NONE ? 1 : tw_arg(x->call, stepped);
    int side = (flags & TW_STRIDED_SECOND) != 0;
    if (run < 0) {
        tw_refuse(x->call);
        return;
    }
    int64_t reach = run == 0 ? 0 : (int64_t)(run - 1) * step;
    if (is_far(reach)) {
        tw_refuse(x->call);
        return;
    }
    int64_t least = (flags & TW_STRIDED_STILL) != 0 ? 0 : x->least[side];
    int64_t most = (flags & TW_STRIDED_STILL) != 0 ? 0 : x->most[side];
    least += reach < 0 ? reach : 0;
    most += reach > 0 ? reach : 0;
    unsigned size = flags & TW_RANGE_SIZE;
    int64_t from = (int64_t)address + least * (1 << size);
    if (offset != TW_RULE_NONE) {
        from += tw_arg(x->call, offset);
    }
    uint64_t bytes = run == 0 ? 0 : (uint64_t)(most - least + 1) << size;
    if (from < 0 || from > UINT32_MAX) {
        tw_refuse(x->call);
        return;
    }
    tw_extents_range(x, argument, (uint32_t)from, bytes,
                     (uint8_t)(flags & (TW_RANGE_SIZE | TW_RANGE_ALIGN | TW_RANGE_WRITTEN)));
}
