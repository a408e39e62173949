// A board of twentywatt: takes networks over its serial line, and runs them when the host asks.
//
//     alignas(16) static uint8_t arena[120 * 1024];
//     TwentyWatt board;
//     void setup() { Serial.begin(115200); board.begin(Serial, arena, sizeof arena); }
//     void loop() { board.poll(); }
//
// On the computer: `twentywatt devices`, `twentywatt deploy MODEL board:PORT`, `twentywatt run MODEL --target board:PORT`.
// For a network of your sketch's own see TwentyWattModel.h.
#ifndef TWENTYWATT_H
#define TWENTYWATT_H

#include "TwentyWattModel.h"

#ifdef ARDUINO

#include <Arduino.h>

extern "C" {
#include "tw.h"
}
#include "tw_storage.h"

class TwentyWatt {
public:
    TwentyWatt();

    // How the board calls itself, at most 31 characters each; before begin(). Texts that stay.
    void name(const char *board, const char *serial);

    // Speaks on `line`, an object like Serial that has begun. Two slots for modules take two thirds of the arena: a power-off
    // empties them. False when it cannot: why() says it, and poll() does nothing.
    //
    // arena  RAM, 16-byte aligned; the board's alone
    bool begin(Stream &line, void *arena, size_t arenaBytes);

    // The same with slots of your own, in flash for instance: all of the arena is the model's.
    bool begin(Stream &line, void *arena, size_t arenaBytes, const tw_storage_t &slots);

    // The same with slots in the chip's own flash, where there is a file for it (tw_storage_….c).
    bool beginInFlash(Stream &line, void *arena, size_t arenaBytes);

    // One turn of the board, for loop(). Returns the bytes it took from the line.
    int poll();

    // What went wrong last in begin(), "" after success.
    const char *why() const { return why_; }

private:
    static uint32_t nowUs(void *self);
    static int readLine(void *self, uint8_t *bytes, size_t len);
    static int writeLine(void *self, const uint8_t *bytes, size_t len);
    static void watchdog(void *self, uint32_t timeoutMs);
    static void restart(void *self);
    static size_t stackUsed(void *self);
    static int erase(void *self, int n);
    static int program(void *self, int n, size_t offset, const uint8_t *data, size_t len);

    bool refuse(const char *words);
    bool checkArena(const void *arena, size_t bytes);

    tw_t tw_;
    tw_port_t port_;
    tw_storage_t storage_;
    Stream *line_;
    const char *board_, *serial_, *why_;
    char unique_[32];
    bool begun_, heard_, restarts_, tellsRoom_;
};

#endif

#endif
