/** What a file says of its tensors, or leaves out: zero points and scales of several channels, and the order of problems. */
import { expect, test } from "vitest";
import { importModel } from "../../../../host/importers/index.ts";
import type { LayeredGraph } from "../../../../host/model/graph.ts";
import {
  constant,
  conv,
  int8,
  int32,
  problemsOf,
  type Single,
  single,
} from "../../../support/single-operator.ts";
import { writeTflite } from "../../../support/tflite-writer.ts";

const scales = [0.5, 0.25, 1];
const withWeights = (zeroPoints: readonly number[]): Single =>
  conv({
    operands: [constant("weights", [3, 3, 3, 2], { scales, zeroPoints }), int32("bias", [1, 2, 3])],
  });
const got = async (model: Single) =>
  (await problemsOf(writeTflite(single(model)))).map((one) => one.got);

test("one zero point stands for all channels, and none for zeros", async () => {
  for (const zeroPoints of [[], [0], [0, 0, 0]])
    expect(await got(withWeights(zeroPoints))).toEqual([]);
  for (const zeroPoints of [[7], [0, 0, 7], [0, 7]]) {
    expect(await got(withWeights(zeroPoints))).toEqual(["weights with zero point 7"]);
  }
  // too many are a mistake
  expect(await got(withWeights([0, 0, 0, 0]))).toEqual(["3 scales, 4 zero points"]);
  const file = writeTflite(single(withWeights([])));
  const { tensors } = (await importModel(file, "conv.tflite")) as LayeredGraph;
  expect(tensors.find(({ name }) => name === "weights")?.quantization).toMatchObject({
    ...{ scales, zeroPoints: [0, 0, 0] },
  });
});

test("a bias that says no scale, or is not there, has scale 1 and zero point 0", async () => {
  const [weights] = conv().operands ?? [];
  for (const operands of [conv().operands ?? [], weights ? [weights] : []]) {
    const file = writeTflite(single(conv({ operands })));
    const { nodes, tensors } = (await importModel(file, "conv.tflite")) as LayeredGraph;
    const bias = tensors[nodes[0]?.inputs[2] ?? -1];
    expect(bias).toMatchObject({ dtype: "i32", shape: [3] });
    expect(bias?.quantization).toEqual({ scales: [1], zeroPoints: [0], axis: 0 });
  }
});

test("tensors that no graph holds are named those of the inputs first, then as operators ask", async () => {
  const wrong = [
    int8("first", [1, 4], { type: "float16" }),
    int8("second", [1, 4], { signature: [1, -1] }),
    constant("third", [1, 4], { sparse: true }),
    int8("fourth", [1, 4], { type: "float16" }),
    int8("fifth", [1, 4], { signature: [1, -1] }),
    constant("sixth", [1, 4], { sparse: true }),
  ];
  const [input = int8("none", []), ...operands] = wrong;
  const joined: Single = {
    ...{ kind: "CONCATENATION", input, operands, output: int8("joined", [6, 4]) },
  };
  const problems = await problemsOf(writeTflite(single(joined)));
  expect(problems.map(({ where }) => where)).toEqual(
    ["first", "second", "fourth", "fifth", "third", "sixth"].map((name) => `tensor ${name}`),
  );
});
