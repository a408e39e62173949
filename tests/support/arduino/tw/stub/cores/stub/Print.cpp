#include "Arduino.h"

size_t Print::write(const uint8_t *bytes, size_t len) {
    for (size_t k = 0; k < len; ++k) {
        write(bytes[k]);
    }
    return len;
}

size_t Print::print(unsigned long n) {
    char digits[12];
    char *at = digits + sizeof digits;
    *--at = 0;
    do {
        *--at = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    return write(at);
}

size_t Print::print(long n) {
    return n < 0 ? write((uint8_t)'-') + print(0ul - (unsigned long)n) : print((unsigned long)n);
}

size_t Print::print(double x, int digits) {
    size_t n = 0;
    if (x < 0) {
        n += write((uint8_t)'-');
        x = -x;
    }
    double half = 0.5;
    for (int k = 0; k < digits; ++k) {
        half /= 10;
    }
    x += half;
    unsigned long whole = (unsigned long)x;
    n += print(whole) + (digits > 0 ? write((uint8_t)'.') : 0);
    for (double rest = x - (double)whole; digits > 0; --digits) {
        rest *= 10;
        n += write((uint8_t)('0' + (int)rest));
        rest -= (int)rest;
    }
    return n;
}
