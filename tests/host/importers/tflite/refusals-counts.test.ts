/** How many operands and outputs an operator of a file has, which of them may be left out, and what stands for them. */
import { expect, test } from "vitest";
import { importModel } from "../../../../host/importers/index.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import {
  constant,
  dense,
  depthwise,
  type int8,
  int32,
  mean,
  pad,
  problemsOf,
  type Single,
  single,
} from "../../../support/single-operator.ts";
import { type FileOperator, type ModelFile, writeTflite } from "../../../support/tflite-writer.ts";

const changed = (
  file: ModelFile,
  change: (op: FileOperator) => Partial<FileOperator>,
): ModelFile => ({
  ...file,
  operators: file.operators.map((op) => ({ ...op, ...change(op) })),
});
const said = async (file: ModelFile) =>
  (await problemsOf(writeTflite(file))).map(({ got, expected }) => [got, expected]);
const withMore = (model: Single): ModelFile =>
  single({ ...model, operands: [...(model.operands ?? []), int32("more", [0])] });

const padded = (fill: Parameters<typeof int8>[2]): Single => {
  const sound = pad([0, 0, 1, 1]);
  const value = constant("fill", [1], { zeroPoints: [3], data: Uint8Array.of(3), ...fill });
  return { ...sound, kind: "PADV2", operands: [...(sound.operands ?? []), value] };
};

test("one operand too many: how many there may be", async () => {
  expect(await said(withMore(dense()))).toEqual([
    ["4 inputs, 1 outputs", "2 to 3 inputs, 1 output"],
  ]);
  expect(await said(withMore(padded({})))).toEqual([
    ["4 inputs, 1 outputs", "1 to 3 inputs, 1 output"],
  ]);
});

test("two outputs", async () => {
  const twice = changed(single(dense()), ({ outputs }) => ({ outputs: [...outputs, ...outputs] }));
  expect(await said(twice)).toEqual([["3 inputs, 2 outputs", "2 to 3 inputs, 1 output"]]);
});

test("a padding value that is left out, or computed", async () => {
  const none = ["a padding value of no constant", "the zero point 3"];
  const file = single(padded({}));
  expect(await said(file)).toEqual([]);
  expect(await said(changed(file, ({ inputs }) => ({ inputs: inputs.with(2, -1) })))).toEqual([
    none,
  ]);
  const { data, ...computed } = constant("fill", [1], { zeroPoints: [3] });
  const sound = padded({});
  const operands = [...(sound.operands ?? []).slice(0, 1), computed];
  expect(data).toBeDefined();
  expect(await said(single({ ...sound, operands }))).toEqual([none]);
});

test("a layer without options has those that the format names", async () => {
  const { options, ...plain } = dense();
  expect(options).toBeDefined();
  const graph = await importModel(writeTflite(single(plain)), "dense.tflite");
  expect((graph as LayeredGraph).nodes).toMatchObject([
    { kind: "FULLY_CONNECTED", activation: "NONE" },
  ]);
});

test("axes of a mean in any order, and twice", async () => {
  for (const axes of [
    [1, 2],
    [2, 1],
    [1, 2, 1],
    [-2, 1],
  ]) {
    const graph = await importModel(writeTflite(single(mean(axes))), "mean.tflite");
    expect((graph as LayeredGraph).nodes).toMatchObject([{ kind: "MEAN", axes: [1, 2] }]);
  }
});

test("fewer channels than the depthwise layer reads are no multiple of them", async () => {
  const sound = depthwise();
  const [, , , depth = 0] = sound.input.shape;
  const [weights, bias, ...rest] = sound.operands ?? [];
  const [, height = 0, width = 0] = weights?.shape ?? [];
  expect([depth > 1, bias?.type, rest.length]).toEqual([true, "int32", 0]);
  const few = {
    ...sound,
    operands: [constant("weights", [1, height, width, 1]), int32("bias", [0])],
  };
  expect(await said(single(few))).toEqual([
    [`weights [1,${height},${width},1]`, `[1, height, width, k · ${depth}]`],
  ]);
});
