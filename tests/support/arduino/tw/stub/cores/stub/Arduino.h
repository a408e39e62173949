// The part of Arduino's interface that the library and its sketches use, as the official cores declare it.
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern "C" {
unsigned long micros(void);
unsigned long millis(void);
void delay(unsigned long ms);
}

void setup();
void loop();

class Print {
public:
    virtual size_t write(uint8_t byte) = 0;
    virtual size_t write(const uint8_t *bytes, size_t len);
    virtual int availableForWrite() { return 0; }
    size_t write(const char *text) { return write((const uint8_t *)text, strlen(text)); }
    size_t print(const char *text) { return write(text); }
    size_t print(char c) { return write((uint8_t)c); }
    size_t print(int n) { return print((long)n); }
    size_t print(unsigned int n) { return print((unsigned long)n); }
    size_t print(long n);
    size_t print(unsigned long n);
    size_t print(double x, int digits = 2);
    size_t println() { return write("\r\n"); }
    template <typename T> size_t println(T value) { return print(value) + println(); }
    size_t println(double x, int digits) { return print(x, digits) + println(); }
};

class Stream : public Print {
public:
    virtual int available() = 0;
    virtual int read() = 0;
    virtual int peek() = 0;
};

class HardwareSerial : public Stream {
public:
    explicit HardwareSerial(bool wired) : wired_(wired) {}
    void begin(unsigned long baud);
    operator bool() { return true; }
    int available();
    int read();
    int peek() { return -1; }
    int availableForWrite();
    size_t write(uint8_t byte);
    using Print::write;

private:
    bool wired_;
};

// The second one has no line.
extern HardwareSerial Serial, Serial1;

#endif
