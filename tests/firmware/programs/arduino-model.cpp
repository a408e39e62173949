// The library's class for one model, on this computer: what a sketch may get wrong, each with its words.
#include "TwentyWattModel.h"

#include <stdio.h>
#include <string.h>

#include "model.h"

alignas(16) static uint8_t arena[1024 * 1024];
alignas(16) static uint8_t copy[MODEL_WASM_BYTES + 16];

static void say(const char *what, TwentyWattModel &model) {
    bool began = model.begin();
    printf("%s: %s%s%s\n", what, began ? "runs" : "refused, ", model.why(),
           model.input() == NULL && !began ? "" : began ? "" : ", but has an input");
    if (!began && (model.step() >= 0 || model.reset() || model.output() != NULL)) {
        printf("%s: works nevertheless\n", what);
    }
}

static bool agrees(TwentyWattModel &model) {
    for (uint32_t k = 0; k < MODEL_TEST_STEPS; ++k) {
        memcpy(model.input(), model_test_inputs + k * MODEL_INPUT_BYTES, MODEL_INPUT_BYTES);
        if (model.step() < 0 || memcmp(model.output(), model_test_outputs + k * MODEL_OUTPUT_BYTES,
                                       MODEL_OUTPUT_BYTES) != 0) {
            return false;
        }
    }
    return true;
}

int main() {
    TwentyWattModel none(model_wasm, sizeof model_wasm, NULL, sizeof arena);
    say("arena NULL", none);
    TwentyWattModel empty(model_wasm, sizeof model_wasm, arena, 0);
    say("arena of 0 bytes", empty);
    TwentyWattModel odd(model_wasm, sizeof model_wasm, arena + 4, sizeof arena - 4);
    say("arena unaligned", odd);
    TwentyWattModel small(model_wasm, sizeof model_wasm, arena, 4096);
    say("arena of 4096 bytes", small);
    TwentyWattModel missing(NULL, 0, arena, sizeof arena);
    say("module NULL", missing);
    memcpy(copy + 1, model_wasm, sizeof model_wasm);
    TwentyWattModel shifted(copy + 1, sizeof model_wasm, arena, sizeof arena);
    say("module unaligned", shifted);
    int refused = 0, cuts = 0;
    for (size_t len = 0; len < sizeof model_wasm; len += 1 + len / 16, ++cuts) {
        TwentyWattModel cut(model_wasm, len, arena, sizeof arena);
        refused += !cut.begin() && cut.why()[0] != 0 && cut.input() == NULL;
    }
    printf("module truncated: %d of %d refused\n", refused, cuts);
    memcpy(copy, model_wasm, sizeof model_wasm);
    copy[0] ^= 1;
    TwentyWattModel noise(copy, sizeof model_wasm, arena, sizeof arena);
    say("no module", noise);
    TwentyWattModel other(model_other_wasm, sizeof model_other_wasm, arena, sizeof arena);
    say("module of another ABI", other);

    TwentyWattModel model(model_wasm, sizeof model_wasm, arena, sizeof arena);
    printf("before begin(): step %d, %s\n", (int)model.step(), model.why());
    say("right", model);
    printf("self-test: %s\n", agrees(model) ? "passed" : "failed");
    printf("steps: %d\n", (int)model.counters().steps);
    printf("again: %s\n", model.reset() && model.counters().steps == 0 && agrees(model) ? "passed" : "failed");
    model_input_set(model.input(), 1, 0.25);
    printf("put 0.25: %d %d\n", model.input()[2], model.input()[3]);
    model_input_set(model.input(), 1, -1e30);
    printf("put -1e30: %d %d\n", model.input()[2], model.input()[3]);
    return 0;
}
