// A board that prints on the line it takes networks from. What is no frame is text: `twentywatt monitor board:PORT` shows it.
// Print whole lines, and nothing while poll() runs (not from an interrupt): then frames stay whole.
#include <TwentyWatt.h>

#ifndef ARENA_BYTES
#define ARENA_BYTES (120 * 1024)
#endif

alignas(16) static uint8_t arena[ARENA_BYTES];

TwentyWatt board;

void setup() {
    Serial.begin(115200);
    if (!board.begin(Serial, arena, sizeof arena)) {
        Serial.println(board.why());
    }
}

void loop() {
    static unsigned long last = 0;
    board.poll();
    if (millis() - last >= 100) {
        last = millis();
        Serial.print("uptime ");
        Serial.println(last);
    }
}
