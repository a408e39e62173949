/**
 * CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED with SIMD against the oracle, in every flavour and both roundings: more
 * random graphs than the conformance suite compiles, and the corners of blocks, windows and the output stage by hand.
 */
import { expect, test } from "vitest";
import {
  ALL_VARIANTS,
  BOTH_ROUNDINGS,
  type Case,
  compareLowered,
  RELAXED_VARIANTS,
  STAGES,
  stageOf,
} from "../../support/lowered-check.ts";
import {
  inputBytes,
  interestingInputs,
  randomInput,
  randomOperator,
} from "../../support/random-graph.ts";
import { fullyConnectedLayer, layer, type WeightedLayer } from "../../support/weighted-layer.ts";

/** Extended products are none of theirs. */
const DEPTHWISE_VARIANTS = [...BOTH_ROUNDINGS, ...RELAXED_VARIANTS];

/** As many again, and more, are in weighted.simd.long.test.ts. */
const GRAPHS = 24;

for (const kind of ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const) {
  test(`${GRAPHS} random × ${kind}`, async () => {
    const cases = Array.from({ length: GRAPHS }, (_, k): Case => {
      const graph = randomOperator(kind, 20_000 + k);
      return { graph, inputs: interestingInputs(inputBytes(graph), k) };
    });
    const variants = kind === "DEPTHWISE_CONV_2D" ? DEPTHWISE_VARIANTS : ALL_VARIANTS;
    const { lowerings, wrong } = await compareLowered(cases, variants);
    expect(wrong).toEqual([]);
    expect(new Set(lowerings.flatMap(stageOf))).toEqual(new Set(STAGES));
  });
}

/** Weights over all of int8 but −128, zeros and both ends among them. */
const weights = (length: number, seed: number): Int8Array =>
  randomInput(length, seed).map((w, k) => (k % 5 === 0 ? Math.sign(w) * 127 : Math.max(w, -127)));

const biases = (channels: number): readonly number[] =>
  Array.from({ length: channels }, (_, n) => ((n % 7) - 3) * 900);

const every = (given: Omit<WeightedLayer, "weights" | "multiplier">, seed: number): Case => {
  const [, , depth] = given.input;
  const channels = given.bias.length;
  const taps = given.filter[0] * given.filter[1];
  const graph = layer({
    ...given,
    weights: weights(taps * channels * (given.kind === "CONV_2D" ? depth : 1), seed),
    multiplier: given.bias.map((_, n) => Math.fround(2 ** -(7 + (n % 4)) * (0.5 + n / 100))),
  });
  return { graph, inputs: interestingInputs(inputBytes(graph), seed) };
};

test("CONV_2D: every count of positions, of channels in the last block and of taps in the last four", async () => {
  const cases = Array.from({ length: 17 }, (_, k): Case[] => {
    const count = k + 1;
    return [
      // pointwise where depth is a multiple of 4
      every({ ...POINTWISE, input: [1, count, 1 + (k % 9)], bias: biases(count) }, k),
      every({ ...POINTWISE, input: [count, 1, 8], bias: biases(18 - count) }, k),
    ];
  }).flat();
  const { lowerings, wrong } = await compareLowered(cases, ALL_VARIANTS);
  expect(wrong).toEqual([]);
  const forms = new Set(lowerings.map(({ form }) => form));
  expect([...forms].sort()).toEqual([
    ...["dot 3x8", "dot 4x8", "extmul 3x8", "extmul 4x8", "relaxed 3x8", "relaxed 4x8"],
  ]);
});

const POINTWISE = { kind: "CONV_2D", zeroPoint: -7, filter: [1, 1], stride: [1, 1] } as const;

