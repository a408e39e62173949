/** Exported C means what the module means: bytes, names, and conversions like the computer's, by this computer's compilers. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { networkByName } from "../../../host/cli/networks.ts";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { cNumber, cString, identifier, inComment } from "../../../host/export/c-text.ts";
import { cFiles, type ExportedModel, sketchFiles } from "../../../host/export/index.ts";
import { dequantise, quantise } from "../../../host/files/tensor-values.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import type { ManifestTensor } from "../../../host/module/manifest.ts";
import { missingFeature } from "../../support/packages.mjs";
import { testUnless } from "../../support/skip.ts";

const hostTest = testUnless(missingFeature("cc") ?? missingFeature("cxx"));

/** Names that end a literal, a comment, or are none of ASCII. */
const CLASSES = ['a "quote"', "back\\slash", "??/ trigraph", "grün 1", "*/ end", "5%"];

const tensor = (more: Partial<ManifestTensor>): ManifestTensor => ({
  ...{ name: "x\\", shape: [2, 3], dtype: "i8", edge: "i8", scale: 0.3, zeroPoint: -7, ...more },
});

/** One of each type, in and out. */
const TENSORS: readonly ManifestTensor[] = [
  tensor({}),
  tensor({ edge: "f32", scale: Math.fround(0.1) }),
  tensor({ dtype: "u8", edge: "u8", scale: 0.5, zeroPoint: 128 }),
  tensor({ dtype: "i16", edge: "value", scale: 2 ** -10, zeroPoint: 0, unit: "m/s²" }),
  tensor({ dtype: "i16", edge: "f32", scale: Math.fround(0.001), zeroPoint: 0 }),
];

async function model(): Promise<ExportedModel> {
  const { wasm, manifest } = await compile(await networkByName("net:demo-int8"), DEFAULT_OPTIONS);
  const source = { ...manifest.source, name: "odd\nname \\" };
  const ports = { inputs: TENSORS, outputs: TENSORS };
  const selfTest = { steps: 1, input: "AAECAwQF", output: "BgcI" };
  return {
    ...{ wasm, arenaBytes: 12_345, classes: CLASSES },
    manifest: { ...manifest, ...ports, source, selfTest },
  };
}

/** Ties, both sides of them, ends of every range, and what is no number. */
const VALUES: readonly number[] = [
  ...[0, -0, 0.05, 0.15, -0.15, 0.45, -0.75, 0.25, -0.25, 0.049999999, 1e30, -1e30, 127, -128],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 38.1, -36.3, 12.75, 31.999, -32],
  ...Array.from({ length: 200 }, (_, k) => (mulberry32(k)() - 0.5) * 10 ** ((k % 5) - 1)),
];

const literal = (value: number): string =>
  Number.isFinite(value) ? cNumber(value, "double") : value > 0 ? "(1 / 0.0)" : "(-1 / 0.0)";

const WRITE = ["int8_t", "int8_t", "uint8_t", "int16_t", "int16_t"];

function program(header: string): string {
  const values = `static const double values[] = {${VALUES.map(literal).join(", ")}};`;
  const each = TENSORS.map(
    (_, k) => `
  for (unsigned v = 0; v < sizeof values / sizeof *values; ++v) {
    ${WRITE[k]} element;
    odd_input${k}_set(bytes, v % 6, values[v]);
    memcpy(&element, bytes + ODD_INPUT${k}_OFFSET + v % 6 * sizeof element, sizeof element);
    printf("%d %.17g\\n", (int)element, (double)odd_output${k}_get(bytes, v % 6));
  }`,
  ).join("");
  return `#include "${header}"
#include <stdio.h>
${values}
int main(void) {
  static uint8_t bytes[ODD_INPUT_BYTES];
  for (unsigned k = 0; k < ODD_CLASSES; ++k) printf("%s\\n", odd_classes[k]);
  printf("%u %u %u %u\\n", ODD_ARENA_BYTES, ODD_INPUT_BYTES, ODD_TEST_STEPS, ODD_OUTPUT4_OFFSET);${each}
  fwrite(odd_wasm, 1, sizeof odd_wasm, stdout);
  return 0;
}
`;
}

const STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsanitize=undefined"];

hostTest(
  "a C file and its header, as C and as C++: conversions are those of the computer",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "twentywatt-export-"));
    try {
      const exported = await model();
      // sizes of a self-test are the module's: these tensors are not
      const { manifest } = exported;
      const files = cFiles({ ...exported, manifest: { ...manifest, selfTest: null } }, "odd");
      for (const { name, text } of files) writeFileSync(join(folder, name), text);
      writeFileSync(join(folder, "main.c"), program("odd.h"));
      writeFileSync(join(folder, "main.cpp"), program("odd.h"));
      const to = join(folder, "program");
      for (const [compiler, std, main] of [
        ["cc", "-std=c99", "main.c"],
        ["c++", "-std=gnu++11", "main.cpp"],
      ] as const) {
        const object = join(folder, "odd.o");
        execFileSync("cc", ["-std=c99", ...STRICT, "-c", join(folder, "odd.c"), "-o", object]);
        execFileSync(compiler, [std, ...STRICT, join(folder, main), object, "-o", to]);
        const said = execFileSync(to, { maxBuffer: 1 << 24 });
        const text = said.toString("utf8").split("\n");
        expect(text.slice(0, CLASSES.length)).toEqual(CLASSES);
        expect(text[CLASSES.length]).toBe("12345 42 0 30");
        const rows = text.slice(CLASSES.length + 1, CLASSES.length + 1 + 5 * VALUES.length);
        const expected = TENSORS.flatMap((one) =>
          VALUES.map((value) => {
            const q = quantise(value, one);
            return [q, dequantise(q, one)];
          }),
        );
        expect(rows.map((row) => row.split(" ").map(Number))).toEqual(
          expected.map((row) => row.map((n) => expect.closeTo(n, 12))),
        );
        expect(rows.map((row) => Number(row.split(" ")[0]))).toEqual(expected.map(([q]) => q));
        const { wasm } = exported;
        expect(said.subarray(said.length - wasm.length).equals(Buffer.from(wasm))).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test("what a name may hold ends no literal, no comment and no identifier", () => {
  expect(cString('a"b\\c?é')).toBe('"a\\042b\\134c\\077\\303\\251"');
  expect(inComment("m/s², 3×3\nnext \\")).toBe("m/s^2, 3x3?next ?");
  expect(identifier("9-lives.v2")).toBe("model_9_lives_v2");
  expect(identifier("_x")).toBe("x");
  expect(cNumber(1, "float")).toBe("1.0f");
  expect(cNumber(Math.fround(0.1), "float")).toBe("0.1f");
  expect(cNumber(1e-7, "double")).toBe("1e-7");
});

test("a sketch has its folder's name and says nothing on more than one line that a file said", async () => {
  const [header, sketch] = sketchFiles(await model(), "Fan");
  expect(header?.name).toBe("model.h");
  expect(sketch?.name).toBe("Fan.ino");
  expect(sketch?.text).toContain("// Runs odd?name ? on this board");
  expect(header?.text).toContain("from odd?name ?: ");
  expect(header?.text).not.toContain("\\\n");
});
