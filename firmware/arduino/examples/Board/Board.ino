// A board that takes networks over its serial line and runs them when the computer asks:
//
//     twentywatt devices
//     twentywatt deploy net:demo-int8 board:/dev/ttyACM0
//     twentywatt run net:demo-int8 --target board:/dev/ttyACM0
#include <TwentyWatt.h>

// RAM for the network, and for two modules: a third each. Take what your board has to spare.
#ifndef ARENA_BYTES
#define ARENA_BYTES (120 * 1024)
#endif

alignas(16) static uint8_t arena[ARENA_BYTES];

TwentyWatt board;

void setup() {
    Serial.begin(115200);
    // board.beginInFlash(...) keeps modules without power, on chips whose flash the library knows
    board.begin(Serial, arena, sizeof arena);
}

void loop() {
    board.poll();
}
