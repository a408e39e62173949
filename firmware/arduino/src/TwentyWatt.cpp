#include "tw_build.h"

#include "TwentyWatt.h"

#ifdef ARDUINO

#include <string.h>

#define ALIGN 16u

// A host that does not read loses bytes after this long.
#define PATIENCE_US 1000000u

#if defined(ARDUINO_BOARD)
#define DEFAULT_BOARD ARDUINO_BOARD
#elif defined(BOARD_NAME)
#define DEFAULT_BOARD BOARD_NAME
#else
#define DEFAULT_BOARD "arduino"
#endif

#define SELF(self) (static_cast<TwentyWatt *>(self))

TwentyWatt::TwentyWatt()
    : line_(NULL), board_(DEFAULT_BOARD), serial_(NULL), why_(""), begun_(false), heard_(false),
      restarts_(false), tellsRoom_(false) {
    memset(&port_, 0, sizeof port_);
    memset(&storage_, 0, sizeof storage_);
    unique_[0] = 0;
}

void TwentyWatt::name(const char *board, const char *serial) {
    board_ = board == NULL ? DEFAULT_BOARD : board;
    serial_ = serial;
}

bool TwentyWatt::refuse(const char *words) {
    why_ = words;
    begun_ = false;
    return false;
}

bool TwentyWatt::checkArena(const void *arena, size_t bytes) {
    if (arena == NULL || bytes == 0) {
        return refuse("no arena");
    }
    if ((uintptr_t)arena % ALIGN != 0) {
        return refuse("the arena is not aligned to 16 bytes: declare it alignas(16)");
    }
    return true;
}

bool TwentyWatt::begin(Stream &line, void *arena, size_t arenaBytes) {
    if (!checkArena(arena, arenaBytes)) {
        return false;
    }
    size_t models = arenaBytes / (TW_SLOTS + 1) / TW_PAGE * TW_PAGE;
    tw_storage_t slots;
    const char *wrong =
        tw_storage_ram(&slots, static_cast<uint8_t *>(arena) + models, arenaBytes - models);
    return wrong == NULL ? begin(line, arena, models, slots) : refuse(wrong);
}

bool TwentyWatt::beginInFlash(Stream &line, void *arena, size_t arenaBytes) {
    tw_storage_t slots;
    const char *wrong = tw_storage_flash(&slots);
    return wrong == NULL ? begin(line, arena, arenaBytes, slots) : refuse(wrong);
}

bool TwentyWatt::begin(Stream &line, void *arena, size_t arenaBytes, const tw_storage_t &slots) {
    if (!checkArena(arena, arenaBytes)) {
        return false;
    }
    line_ = &line;
    storage_ = slots;
    tw_storage_serial(unique_);
    const char *serial = unique_[0] == 0 ? "none" : unique_;
    memset(&port_, 0, sizeof port_);
    port_.ctx = this;
    port_.board = board_;
    port_.serial = serial_ == NULL ? serial : serial_;
    port_.now_us = nowUs;
    port_.read = readLine;
    port_.write = writeLine;
    port_.watchdog = watchdog;
    port_.reset = restart;
    port_.stack_used = stackUsed;
    for (int n = 0; n < TW_SLOTS; ++n) {
        port_.slot[n] = storage_.slot[n];
    }
    port_.slot_size = storage_.slot_size;
    port_.forgets = storage_.forgets;
    port_.erase = erase;
    port_.program = program;
    port_.arena = static_cast<uint8_t *>(arena);
    port_.arena_size = arenaBytes;
    port_.reset_reason = TW_RESET_POWER;
    port_.boot_id = static_cast<uint32_t>(micros());
    heard_ = false;
    restarts_ = false;
    tw_init(&tw_, &port_);
    why_ = "";
    begun_ = true;
    return true;
}

int TwentyWatt::poll() {
    if (!begun_) {
        return 0;
    }
    int bytes = tw_poll(&tw_);
    if (restarts_) {
        restarts_ = false;
        port_.reset_reason = TW_RESET_SOFTWARE;
        port_.boot_id += 1;
        tw_init(&tw_, &port_);
    }
    return bytes;
}

uint32_t TwentyWatt::nowUs(void *) {
    return static_cast<uint32_t>(micros());
}

int TwentyWatt::readLine(void *self, uint8_t *bytes, size_t len) {
    Stream &line = *SELF(self)->line_;
    size_t n = 0;
    while (n < len && line.available() > 0) {
        int byte = line.read();
        if (byte < 0) {
            break;
        }
        bytes[n++] = static_cast<uint8_t>(byte);
    }
    // when the host's first byte comes is what no two starts have in common
    if (n > 0 && !SELF(self)->heard_) {
        SELF(self)->heard_ = true;
        SELF(self)->port_.boot_id ^= static_cast<uint32_t>(micros()) * 2654435761u;
    }
    return static_cast<int>(n);
}

// Cores that tell how much room there is get no more than that, so that a host that does not read stops no board. Others
// say 0 at any time: they get all of it, and wait as they do.
int TwentyWatt::writeLine(void *self, const uint8_t *bytes, size_t len) {
    Stream &line = *SELF(self)->line_;
    uint32_t since = nowUs(self);
    while (len > 0) {
        int room = line.availableForWrite();
        SELF(self)->tellsRoom_ = SELF(self)->tellsRoom_ || room > 0;
        size_t piece = !SELF(self)->tellsRoom_ || static_cast<size_t>(room) > len
                           ? len
                           : static_cast<size_t>(room);
        size_t sent = room < 0 || piece == 0 ? 0 : line.write(bytes, piece);
        bytes += sent;
        len -= sent;
        if (sent == 0 && nowUs(self) - since > PATIENCE_US) {
            return -1;
        }
    }
    return 0;
}

// Cores have no watchdog in common. A module that never returns stops the sketch.
void TwentyWatt::watchdog(void *, uint32_t) {
}

// The core of twentywatt starts anew, not the chip: USB stays, and so do slots in RAM.
void TwentyWatt::restart(void *self) {
    SELF(self)->restarts_ = true;
}

size_t TwentyWatt::stackUsed(void *) {
    return 0; // unknown
}

int TwentyWatt::erase(void *self, int n) {
    const tw_storage_t &storage = SELF(self)->storage_;
    return storage.erase(&storage, n);
}

int TwentyWatt::program(void *self, int n, size_t offset, const uint8_t *data, size_t len) {
    const tw_storage_t &storage = SELF(self)->storage_;
    return storage.program(&storage, n, offset, data, len);
}

#endif
