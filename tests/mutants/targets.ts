/** What is mutated, and the tests that are to notice. A name may hold a star: files move and multiply. */

export type Target = {
  readonly files: readonly string[];
  /** the quick ones, which most mutants do not survive, and then the others */
  readonly tests: readonly (readonly string[])[];
};

export const TARGETS: readonly Target[] = [
  {
    files: ["host/runtime/link.ts", "host/lines/frame.ts"],
    tests: [
      ["tests/host/runtime/link-*", "tests/host/lines/frame.test.ts"],
      ["tests/host/runtime/frame-room.test.ts", "tests/host/runtime/link.test.ts"],
    ],
  },
  {
    files: ["host/spiking/quantise*"],
    tests: [["tests/host/spiking/quantise*"], ["tests/host/compiler/spiking/dynamics*"]],
  },
  {
    files: ["host/spiking/kinds/membrane*"],
    tests: [
      ["tests/host/spiking/quantise*", "tests/host/spiking/kinds/membrane*"],
      ["tests/host/compiler/spiking/dynamics*"],
    ],
  },
  {
    files: ["host/files/state-file.ts"],
    tests: [
      ["tests/host/files/state-file*"],
      ["tests/host/files/state-digest*"],
      ["tests/host/cli/spiking-state*"],
    ],
  },
  {
    files: ["host/module/check-manifest.ts"],
    tests: [["tests/host/module/check-manifest*"]],
  },
  {
    files: ["host/module/check.ts"],
    tests: [["tests/host/module/check-sections*"], ["tests/host/module/check.test.ts"]],
  },
  {
    files: ["firmware/core/tw_check*.c"],
    tests: [
      ["tests/firmware/check-*"],
      ["tests/firmware/check.test.ts", "tests/firmware/hostile.test.ts"],
    ],
  },
  {
    files: ["host/compiler/prune.ts"],
    tests: [["tests/host/compiler/prune-corners*"], ["tests/host/compiler/prune.test.ts"]],
  },
  {
    files: ["host/compiler/requantize*"],
    tests: [["tests/host/compiler/requantize*"], ["tests/assembly/fixed/output-stage*"]],
  },
  {
    files: [
      "host/importers/tflite/tensors.ts",
      "host/importers/tflite/op*",
      "host/model/operators/*",
    ],
    tests: [
      ["tests/host/model/operators/*", "tests/host/importers/tflite/refusals*"],
      [
        "tests/host/importers/tflite/round-trip*",
        "tests/host/importers/tflite/tensors*",
        "tests/host/importers/tflite/slices*",
        "tests/host/importers/tflite/float-edges*",
        "tests/host/importers/tflite/files*",
      ],
      [
        "tests/host/importers/tflite/models*",
        "tests/host/importers/same-judgement*",
        "tests/host/importers/graph/graph.test.ts",
        "tests/host/importers/graph/refusals-reductions*",
      ],
    ],
  },
  {
    files: ["host/importers/graph/*"],
    tests: [
      [
        "tests/host/importers/graph/ends*",
        "tests/host/importers/graph/refusals*",
        "tests/host/importers/graph/spiking-*",
      ],
      ["tests/host/importers/graph/graph.test.ts", "tests/host/importers/graph/spiking.test.ts"],
      ["tests/host/importers/graph/damaged*"],
    ],
  },
  {
    files: ["host/power/rapl.ts"],
    tests: [["tests/host/power/rapl*"]],
  },
];
