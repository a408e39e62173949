/** A module as C: its bytes, what it needs, what its inputs and outputs mean, and its self-test. */
import type { Manifest } from "../module/manifest.ts";
import { cElements, cString, inComment } from "./c-text.ts";
import { sideBytes, tensorLines } from "./tensors.ts";

export type ExportedModel = {
  /** of the mvp build */
  readonly wasm: Uint8Array;
  readonly manifest: Manifest;
  /** of a 32-bit board whose firmware has this version's kernels; to the byte */
  readonly arenaBytes: number;
  /** of the outputs; null where they have none */
  readonly classes: readonly string[] | null;
};

export type ExportedFile = { readonly name: string; readonly text: string };

/** An array: static in a header of its own, or declared there and defined in a C file. */
type Data = {
  readonly type: string;
  readonly name: string;
  readonly count: string;
  readonly elements: readonly (string | number)[];
  readonly aligned: boolean;
};

/** One header that holds everything. @param prefix of all names, in lower case */
export function wholeHeader(model: ExportedModel, prefix: string): string {
  const arrays = dataOf(model, prefix).map((data) => `static ${defined(data)}`);
  return headerText(model, prefix, arrays);
}

/** A header, and the C file with its arrays. */
export function splitHeader(
  model: ExportedModel,
  prefix: string,
  headerName: string,
): { readonly header: string; readonly source: string } {
  const data = dataOf(model, prefix);
  const declarations = data.map(
    ({ type, name, count }) => `extern const ${type}${name}[${count}];`,
  );
  const source = [
    `// ${origin(model)}`,
    `#include ${cString(headerName)}`,
    "",
    ...data.map((one) => `${defined(one)}\n`),
  ].join("\n");
  return { header: headerText(model, prefix, wrappedInC(declarations)), source };
}

const wrappedInC = (lines: readonly string[]): string[] => [
  '#ifdef __cplusplus\nextern "C" {\n#endif',
  ...lines,
  "#ifdef __cplusplus\n}\n#endif",
];

const origin = ({ manifest }: ExportedModel): string =>
  inComment(
    `Written by ${manifest.compiler} from ${manifest.source.name}: \`twentywatt export\` writes it again.`,
  );

const defined = ({ type, name, count, elements, aligned }: Data): string =>
  `const ${type}${name}[${count}]${aligned ? " __attribute__((aligned(16)))" : ""} = {\n${cElements(elements)}\n};`;

function dataOf({ wasm, manifest, classes }: ExportedModel, prefix: string): Data[] {
  const upper = prefix.toUpperCase();
  const bytes = (name: string, count: string, from: Uint8Array): Data => ({
    ...{ type: "uint8_t ", name: `${prefix}_${name}`, count, elements: [...from], aligned: true },
  });
  const { selfTest } = manifest;
  const steps = `${upper}_TEST_STEPS`;
  const data = [bytes("wasm", `${upper}_WASM_BYTES`, wasm)];
  if (selfTest !== null) {
    const [inputs, outputs] = [selfTest.input, selfTest.output].map((b) =>
      Buffer.from(b, "base64"),
    );
    data.push(
      bytes("test_inputs", `${steps} * ${upper}_INPUT_BYTES`, inputs ?? NOTHING),
      bytes("test_outputs", `${steps} * ${upper}_OUTPUT_BYTES`, outputs ?? NOTHING),
    );
  }
  if (classes !== null) {
    data.push({
      ...{ type: "char *const ", name: `${prefix}_classes`, count: `${upper}_CLASSES` },
      elements: classes.map(cString),
      aligned: false,
    });
  }
  return data;
}

const NOTHING = Buffer.alloc(0);

function headerText(model: ExportedModel, prefix: string, arrays: readonly string[]): string {
  const { wasm, manifest, arenaBytes, classes } = model;
  const upper = prefix.toUpperCase();
  const define = (what: string, value: string | number) => `#define ${upper}_${what} ${value}`;
  return [
    `// ${origin(model)}`,
    `#ifndef ${upper}_H`,
    `#define ${upper}_H`,
    "",
    "#include <stdint.h>",
    "#include <string.h>",
    "",
    "// The module, and what a 32-bit board needs of RAM for it: an arena aligned to 16 bytes, to the byte.",
    define("WASM_BYTES", `${wasm.length}u`),
    define("ARENA_BYTES", `${arenaBytes}u`),
    "",
    "// All inputs back to back, and all outputs. real = scale * (element - zero point)",
    define("INPUT_BYTES", `${sideBytes(manifest.inputs)}u`),
    define("OUTPUT_BYTES", `${sideBytes(manifest.outputs)}u`),
    "",
    ...tensorLines(prefix, "input", manifest.inputs),
    ...tensorLines(prefix, "output", manifest.outputs),
    "// Steps of one answer: 1 where each step is one.",
    define("STEPS", `${Math.max(1, manifest.stepsHint)}u`),
    define("CLASSES", `${classes === null ? 0 : classes.length}u`),
    "// The recorded run that a board repeats: so many steps, 0 where there is none.",
    define("TEST_STEPS", `${manifest.selfTest?.steps ?? 0}u`),
    "",
    ...arrays,
    "",
    "#endif",
    "",
  ].join("\n");
}
