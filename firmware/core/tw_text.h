// Text without printf: words and numbers, one after the other.
#ifndef TW_TEXT_H
#define TW_TEXT_H

#include <stdint.h>

// Each writes without an end and returns the address after what it wrote.
char *tw_text(char *to, const char *words);
char *tw_text_number(char *to, uint32_t number); // at most 10 digits

// strcmp(): the C library's fastest one takes 700 bytes of flash.
int tw_text_compare(const char *a, const char *b);

#endif
