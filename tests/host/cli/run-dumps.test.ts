/** `run --dump-layers`: what is written equals what was recorded. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cli, cliJson, failedWith } from "../../support/cli.ts";
import { dataPath, dataTest } from "../../support/data.ts";
import { BUILD, bytes, flattenFiles } from "../../support/flatten-files.ts";

const { file, path, model, input } = flattenFiles();

describe("--dump-layers", () => {
  test("of a model, and of a module that kept its layers", async () => {
    await cli(["compile", model, "--keep-layers", "-o", path("kept.wasm")]);
    for (const [name, shape] of [
      [model, [1, 6]],
      [path("kept.wasm"), [6]],
    ] as const) {
      const folder = path("dump/deep");
      const args = ["run", name, "--input", input, "--dump-layers", folder];
      expect((await cliJson(args)).code).toBe(0);
      expect(readdirSync(folder).sort()).toEqual([
        "index.json",
        "input.i8.bin",
        "op00_RESHAPE.i8.bin",
      ]);
      const layer = readFileSync(`${folder}/op00_RESHAPE.i8.bin`);
      expect(new Uint8Array(layer)).toEqual(bytes.subarray(0, 6));
      expect(JSON.parse(readFileSync(`${folder}/index.json`, "utf8"))).toEqual({
        model: "flatten.tflite",
        rounding: "double",
        ops: [
          {
            op: 0,
            kind: "RESHAPE",
            shape,
            file: "op00_RESHAPE.i8.bin",
            sum: [...new Int8Array(bytes.buffer, 0, 6)].reduce((a, b) => a + b),
          },
        ],
      });
    }
  });

  test("a module without its layers, a file in the way", async () => {
    await cli(["compile", model, "-o", path("shared.wasm")]);
    const args = ["--dump-layers", path("nowhere")];
    expect(await failedWith("run", path("shared.wasm"), ...args)).toBe("USAGE 2");
    expect(existsSync(path("nowhere"))).toBe(false);
    expect(await failedWith("run", model, "--dump-layers", file("in-the-way", ""))).toBe("IO 1");
  });
});

for (const [name, recorded] of [
  ["kws_ref_model", "kws_tst_000000_Stop_7"],
  ["ad01_int8", "ad_window0"],
  ["str_ww_ref_model", "sww_calib0"],
]) {
  dataTest(`${name}: the dump equals the recorded one, file by file`, async () => {
    const folder = dataPath(`layers/${recorded}`);
    const to = path(`dump-${recorded}`);
    const args = ["--input", `${folder}/input.i8.bin`, "--dump-layers", to];
    const { code } = await cliJson(["run", dataPath(`models/${name}.tflite`), ...BUILD, ...args]);
    expect(code).toBe(0);
    expect(readdirSync(to).sort()).toEqual(readdirSync(folder).sort());
    for (const one of readdirSync(folder)) {
      expect([one, readFileSync(join(to, one))]).toEqual([one, readFileSync(join(folder, one))]);
    }
  });
}
