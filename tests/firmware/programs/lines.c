#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lines_next(char *words[], int most) {
    static char *line;
    static size_t room;
    if (getline(&line, &room, stdin) < 0) {
        return -1;
    }
    int n = 0;
    for (char *word = strtok(line, " \n"); word != NULL && n < most; word = strtok(NULL, " \n")) {
        words[n++] = word;
    }
    return n;
}

size_t lines_bytes(const char *word, uint8_t *to) {
    size_t n = 0;
    for (; word[0] != '-' && word[0] != '\0' && word[1] != '\0'; word += 2) {
        char pair[3] = {word[0], word[1], '\0'};
        to[n++] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return n;
}

void lines_print_bytes(const uint8_t *bytes, size_t len) {
    for (size_t k = 0; k < len; ++k) {
        printf("%02x", bytes[k]);
    }
    if (len == 0) {
        printf("-");
    }
}
