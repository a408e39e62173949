/** Outputs of int32 beside int8 and float32, as files hold them: written out by hand. */
import { expect, test } from "vitest";
import { edgeValues, outputFormat, realValues } from "../../../host/files/output.ts";
import { elementTensors } from "../../../host/files/tensor-values.ts";
import type { ManifestTensor } from "../../../host/module/manifest.ts";

const tensor = (more: Partial<ManifestTensor>): ManifestTensor => ({
  ...{ name: "t", shape: [2], dtype: "i8", edge: "i8", scale: 0.5, zeroPoint: 1 },
  ...more,
});
const index = tensor({ name: "classes", dtype: "i32", edge: "i32", scale: 1, zeroPoint: 0 });
/** 1 and 70,000 little-endian, then −1 and 3. */
const BYTES = Uint8Array.of(1, 0, 0, 0, 0x70, 0x11, 1, 0, 0xff, 3);

test("int32 then int8: the bytes as they are, numbers in csv", () => {
  const tensors = [index, tensor({})];
  expect([...outputFormat("out.bin", tensors)(BYTES)]).toEqual([...BYTES]);
  expect(new TextDecoder().decode(outputFormat("out.csv", tensors)(BYTES))).toBe("1,70000,-1,1\n");
  const perElement = elementTensors(tensors);
  expect(edgeValues(BYTES, perElement)).toEqual([1, 70_000, -1, 3]);
  expect(realValues(BYTES, perElement)).toEqual([1, 70_000, -1, 1]);
});

test("int32 then float32: four bytes each", () => {
  const written = outputFormat("out.bin", [index, tensor({ edge: "f32" })])(BYTES);
  const view = new DataView(written.buffer, written.byteOffset);
  expect(written.length).toBe(16);
  expect([view.getInt32(0, true), view.getInt32(4, true)]).toEqual([1, 70_000]);
  expect([view.getFloat32(8, true), view.getFloat32(12, true)]).toEqual([-1, 1]);
});
