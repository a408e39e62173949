// The library in one program with WASM3 under its own names, as the Wasm3 library of the Library Manager has them: both run.
#include "TwentyWattModel.h"

#include <stdio.h>
#include <string.h>

#include "model.h"
#include "wasm3.h"

alignas(16) static uint8_t arena[1024 * 1024];

// (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
static const uint8_t add[] = {0,   0x61, 0x73, 0x6d, 1,    0,    0,    0,    1, 7, 1, 0x60, 2, 0x7f,
                              0x7f, 1,   0x7f, 3,    2,    1,    0,    7,    7, 1, 3, 'a',  'd', 'd',
                              0,   0,    10,   9,    1,    7,    0,    0x20, 0, 0x20, 1, 0x6a, 0x0b};

static int sum() {
    IM3Environment environment = m3_NewEnvironment();
    IM3Runtime runtime = m3_NewRuntime(environment, 4096, NULL);
    IM3Module module = NULL;
    IM3Function function = NULL;
    const char *arguments[] = {"40", "2"};
    int result = 0;
    if (m3_ParseModule(environment, &module, add, sizeof add) != NULL ||
        m3_LoadModule(runtime, module) != NULL ||
        m3_FindFunction(&function, runtime, "add") != NULL ||
        m3_CallArgv(function, 2, arguments) != NULL || m3_GetResultsV(function, &result) != NULL) {
        return -1;
    }
    m3_FreeRuntime(runtime);
    m3_FreeEnvironment(environment);
    return result;
}

int main() {
    TwentyWattModel model(model_wasm, sizeof model_wasm, arena, sizeof arena);
    if (!model.begin()) {
        printf("%s\n", model.why());
        return 1;
    }
    int before = sum();
    memcpy(model.input(), model_test_inputs, MODEL_INPUT_BYTES);
    bool same = model.step() >= 0 && memcmp(model.output(), model_test_outputs, MODEL_OUTPUT_BYTES) == 0;
    printf("Wasm3: %d and %d, twentywatt: %s\n", before, sum(), same ? "passed" : "failed");
    return 0;
}
