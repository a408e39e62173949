#include "Arduino.h"
#include "board.h"

HardwareSerial Serial(true);
HardwareSerial Serial1(false);

void HardwareSerial::begin(unsigned long) {
    if (wired_) {
        board_uart_start();
    }
}

int HardwareSerial::available() {
    return wired_ && board_uart_waits() ? 1 : 0;
}

int HardwareSerial::read() {
    return available() > 0 ? board_uart_take() : -1;
}

// As much as a small buffer would have.
int HardwareSerial::availableForWrite() {
    return !wired_ || board_uart_has_room() ? 1 : 0;
}

// Waits, as the cores do.
size_t HardwareSerial::write(uint8_t byte) {
    if (wired_) {
        while (!board_uart_has_room()) {
        }
        board_uart_give(byte);
    }
    return 1;
}
