/** The multipliers by themselves: outputs rarely show a wrong one. The oracle computes with exact fractions. */
import { expect, test } from "vitest";
import { importModel } from "../../../host/importers/index.ts";
import type { Activation, Tensor } from "../../../host/model/graph.ts";
import {
  activationRange,
  addMultipliers,
  channelMultipliers,
  frexp,
  fullyConnectedMultiplier,
  leakyReluMultipliers,
  type Multiplier,
  mulMultiplier,
  preluMultipliers,
  quantizeMultiplier,
  rescaleMultiplier,
  roundHalfAway,
} from "../../../host/model/multiplier.ts";
import { mulberry32, uniform } from "../../../host/model/random.ts";
import { dataTest, readData } from "../../support/data.ts";
import {
  exactly,
  exponentOf,
  over,
  type Rational,
  rounded,
  scaled,
  times,
  toFloat32,
  toFloat64,
} from "../../support/rational.ts";

/** TFLite's QuantizeMultiplier of an exact number. */
function expected(m: Rational): Multiplier {
  let exponent = exponentOf(m);
  let q = rounded(scaled(m, 31 - exponent));
  if (q === 2n ** 31n) {
    q = 2n ** 30n;
    exponent++;
  }
  return exponent < -31 ? { q: 0, exponent: 0 } : { q: Number(q), exponent };
}

const tensor = (scales: readonly number[], zeroPoint = 0): Tensor => ({
  name: "t",
  shape: [1],
  dtype: "i8",
  quantization: { scales, zeroPoints: scales.map(() => zeroPoint), axis: 0 },
  data: null,
});

const random = mulberry32(7);
const anyScale = (low = -12, high = 2): number => Math.fround(2 ** uniform(random, low, high));

/** `count` triples of float32 scales. */
const triples = (count: number) =>
  Array.from({ length: count }, () => [anyScale(), anyScale(), anyScale()] as const);

test("round half away from zero, also next to a half and where doubles have no fraction", () => {
  const cases: readonly (readonly [number, number])[] = [
    [0.5, 1],
    [-0.5, -1],
    [2.5, 3],
    [-2.5, -3],
    [0.49999999999999994, 0], // floor(x + 0.5) would be 1
    [-0.49999999999999994, 0],
    [2251799813685248.5, 2251799813685249],
    [9007199254740991, 9007199254740991],
    [-9007199254740991, -9007199254740991],
  ];
  for (const [x, whole] of cases) expect(roundHalfAway(x) + 0).toBe(whole);
});

test("frexp: every power of two a double has, its neighbours, and subnormals", () => {
  for (let n = -1022; n <= 1023; n++) {
    expect(frexp(2 ** n)).toEqual({ f: 0.5, e: n + 1 });
    expect(frexp(2 ** n * (1 + Number.EPSILON))).toEqual({ f: 0.5 + 2 ** -53, e: n + 1 });
  }
  expect(frexp(Number.MAX_VALUE)).toEqual({ f: 1 - 2 ** -53, e: 1024 });
  expect(frexp(Number.MIN_VALUE)).toEqual({ f: 0.5, e: -1073 });
  expect(frexp(3 * Number.MIN_VALUE)).toEqual({ f: 0.75, e: -1072 });
  expect(frexp(2 ** -1022 - Number.MIN_VALUE)).toEqual({ f: 1 - 2 ** -52, e: -1022 });
});

test("powers of two have the smallest q", () => {
  for (let n = -32; n <= 29; n++) {
    const power = { q: 2 ** 30, exponent: n + 1 };
    expect(quantizeMultiplier(2 ** n, "double")).toEqual(power);
    expect(quantizeMultiplier(2 ** n, "single")).toEqual(power);
  }
});

test("a mantissa that rounds to 2^31 carries into the exponent", () => {
  expect(quantizeMultiplier(1 - 2 ** -33, "double")).toEqual({ q: 2 ** 30, exponent: 1 });
  expect(quantizeMultiplier(1 - 2 ** -32, "double")).toEqual({ q: 2 ** 30, exponent: 1 }); // a tie
  expect(quantizeMultiplier(1 - 2 ** -32 - 2 ** -53, "double")).toEqual({
    q: 2 ** 31 - 1,
    exponent: 0,
  });
  expect(quantizeMultiplier(1 - 2 ** -31, "double")).toEqual({ q: 2 ** 31 - 1, exponent: 0 });
});

test("exponent −31 is kept, −32 is zero; a carry can save it", () => {
  expect(quantizeMultiplier(2 ** -32, "double")).toEqual({ q: 2 ** 30, exponent: -31 });
  expect(quantizeMultiplier(2 ** -32 * (1 - 2 ** -31), "double")).toEqual({ q: 0, exponent: 0 });
  expect(quantizeMultiplier(2 ** -32 * (1 - 2 ** -33), "double")).toEqual({
    q: 2 ** 30,
    exponent: -31,
  });
  for (const tiny of [2 ** -33, 2 ** -200, 2 ** -1022, Number.MIN_VALUE]) {
    expect(quantizeMultiplier(tiny, "double")).toEqual({ q: 0, exponent: 0 });
    expect(quantizeMultiplier(tiny, "single")).toEqual({ q: 0, exponent: 0 });
  }
});

