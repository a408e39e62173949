/** ABS of every byte, as the compiler calls it: TFLite's definition in BigInt, over corners of scales and zero points. */
import { expect, test } from "vitest";
import { ROWS } from "../../../host/compiler/ops/index.ts";
import { DEFAULT_OPTIONS } from "../../../host/compiler/options.ts";
import { at } from "../../../host/model/at.ts";
import type { LayeredGraph, NodeOf, Tensor } from "../../../host/model/graph.ts";
import type { Rounding } from "../../../host/model/multiplier.ts";
import { mulberry32, uniform } from "../../../host/model/random.ts";
import { roundedShift } from "../../support/int32.ts";
import { kernel } from "../../support/kernel.ts";
import {
  exactly,
  exponentOf,
  over,
  type Rational,
  rounded,
  scaled,
  toFloat32,
  toFloat64,
} from "../../support/rational.ts";

const f32 = Math.fround;
const BUILDS = {
  mvp: await kernel("assembly/layers/abs.ts", {}, "absTable"),
  simd: await kernel("assembly/layers/abs.ts", { simd: true }, "absTable"),
};
const ROUNDINGS: readonly Rounding[] = ["double", "single"];
const ZERO_POINTS = [-128, -127, -64, -1, 0, 1, 77, 126, 127];
const TABLE = 256;

/** TFLite: QuantizeMultiplier, then MultiplyByQuantizedMultiplier, which rounds twice in both roundings. x ≥ 0, so halves go up. */
function multiplied(x: number, ratio: Rational): bigint {
  let exponent = exponentOf(ratio);
  let q = rounded(scaled(ratio, 31 - exponent));
  if (q === 2n ** 31n) {
    q = 2n ** 30n;
    exponent++;
  }
  if (exponent < -31) return 0n;
  const high = roundedShift((BigInt(x) << BigInt(Math.max(exponent, 0))) * q, 31);
  return exponent < 0 ? roundedShift(high, -exponent) : high;
}

type Quotient = (x: Rational) => Rational;

/** TFLite: AbsEvalQuantized of all magnitudes |x − z|, before the output's zero point. */
const magnitudes = (si: number, so: number, quotient: Quotient) =>
  Array.from({ length: 256 }, (_, x) =>
    si === so ? x : Number(multiplied(x, quotient(over(exactly(si), exactly(so))))),
  );

/** TensorFlow Lite Micro divides scales in double, TensorFlow Lite in float32. */
const QUOTIENTS: Readonly<Record<Rounding, Quotient>> = { double: toFloat64, single: toFloat32 };

const tensor = (scale: number, zeroPoint: number): Tensor => ({
  name: "t",
  shape: [1],
  dtype: "i8",
  quantization: { scales: [scale], zeroPoints: [zeroPoint], axis: 0 },
  data: null,
});

const NODE: NodeOf<"ABS"> = { kind: "ABS", index: 0, name: "abs", inputs: [0], output: 1 };

/** The table that init() fills, by the input byte from −128 on. */
function table(build: keyof typeof BUILDS, rounding: Rounding, from: Tensor, to: Tensor): number[] {
  const graph: LayeredGraph = {
    kind: "layered",
    source: { name: "abs", format: "graph", sha256: "" },
    tensors: [from, to],
    nodes: [NODE],
    inputs: [{ tensor: 0, edge: "i8" }],
    outputs: [{ tensor: 1, edge: "i8" }],
    labels: null,
  };
  const lowering = ROWS.ABS(NODE, graph, { ...DEFAULT_OPTIONS, build, rounding });
  if (!("init" in lowering)) throw new Error("an alias");
  const [address, ...args] = at(lowering.init, 0).args;
  expect(address).toEqual({ table: 0 });
  const { memory, absTable } = BUILDS[build];
  const bytes = new Int8Array(memory.buffer, 0, TABLE + 257).fill(0x55);
  absTable(TABLE, ...(args as number[]));
  expect([bytes[TABLE - 1], bytes[TABLE + 256]]).toEqual([0x55, 0x55]);
  const filled = [...bytes.subarray(TABLE, TABLE + 256)];
  return [...filled.slice(128), ...filled.slice(0, 128)];
}

function checkAll(si: number, so: number): void {
  for (const rounding of ROUNDINGS) {
    const products = magnitudes(si, so, QUOTIENTS[rounding]);
    for (const zi of ZERO_POINTS) {
      for (const zo of ZERO_POINTS) {
        const wanted = Array.from({ length: 256 }, (_, k) =>
          Math.min(127, at(products, Math.abs(k - 128 - zi)) + zo),
        );
        for (const build of ["mvp", "simd"] as const) {
          const got = table(build, rounding, tensor(si, zi), tensor(so, zo));
          if (got.join() === wanted.join()) continue;
          expect(got, `${build}, ${rounding}, ${si} ${zi} to ${so} ${zo}`).toEqual(wanted);
        }
      }
    }
  }
}

test("equal scales: |x − z| moved to the output's zero point, saturated above only", () => {
  checkAll(0.5, 0.5);
  checkAll(f32(0.1), f32(0.1));
  expect(table("mvp", "double", tensor(1, -128), tensor(1, -128)).slice(-3)).toEqual([
    125, 126, 127,
  ]);
  expect(table("mvp", "double", tensor(1, 127), tensor(1, 0)).slice(0, 2)).toEqual([127, 127]);
});

test("powers of two, halves, neighbours of 1, and scales so far apart that all or nothing is left", () => {
  for (const ratio of [
    0.5,
    0.25,
    2 ** -7,
    2 ** -8,
    2 ** -9,
    2,
    4,
    64,
    128,
    0.75,
    1.5,
    2.5,
    5 / 256,
  ]) {
    checkAll(f32(ratio * f32(0.3)), f32(0.3));
  }
  for (const near of [1 - 2 ** -24, 1 + 2 ** -23]) checkAll(f32(near), 1);
  for (const exponent of [9, 10, 11, 22, 23, 30, 31, 40, -20, -31, -32, -33, -60]) {
    checkAll(2 ** exponent, 1);
    checkAll(f32(1.9 * 2 ** exponent), 1);
  }
});

test("the quotient of the scales: a double where rounding is double, a float32 where it is single", () => {
  const [si, so] = [f32(0.07277227938175201), f32(0.1)];
  // 101 · si / so lies beside 73.5, on this side or on that
  const others: Readonly<Record<Rounding, Quotient>> = { double: toFloat32, single: toFloat64 };
  for (const [rounding, wanted] of [
    ["double", 74],
    ["single", 73],
  ] as const) {
    expect(table("mvp", rounding, tensor(si, 0), tensor(so, 0))[128 + 101]).toBe(wanted);
    expect(magnitudes(si, so, others[rounding])[101]).not.toBe(wanted);
  }
  checkAll(si, so);
});

test("random scales", () => {
  const random = mulberry32(3);
  const scale = (low: number, high: number) => f32(2 ** uniform(random, low, high));
  for (let k = 0; k < 40; k++) checkAll(scale(-10, 2), scale(-10, 2));
});
