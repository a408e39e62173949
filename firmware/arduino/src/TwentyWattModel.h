// One module of twentywatt in a program of yours: your loop, your sensors. Needs no Arduino.
//
//     alignas(16) static uint8_t arena[MODEL_ARENA_BYTES];
//     TwentyWattModel model(MODEL, sizeof MODEL, arena, sizeof arena);
//
//     if (!model.begin()) Serial.println(model.why());
//     memcpy(model.input(), sample, model.inputBytes());
//     if (model.step() >= 0) use(model.output());
#ifndef TWENTYWATT_MODEL_H
#define TWENTYWATT_MODEL_H

#include <stddef.h>
#include <stdint.h>

extern "C" {
#include "tw_err.h"
#include "tw_model.h"
}

// Since begin() or reset().
struct TwentyWattCounters {
    uint64_t steps, spikes, synapticEvents, saturations;
};

class TwentyWattModel {
public:
    // Remembers where they lie. Nothing is read or written before begin().
    //
    // wasm   the module, 16-byte aligned; stays where it is, in flash for instance
    // arena  RAM for linear memory and what the interpreter makes of the code, 16-byte aligned; the model's alone
    TwentyWattModel(const uint8_t *wasm, size_t wasmBytes, void *arena, size_t arenaBytes);

    // Checks the module, loads it and calls its init(). False when it cannot run here: why() says it, and nothing else works.
    bool begin();

    // In the module's own bytes: int8, uint8, int16 or counts of spikes, as its header says. NULL before begin().
    uint8_t *input();
    size_t inputBytes() const { return model_.in_len; }
    const uint8_t *output() const;
    size_t outputBytes() const { return model_.out_len; }

    // One inference, or one time step, on what lies in input(). Returns 0 or more, or a negative TW_ERR_…; then why() says it.
    // A model that trapped goes on with the next step; its state is what the trap left.
    int32_t step();

    // State to its start, counters to zero. False when init() failed.
    bool reset();

    TwentyWattCounters counters() const;

    // Of the arena, once begun. What it took at most, and so the least that would do.
    size_t arenaUsed() const { return arena_.peak; }

    // What went wrong last, in words; "" after success.
    const char *why() const { return why_; }

private:
    bool refuse(const char *words);
    bool explain(int error);
    bool unloaded();

    const uint8_t *wasm_;
    size_t wasmBytes_;
    void *memory_;
    size_t memoryBytes_;
    tw_arena_t arena_;
    tw_model_t model_;
    char why_[96];
};

#endif
