// Floats by their bits, in hexadecimal.
//
// quantise X SCALE ZERO                 → int8
// dequantise Q SCALE ZERO               → float
// error INPUT OUTPUT SCALE ZERO         → float
// print X                               → rounded, truncated
#include "lines.h"
#include "tw_float.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t bits(const char *word) {
    return (uint32_t)strtoul(word, NULL, 16);
}

static void error(char *words[]) {
    size_t most = strlen(words[2]) / 2;
    uint8_t *output = malloc(most + 1);
    uint8_t *input = malloc(4 * most + 1);
    size_t n = lines_bytes(words[2], output);
    lines_bytes(words[1], input);
    uint32_t mean = tw_float_squared_error(input, output, n, bits(words[3]), atoi(words[4]));
    printf("%08x\n", mean);
    free(input);
    free(output);
}

int main(void) {
    char *words[5];
    while (lines_next(words, 5) > 0) {
        if (strcmp(words[0], "quantise") == 0) {
            printf("%d\n", tw_float_quantise(bits(words[1]), bits(words[2]), atoi(words[3])));
        } else if (strcmp(words[0], "dequantise") == 0) {
            int8_t q = (int8_t)atoi(words[1]);
            printf("%08x\n", tw_float_dequantise(q, bits(words[2]), atoi(words[3])));
        } else if (strcmp(words[0], "error") == 0) {
            error(words);
        } else {
            char even[TW_FLOAT_TEXT];
            char down[TW_FLOAT_TEXT];
            size_t n = tw_float_print(bits(words[1]), TW_HALF_EVEN, even);
            tw_float_print(bits(words[1]), TW_TRUNCATE, down);
            printf("%s %s %d\n", even, down, n == strlen(even));
        }
    }
    return 0;
}
