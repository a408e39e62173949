// check MODULE [ROOM] → the error, and why
#include "lines.h"
#include "tw_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    char *words[3];
    for (int n; (n = lines_next(words, 3)) > 0;) {
        uint8_t *wasm = malloc(strlen(words[1]) / 2 + 1);
        size_t len = lines_bytes(words[1], wasm);
        uint8_t *exact = malloc(len); // of exactly this size, so that a sanitizer sees its end
        if (len > 0) {
            memcpy(exact, wasm, len);
        }
        size_t room = n > 2 ? (size_t)atoi(words[2]) : 32768;
        uint8_t *scratch = malloc(room);
        const char *why = NULL;
        int error = tw_check(exact, len, scratch, room, &why);
        printf("%d %s\n", error, why == NULL ? "-" : why);
        free(scratch);
        free(exact);
        free(wasm);
    }
    return 0;
}