test("FULLY_CONNECTED: every count of channels and columns in the last block, weights with zero points", async () => {
  const cases = Array.from({ length: 33 }, (_, k): Case => {
    const [channels, depth] = [k + 1, 1 + ((5 * k) % 13)];
    const graph = fullyConnectedLayer({
      rows: 1 + (k % 3),
      zeroPoint: [-128, 5, 127][k % 3] ?? 0,
      weights: weights(channels * depth, k),
      weightZeroPoint: [0, -128, 127, 1][k % 4] ?? 0,
      multiplier: 2 ** -10,
      bias: biases(channels),
    });
    return { graph, inputs: interestingInputs(inputBytes(graph), k) };
  });
  const { lowerings, wrong } = await compareLowered(cases, ALL_VARIANTS);
  expect(wrong).toEqual([]);
  expect(new Set(lowerings.map(({ form }) => form))).toEqual(
    new Set(["dot 1x16", "extmul 1x16", "relaxed 1x16"]),
  );
});

test("products at their bounds, and dot as soon as a weight of −128 leaves them", async () => {
  const cases = [127, -127, -128].flatMap((extreme): Case[] => {
    const all = (taps: number) => new Int8Array(taps).fill(extreme);
    const graphs = [
      layer({
        ...POINTWISE,
        input: [3, 3, 13],
        weights: all(9 * 13),
        multiplier: 2 ** -14,
        bias: biases(9),
      }),
      fullyConnectedLayer({
        ...{ rows: 2, zeroPoint: 0, weights: all(9 * 13), weightZeroPoint: 0 },
        ...{ multiplier: 2 ** -14, bias: biases(9) },
      }),
      layer({
        ...{ kind: "DEPTHWISE_CONV_2D", zeroPoint: 127, filter: [3, 3], stride: [1, 1] },
        ...{ input: [5, 4, 9], weights: all(9 * 9), multiplier: 2 ** -12, bias: biases(9) },
      }),
    ];
    return graphs.map((graph) => ({
      graph,
      // every byte at either end: all pairs of products that int16 cannot hold
      inputs: [
        ...[-128, 127].map((x) => new Int8Array(inputBytes(graph)).fill(x)),
        ...interestingInputs(inputBytes(graph), 3),
      ],
    }));
  });
  const flavours = ["extmul", "relaxed-signed", "relaxed-unsigned"] as const;
  const { lowerings, wrong } = await compareLowered(
    cases,
    flavours.map((flavour) => ({ rounding: "double", flavour })),
  );
  expect(wrong).toEqual([]);
  const names = lowerings.map(({ form }) => form.split(" ")[0]);
  const chosen = (flavour: number) => names.filter((_, k) => k % flavours.length === flavour);
  // three graphs per weight: 127, −127, −128
  const weighted = (name: string, last: string) =>
    [name, name, last].flatMap((own) => [own, own, own]);
  expect(chosen(0).filter((_, k) => k % 3 < 2)).toEqual([
    ...["extmul", "extmul", "extmul", "extmul", "dot", "dot"],
  ]);
  expect(chosen(1)).toEqual(weighted("relaxed", "dot"));
  expect(chosen(2)).toEqual(weighted("relaxed", "relaxed"));
});

test("CONV_2D: windows that stick out on every side, strides, dilations", async () => {
  const sizes = [
    [1, 1],
    [2, 5],
    [6, 3],
  ] as const;
  const shapes = [
    { filter: [3, 3], stride: [1, 1], dilation: [3, 3] },
    { filter: [2, 4], stride: [2, 3], dilation: [1, 2] },
    { filter: [5, 1], stride: [1, 2], dilation: [2, 1] },
    { filter: [1, 7], stride: [3, 1], dilation: [1, 1] },
    { filter: [6, 6], stride: [4, 4], dilation: [1, 1] },
    { filter: [1, 1], stride: [2, 2], dilation: [1, 1] },
  ] as const;
  const cases = sizes.flatMap(([height, width], s) =>
    shapes.map((shape, k) =>
      every(
        {
          ...{ kind: "CONV_2D", zeroPoint: [-128, 0, 127][(s + k) % 3] ?? 0 },
          ...{ input: [height, width, 1 + ((s + 2 * k) % 9)], bias: biases(5 + k), ...shape },
        },
        10 * s + k,
      ),
    ),
  );
  expect((await compareLowered(cases, ALL_VARIANTS)).wrong).toEqual([]);
});

