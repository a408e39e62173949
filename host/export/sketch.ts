/** A sketch around a model: it checks itself, then feeds the model and prints what it decides. */
import { elements } from "../model/graph.ts";
import { inComment } from "./c-text.ts";
import { type ExportedFile, type ExportedModel, wholeHeader } from "./header.ts";

/** Outputs of more elements are no scores of classes: their first values are printed. */
const MOST_SCORES = 64;
const MOST_PRINTED = 8;

/** `model.h` and `NAME.ino`, for a folder of that name. */
export function sketchFiles(model: ExportedModel, name: string): readonly ExportedFile[] {
  return [
    { name: "model.h", text: wholeHeader(model, "model") },
    { name: `${name}.ino`, text: sketch(model) },
  ];
}

function sketch(model: ExportedModel): string {
  return [
    ...head(model),
    ...sensor(model),
    ...SELF_TEST,
    ...decision(model),
    ...(counted(model) ? LOOP_OF_SPIKES : LOOP),
    "",
  ].join("\n");
}

const head = ({ manifest }: ExportedModel): string[] => [
  inComment(`// Runs ${manifest.source.name} on this board: checks itself, then prints decisions.`),
  "// Needs the library TwentyWatt. The network, its sizes and its self-test are in model.h.",
  "#include <TwentyWatt.h>",
  "",
  '#include "model.h"',
  "",
  "#ifndef ARENA_BYTES",
  "#define ARENA_BYTES MODEL_ARENA_BYTES",
  "#endif",
  "",
  "alignas(16) static uint8_t arena[ARENA_BYTES];",
  "",
  "TwentyWattModel model(model_wasm, sizeof model_wasm, arena, sizeof arena);",
  "",
  "static bool ready = false;",
  "",
];

/** What fills the input until the user does. */
function sensor({ manifest }: ExportedModel): string[] {
  const several = manifest.inputs.length > 1;
  const set = several ? "model_input0_set" : "model_input_set";
  const [input] = manifest.inputs;
  const rate = input?.sampleRateHz;
  const what =
    rate === undefined ? "the next input" : `the next samples, ${rate} a second and channel`;
  const ways = `// Fill in ${what}: ${set}(input, k, value) takes a real value for place k.`;
  return [
    ways,
    ...(manifest.selfTest === null
      ? [
          "static void readSensor(uint8_t *input) {",
          "    memset(input, 0, MODEL_INPUT_BYTES);",
          "    delay(200);",
          "}",
        ]
      : [
          "// Until then the inputs of the self-test come again and again.",
          "static void readSensor(uint8_t *input) {",
          "    static uint32_t step = 0;",
          "    memcpy(input, model_test_inputs + step * MODEL_INPUT_BYTES, MODEL_INPUT_BYTES);",
          "    step = (step + 1) % MODEL_TEST_STEPS;",
          "    delay(200);",
          "}",
        ]),
    "",
  ];
}

const SELF_TEST: readonly string[] = [
  "// The run that was recorded when the model was compiled: every byte must be the same here.",
  "static bool selfTest() {",
  "#if MODEL_TEST_STEPS > 0",
  "    for (uint32_t k = 0; k < MODEL_TEST_STEPS; ++k) {",
  "        memcpy(model.input(), model_test_inputs + k * MODEL_INPUT_BYTES, MODEL_INPUT_BYTES);",
  "        if (model.step() < 0 || memcmp(model.output(), model_test_outputs + k * MODEL_OUTPUT_BYTES,",
  "                                       MODEL_OUTPUT_BYTES) != 0) {",
  "            return false;",
  "        }",
  "    }",
  "#endif",
  "    return model.reset();",
  "}",
  "",
  "void setup() {",
  "    Serial.begin(115200);",
  "    while (!Serial && millis() < 3000) {",
  "    }",
  "    if (sizeof arena < MODEL_ARENA_BYTES) {",
  '        Serial.print("arena too small: the model needs ");',
  "        Serial.print((unsigned long)MODEL_ARENA_BYTES);",
  '        Serial.print(" bytes and has ");',
  "        Serial.println((unsigned long)sizeof arena);",
  "    }",
  "    if (!model.begin()) {",
  '        Serial.print("cannot run: ");',
  "        Serial.println(model.why());",
  "        return;",
  "    }",
  "    ready = selfTest();",
  "#if MODEL_TEST_STEPS > 0",
  '    Serial.println(ready ? "self-test passed" : "self-test FAILED: other bytes than recorded");',
  "#else",
  '    Serial.println("no self-test in this model");',
  "#endif",
  "}",
  "",
];

