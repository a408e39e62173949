// Test programs answer lines of words with lines of words. Bytes are hexadecimal, "-" for none.
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads the next line into words. Returns how many there are, -1 at the end of the input.
int lines_next(char *words[], int most);

// Returns the number of bytes.
size_t lines_bytes(const char *word, uint8_t *to);

void lines_print_bytes(const uint8_t *bytes, size_t len);

#endif