test("DEPTHWISE_CONV_2D 3×3: every stride, along rows and along columns, every count of positions", async () => {
  const sizes = [
    [1, 1],
    [1, 9],
    [9, 1],
    [2, 7],
    [7, 2],
    [3, 6],
    [6, 4],
    [5, 8],
    [10, 10],
    [12, 3],
  ] as const;
  const strides = [
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 2],
  ] as const;
  const cases = sizes.flatMap(([height, width], s) =>
    strides.map((stride, k) => {
      const depth = [8, 1, 11, 16, 3][(s + k) % 5] ?? 1;
      const zeroPoint = [-128, 0, 127][(s + 2 * k) % 3] ?? 0;
      const given = { zeroPoint, filter: [3, 3], stride, bias: biases(depth) } as const;
      return every(
        { kind: "DEPTHWISE_CONV_2D", input: [height, width, depth], ...given },
        10 * s + k,
      );
    }),
  );
  const { lowerings, wrong } = await compareLowered(cases, DEPTHWISE_VARIANTS);
  expect(wrong).toEqual([]);
  const forms = lowerings.map(({ form }) => form);
  expect(new Set(forms.map((form) => form.slice(form.indexOf("of"))))).toEqual(
    new Set(["of 3x3, rows", "of 3x3, columns"]),
  );
  const positions = [1, 2, 3, 4, 5].map((p) => `${p}x8`);
  expect(new Set(forms.map((form) => form.split(" of ")[0]))).toEqual(
    new Set([
      ...positions.map((p) => `dot ${p}`),
      ...positions.map((p) => `relaxed 1x${p}`),
      // two lines of one position each are one line of two
      ...positions.slice(1).map((p) => `relaxed 2x${p}`),
    ]),
  );
});

test("DEPTHWISE_CONV_2D: other windows, multipliers, dilations, along rows and along columns", async () => {
  const shapes = [
    { input: [7, 5, 3], filter: [3, 3], stride: [1, 1], dilation: [2, 3], multiplier: 1 },
    { input: [2, 2, 9], filter: [3, 3], stride: [1, 1], dilation: [3, 3], multiplier: 1 },
    { input: [5, 7, 3], filter: [3, 3], stride: [1, 1], dilation: [1, 1], multiplier: 3 },
    { input: [6, 6, 5], filter: [3, 3], stride: [3, 3], dilation: [1, 1], multiplier: 2 },
    { input: [49, 10, 1], filter: [10, 4], stride: [2, 2], dilation: [1, 1], multiplier: 8 },
    { input: [3, 20, 8], filter: [1, 7], stride: [1, 1], dilation: [1, 1], multiplier: 1 },
    { input: [20, 3, 8], filter: [7, 1], stride: [1, 1], dilation: [1, 1], multiplier: 1 },
    { input: [4, 9, 2], filter: [2, 5], stride: [1, 2], dilation: [2, 1], multiplier: 5 },
    { input: [9, 4, 2], filter: [5, 2], stride: [3, 1], dilation: [1, 4], multiplier: 4 },
    { input: [5, 5, 17], filter: [1, 1], stride: [2, 2], dilation: [1, 1], multiplier: 1 },
    { input: [1, 11, 7], filter: [1, 6], stride: [5, 4], dilation: [1, 3], multiplier: 1 },
  ] as const;
  const cases = shapes.map(({ multiplier, ...shape }, k) =>
    every(
      {
        ...{ kind: "DEPTHWISE_CONV_2D", zeroPoint: [-128, 0, 127][k % 3] ?? 0 },
        ...{ ...shape, bias: biases(shape.input[2] * multiplier) },
      },
      k,
    ),
  );
  const { lowerings, wrong } = await compareLowered(cases, BOTH_ROUNDINGS);
  expect(wrong).toEqual([]);
  const forms = new Set(lowerings.map(({ form }) => form));
  for (const form of ["rows", "columns"].flatMap((axis) =>
    [2, 3].map((p) => `dot ${p}x8, ${axis}`),
  )) {
    expect(forms).toContain(form);
  }
});