test("above exponent 30 single rounding takes the largest multiplier, double rounding any", () => {
  const largest = { q: 2 ** 31 - 1, exponent: 30 };
  expect(quantizeMultiplier(2 ** 30 - 2 ** -1, "single")).toEqual(largest);
  expect(quantizeMultiplier(2 ** 30 - 2 ** -3, "double")).toEqual({ q: 2 ** 30, exponent: 31 });
  expect(quantizeMultiplier(2 ** 30, "single")).toEqual(largest);
  expect(quantizeMultiplier(2 ** 30, "double")).toEqual({ q: 2 ** 30, exponent: 31 });
  expect(quantizeMultiplier(3e9, "single")).toEqual(largest);
  expect(quantizeMultiplier(2 ** 1023, "single")).toEqual(largest);
  expect(quantizeMultiplier(2 ** 1023, "double")).toEqual({ q: 2 ** 30, exponent: 1024 });
});

test("zero, and what is no multiplier", () => {
  for (const m of [0, -0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(quantizeMultiplier(m, "double")).toEqual({ q: 0, exponent: 0 });
  }
});

test("any double against exact fractions", () => {
  for (let k = 0; k < 5000; k++) {
    const m = 2 ** uniform(random, -40, 29);
    expect(quantizeMultiplier(m, "double")).toEqual(expected(exactly(m)));
    expect(quantizeMultiplier(m, "single")).toEqual(expected(exactly(m)));
  }
});

test("per channel: the product in double, of every channel's own scale or the only one", () => {
  for (const [input, weights, output] of triples(500)) {
    const scales = [weights, anyScale(), anyScale()];
    const own = channelMultipliers(tensor([input]), tensor(scales), tensor([output]), 3, "double");
    const inDouble = (s: number): Multiplier =>
      expected(toFloat64(over(toFloat64(times(exactly(input), exactly(s))), exactly(output))));
    expect(own).toEqual(scales.map(inDouble));
    const one = channelMultipliers(
      tensor([input]),
      tensor([weights]),
      tensor([output]),
      2,
      "single",
    );
    expect(one).toEqual([inDouble(weights), inDouble(weights)]);
  }
});

/** s_in · s_w in float32, then the quotient in double. */
const inFloat32 = (input: number, weights: number, output: number): Multiplier =>
  expected(toFloat64(over(toFloat32(times(exactly(input), exactly(weights))), exactly(output))));

test("FULLY_CONNECTED per tensor: the product in float32", () => {
  let differs = 0;
  for (const [input, weights, output] of triples(500)) {
    const [i, w, o] = [tensor([input]), tensor([weights]), tensor([output])];
    const own = fullyConnectedMultiplier(i, w, o, "double");
    expect(own).toEqual(inFloat32(input, weights, output));
    if (own.q !== channelMultipliers(i, w, o, 1, "double")[0]?.q) differs++;
  }
  expect(differs).toBeGreaterThan(450);
});

dataTest("the anomaly detector: nine of its ten layers are not what doubles give", async () => {
  const graph = await importModel(readData("models/ad01_int8.tflite"), "ad01_int8.tflite");
  if (graph.kind !== "layered") throw new Error("not a layered graph");
  const layers = graph.nodes.filter(({ kind }) => kind === "FULLY_CONNECTED");
  expect(layers).toHaveLength(10);
  let differs = 0;
  for (const { inputs, output } of layers) {
    const [x, w, y] = [inputs[0], inputs[1], output].map((k) => graph.tensors[k ?? -1]);
    if (!x || !w || !y) throw new Error("a layer without tensors");
    const own = fullyConnectedMultiplier(x, w, y, "double");
    const scaleOf = ({ quantization }: Tensor) => quantization.scales[0] ?? Number.NaN;
    expect(own).toEqual(inFloat32(scaleOf(x), scaleOf(w), scaleOf(y)));
    if (own.q !== channelMultipliers(x, w, y, 1, "double")[0]?.q) differs++;
  }
  expect(differs).toBe(9);
});

test("ADD and SUB: ratios to twice the larger scale, in double", () => {
  for (const [a, b, output] of triples(500)) {
    const own = addMultipliers(tensor([a]), tensor([b]), tensor([output]), "double");
    const twice = scaled(exactly(Math.max(a, b)), 1);
    expect(own).toEqual({
      a: expected(toFloat64(over(exactly(a), twice))),
      b: expected(toFloat64(over(exactly(b), twice))),
      output: expected(toFloat64(over(twice, scaled(exactly(output), 20)))),
    });
    expect(a < b ? own.b : own.a).toEqual({ q: 2 ** 30, exponent: 0 }); // one half
  }
});

test("ADD's ratios are not those of float32", () => {
  const [a, b] = [Math.fround(0.1), Math.fround(0.3)];
  const { a: ratio } = addMultipliers(tensor([a]), tensor([b]), tensor([b]), "double");
  expect(ratio.q).not.toBe(quantizeMultiplier(Math.fround(a / (2 * b)), "double").q);
});

test("MUL and rescaling: in double", () => {
  for (const [a, b, output] of triples(500)) {
    expect(mulMultiplier(tensor([a]), tensor([b]), tensor([output]), "double")).toEqual(
      expected(toFloat64(over(toFloat64(times(exactly(a), exactly(b))), exactly(output)))),
    );
    expect(rescaleMultiplier(tensor([a]), tensor([output]), "single")).toEqual(
      expected(toFloat64(over(exactly(a), exactly(output)))),
    );
  }
});

test("LEAKY_RELU: both ratios in float32, alpha by its magnitude", () => {
  for (const [input, output, alpha] of triples(500)) {
    const ratio = toFloat32(over(exactly(input), exactly(output)));
    const product = toFloat32(times(exactly(input), exactly(alpha)));
    const slope = expected(toFloat32(over(product, exactly(output))));
    for (const sign of [1, -1]) {
      expect(leakyReluMultipliers(tensor([input]), tensor([output]), sign * alpha)).toEqual({
        identity: expected(ratio),
        alpha: slope,
        negativeAlpha: sign < 0,
      });
    }
  }
  const flat = leakyReluMultipliers(tensor([0.5]), tensor([0.5]), 0);
  expect(flat).toEqual({
    identity: { q: 2 ** 30, exponent: 1 },
    alpha: { q: 0, exponent: 0 },
    negativeAlpha: false,
  });
});

test("LEAKY_RELU: a double alpha is a float32 first, as the file holds it", () => {
  const [input, output] = [tensor([0.25]), tensor([0.5])];
  expect(leakyReluMultipliers(input, output, 0.1)).toEqual(
    leakyReluMultipliers(input, output, Math.fround(0.1)),
  );
});

test.each<[Activation, number, number, number, number]>([
  ["NONE", 0.1, 5, -128, 127],
  ["RELU", 0.1, 5, 5, 127],
  ["RELU", 0.1, -128, -128, 127],
  ["RELU", 0.1, 127, 127, 127],
  ["RELU6", 0.1, 5, 5, 65],
  ["RELU6", 0.01, -128, -128, 127], // 600 steps do not fit
  ["RELU6", 6 / 255, -128, -128, 127],
  ["RELU6", 4, 0, 0, 2], // 1.5 away from zero
  ["RELU6", 100, 7, 7, 7],
  ["RELU_N1_TO_1", 0.25, 3, -1, 7],
  ["RELU_N1_TO_1", 2, 0, -1, 1], // ± 0.5 away from zero
  ["RELU_N1_TO_1", 0.001, 0, -128, 127],
])("%s at scale %d, zero point %d: %d … %d", (activation, scale, zeroPoint, low, high) => {
  expect(activationRange(activation, tensor([Math.fround(scale)], zeroPoint))).toEqual({
    low,
    high,
  });
});

test("the quotient of an activation's bound is float32: steps that a double would round down", () => {
  // 6 / s just below n + 1/2 in double, and n + 1/2 in float32
  const found = Array.from({ length: 126 }, (_, n) => n + 0.5)
    .flatMap((half) => [-1, 0, 1].map((ulp) => Math.fround((6 / half) * (1 + ulp * 2 ** -23))))
    .filter((s) => roundHalfAway(6 / s) < roundHalfAway(Math.fround(6 / s)));
  expect(found.length).toBeGreaterThan(5);
  for (const s of found) {
    const high = Math.floor(6 / s) + 1;
    expect(activationRange("RELU6", tensor([s]))).toEqual({ low: 0, high });
  }
});

test("PRELU: quotients of doubles where it rounds twice, of float32 where it rounds once", () => {
  const scales = [0.1, 0.007, 0.3].map((scale) => tensor([Math.fround(scale)]));
  const [input, slopes, output] = scales as [Tensor, Tensor, Tensor];
  // by hand, from the float32 values of the three scales
  expect(preluMultipliers(input, slopes, output, "double")).toEqual({
    above: { q: 1_431_655_730, exponent: -1 },
    below: { q: 1_282_763_573, exponent: -8 },
  });
  expect(preluMultipliers(input, slopes, output, "single")).toEqual({
    above: { q: 1_431_655_680, exponent: -1 },
    below: { q: 1_282_763_520, exponent: -8 },
  });
});
