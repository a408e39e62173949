#include "tw_text.h"

char *tw_text(char *to, const char *words) {
    while (*words != '\0') {
        *to++ = *words++;
    }
    return to;
}

char *tw_text_number(char *to, uint32_t number) {
    char digits[10];
    int n = 0;
    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (n > 0) {
        *to++ = digits[--n];
    }
    return to;
}

int tw_text_compare(const char *a, const char *b) {
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (int)(uint8_t)*a - (int)(uint8_t)*b;
}
