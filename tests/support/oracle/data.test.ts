/** The oracle on real networks: outputs recorded from the public reference board and computed elsewhere, every byte. */
import { expect } from "vitest";
import { importModel } from "../../../host/importers/index.ts";
import type { LayeredGraph } from "../../../host/model/graph.ts";
import { dataTest, readData, readInt8 } from "../data.ts";
import { interpret } from "./index.ts";

const SETS = [
  ["kws_ref_model.tflite", "kws01/inputs_500x490", "kws01/expected_500x12", 500],
  ["ad01_int8.tflite", "ad01/sample_inputs_196x640", "ad01/sample_expected_196x640", 196],
  ["str_ww_ref_model.tflite", "sww01/calib_inputs_45x1200", "sww01/calib_expected_45x3", 45],
] as const;

const graphOf = async (model: string): Promise<LayeredGraph> =>
  (await importModel(readData(`models/${model}`), model)) as LayeredGraph;

for (const [model, inputs, outputs, samples] of SETS) {
  for (const rounding of ["double", "single"] as const) {
    dataTest(`${model}, ${rounding} rounding: ${samples} samples`, async () => {
      const graph = await graphOf(model);
      const input = readInt8(`${inputs}.i8.bin`);
      const expected = readInt8(`${outputs}.${rounding}_rounding.i8.bin`);
      const [from, to] = [input.length / samples, expected.length / samples];
      for (let k = 0; k < samples; k++) {
        const { output } = interpret(graph, input.subarray(k * from, (k + 1) * from), rounding);
        expect([...output], `sample ${k}`).toEqual([...expected.subarray(k * to, (k + 1) * to)]);
      }
    });
  }
}

type Dump = { readonly model: string; readonly ops: readonly { readonly file: string }[] };

for (const folder of ["kws_tst_000000_Stop_7", "sww_calib0", "ad_window0"]) {
  dataTest(`${folder}: layer by layer`, async () => {
    const path = `layers/${folder}`;
    const text = new TextDecoder().decode(readData(`${path}/index.json`));
    const { model, ops } = JSON.parse(text) as Dump;
    const { layers } = interpret(await graphOf(model), readInt8(`${path}/input.i8.bin`), "double");
    expect(layers.length).toBe(ops.length);
    ops.forEach(({ file }, k) => {
      expect(layers[k], file).toEqual(readInt8(`${path}/${file}`));
    });
  });
}
