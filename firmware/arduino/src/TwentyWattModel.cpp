#include "tw_build.h"

#include "TwentyWattModel.h"

#include <string.h>

extern "C" {
#include "tw_bytes.h"
#include "tw_text.h"
}

#define ALIGN 16u

TwentyWattModel::TwentyWattModel(const uint8_t *wasm, size_t wasmBytes, void *arena,
                                 size_t arenaBytes)
    : wasm_(wasm), wasmBytes_(wasmBytes), memory_(arena), memoryBytes_(arenaBytes) {
    memset(&arena_, 0, sizeof arena_);
    memset(&model_, 0, sizeof model_);
    why_[0] = 0;
}

bool TwentyWattModel::refuse(const char *words) {
    size_t len = strlen(words);
    len = len < sizeof why_ ? len : sizeof why_ - 1;
    memcpy(why_, words, len);
    why_[len] = 0;
    return false;
}

// What is not loaded says why it is not, or that nobody has tried.
bool TwentyWattModel::unloaded() {
    return why_[0] == 0 ? refuse("begin() comes first") : false;
}

// Words of the core are short: what it is about, then its own.
bool TwentyWattModel::explain(int error) {
    char text[sizeof why_];
    if (error == TW_ERR_ARENA) {
        char *to = tw_text(text, "the arena has ");
        to = tw_text_number(to, (uint32_t)memoryBytes_);
        to = tw_text(to, " bytes, and the model needs at least ");
        size_t least = arena_.needed > memoryBytes_ ? arena_.needed : memoryBytes_ + 1;
        *tw_text_number(to, (uint32_t)least) = 0;
        return refuse(text);
    }
    return refuse(model_.why == NULL ? "not a module that can run here" : model_.why);
}

bool TwentyWattModel::begin() {
    if (memory_ == NULL || memoryBytes_ == 0) {
        return refuse("no arena");
    }
    if ((uintptr_t)memory_ % ALIGN != 0) {
        return refuse("the arena is not aligned to 16 bytes: declare it alignas(16)");
    }
    if (wasm_ == NULL || wasmBytes_ == 0) {
        return refuse("no module");
    }
    if ((uintptr_t)wasm_ % ALIGN != 0) {
        return refuse("the module is not aligned to 16 bytes: declare it alignas(16)");
    }
    tw_arena_init(&arena_, (uint8_t *)memory_, memoryBytes_);
    memset(&model_, 0, sizeof model_);
    int error = tw_model_load(&model_, &arena_, wasm_, (uint32_t)wasmBytes_);
    if (error != TW_OK) {
        return explain(error);
    }
    tw_arena_seal(&arena_);
    why_[0] = 0;
    return true;
}

uint8_t *TwentyWattModel::input() {
    return model_.loaded ? model_.memory + model_.in_ptr : NULL;
}

const uint8_t *TwentyWattModel::output() const {
    return model_.loaded ? model_.memory + model_.out_ptr : NULL;
}

int32_t TwentyWattModel::step() {
    if (!model_.loaded) {
        unloaded();
        return TW_ERR_EMPTY;
    }
    int32_t result = tw_model_step(&model_);
    if (result < 0) {
        explain((int)result);
    } else {
        why_[0] = 0;
    }
    return result;
}

bool TwentyWattModel::reset() {
    if (!model_.loaded) {
        return unloaded();
    }
    int error = tw_model_init(&model_);
    if (error != TW_OK) {
        return explain(error);
    }
    why_[0] = 0;
    return true;
}

TwentyWattCounters TwentyWattModel::counters() const {
    uint64_t numbers[4] = {0, 0, 0, 0};
    for (size_t k = 0; k < 4 && model_.loaded && (k + 1) * 8 <= model_.cnt_len; ++k) {
        const uint8_t *at = model_.memory + model_.cnt_ptr + 8 * k;
        numbers[k] = (uint64_t)tw_get32(at + 4) << 32 | tw_get32(at);
    }
    TwentyWattCounters counters = {numbers[0], numbers[1], numbers[2], numbers[3]};
    return counters;
}
