#include "tw_db.h"

void tw_db_take(tw_db_t *db, tw_arena_t *arena) {
    size_t needed = arena->needed; // a refusal here is no failure of the module
    size_t room = TW_DB_MAX;
    db->bytes = tw_arena_alloc(arena, room);
    if (db->bytes == NULL) {
        size_t left = arena->size - arena->used;
        room = left < TW_DB_MAX ? left : TW_DB_MAX;
        while (db->bytes == NULL && room >= 16) {
            room -= 16; // a block takes a little more than its bytes
            db->bytes = tw_arena_alloc(arena, room);
        }
    }
    arena->needed = needed;
    db->room = db->bytes == NULL ? 0 : room;
}