/** Whether its answer is which output spikes most. */
const counted = ({ manifest }: ExportedModel): boolean => manifest.outputs[0]?.edge === "spike";

const outputName = ({ manifest }: ExportedModel): string =>
  manifest.outputs.length > 1 ? "output0" : "output";

function decision(model: ExportedModel): string[] {
  const name = outputName(model);
  const upper = `MODEL_${name.toUpperCase()}`;
  const [output] = model.manifest.outputs;
  const count = output === undefined ? 0 : elements(output.shape);
  const best =
    model.classes === null
      ? ['    Serial.print("output ");', "    Serial.print((unsigned long)best);"]
      : ["    Serial.print(model_classes[best]);"];
  if (counted(model)) return spikesCounted(upper, best);
  return count > 1 && count <= MOST_SCORES ? largest(name, upper, best) : values(name, upper);
}

const spikesCounted = (upper: string, best: readonly string[]): string[] => [
  `static uint32_t counts[${upper}_ELEMENTS];`,
  "",
  "static void countSpikes(const uint8_t *output) {",
  `    for (uint32_t k = 0; k < ${upper}_ELEMENTS; ++k) {`,
  `        counts[k] += output[${upper}_OFFSET + k];`,
  "    }",
  "}",
  "",
  "// Which output spiked most; then counts begin anew.",
  "static void decide() {",
  "    uint32_t best = 0;",
  `    for (uint32_t k = 1; k < ${upper}_ELEMENTS; ++k) {`,
  "        best = counts[k] > counts[best] ? k : best;",
  "    }",
  ...best,
  '    Serial.print(", spikes: ");',
  "    Serial.println((unsigned long)counts[best]);",
  "    memset(counts, 0, sizeof counts);",
  "}",
  "",
];

const largest = (name: string, upper: string, best: readonly string[]): string[] => [
  "// Which output is largest.",
  "static void decide(const uint8_t *output) {",
  "    uint32_t best = 0;",
  `    for (uint32_t k = 1; k < ${upper}_ELEMENTS; ++k) {`,
  `        best = model_${name}_get(output, k) > model_${name}_get(output, best) ? k : best;`,
  "    }",
  ...best,
  '    Serial.print(": ");',
  `    Serial.println((double)model_${name}_get(output, best), 4);`,
  "}",
  "",
];

const values = (name: string, upper: string): string[] => [
  "static void decide(const uint8_t *output) {",
  `    for (uint32_t k = 0; k < ${upper}_ELEMENTS && k < ${MOST_PRINTED}; ++k) {`,
  '        Serial.print(k == 0 ? "" : " ");',
  `        Serial.print((double)model_${name}_get(output, k), 4);`,
  "    }",
  "    Serial.println();",
  "}",
  "",
];

const FED: readonly string[] = [
  "void loop() {",
  "    if (!ready) {",
  "        delay(1000);",
  "        return;",
  "    }",
];

const STEP: readonly string[] = [
  "readSensor(model.input());",
  "if (model.step() < 0) {",
  "    Serial.println(model.why());",
  "    return;",
  "}",
];

const indented = (lines: readonly string[], by: number): string[] =>
  lines.map((line) => `${" ".repeat(by)}${line}`);

const LOOP: readonly string[] = [...FED, ...indented(STEP, 4), "    decide(model.output());", "}"];

const LOOP_OF_SPIKES: readonly string[] = [
  ...FED,
  "    for (uint32_t k = 0; k < MODEL_STEPS; ++k) {",
  ...indented(STEP, 8),
  "        countSpikes(model.output());",
  "    }",
  "    decide();",
  "}",
];
