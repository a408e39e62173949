/** Corners of the formats, where one more unit would not fit: against exact fractions, never against logarithms. */
import { describe, expect, test } from "vitest";
import { list, network, threshold } from "../../../host/network/index.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import { quantise } from "../../../host/spiking/quantise.ts";
import { toIntegers } from "../../../host/spiking/quantise-numbers.ts";
import { exponentOf } from "../../../host/spiking/quantise-weights.ts";
import { exactly, rounded, scaled } from "../../support/rational.ts";

const LIMITS = { i8: 127, i16: 32767 } as const;

/** The next double above or below a positive one. */
function next(x: number, by: 1n | -1n): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) + by);
  return view.getFloat64(0);
}

/** Smallest e ≥ least with which x / 2^e, rounded half up, is at most `limit`. */
function smallestExponent(x: number, limit: number, least: number): number {
  for (let e = least; ; e++) if (rounded(scaled(exactly(x), -e)) <= BigInt(limit)) return e;
}

describe.each(Object.entries(LIMITS))("the exponent of %s weights", (_, limit) => {
  test("is the smallest that fits, on both sides of every corner", () => {
    for (let e = -40; e <= 20; e++) {
      const corner = (limit + 0.5) * 2 ** e;
      for (const x of [limit * 2 ** e, next(corner, -1n), corner, next(corner, 1n)]) {
        for (const least of [-40, 0]) {
          expect([x, exponentOf(x, limit, least)]).toEqual([x, smallestExponent(x, limit, least)]);
        }
      }
      expect(exponentOf(next(corner, -1n), limit, -40)).toBe(e);
      expect(exponentOf(corner, limit, -40)).toBe(e + 1);
    }
  });

  test("without weights is 0, or the least there is", () => {
    for (const none of [0, Number.NaN]) {
      expect([exponentOf(none, limit, 0), exponentOf(none, limit, -40)]).toEqual([0, 0]);
      expect(exponentOf(none, limit, 3)).toBe(3);
    }
  });
});

/**
 * One synapse of each weight onto a neuron of its own, whose unit is a power of two; beside it synapses of the largest
 * weight from every source and onto every neuron, with which none of them is lost as a whole.
 */
function stored(weights: readonly number[], type: "i8" | "i16"): number[] {
  const net = network({ name: "corners" });
  const n = weights.length;
  const all = weights.map((_, k) => k);
  const last = all.map(() => n);
  const input = net.input("in", n + 1);
  const most = Math.max(...weights);
  const cells = net.population("cells", n + 1, threshold({ threshold: most }));
  net.project(input, cells, {
    connect: list([...all, ...all, ...last], [...all, ...last, ...all]),
    weight: [...weights, ...all.map(() => most), ...all.map(() => most)],
  });
  net.output("out", cells);
  const [projection] = quantise(discretise(net.graph()), type).projections;
  if (!projection || projection.rule !== null) throw new Error("no projection with constants");
  return all.map((k) => projection.matrix.weight[2 * k] ?? Number.NaN);
}

describe.each(["i8", "i16"] as const)("stored %s weights", (type) => {
  test("of every size keep their sign, and use up their numbers", () => {
    for (let k = 0; k < 4000; k++) {
      const weight = 2 ** (k / 4000);
      const [plus = 0, minus = 0] = stored([weight, -weight], type);
      expect([weight, plus > LIMITS[type] / 2, minus]).toEqual([weight, true, -plus]);
    }
  });

  test("are the nearest numbers, ties away from zero", () => {
    // the first, just below the limit, sets the exponent
    const whole = [LIMITS[type] - 1, 1, 0.5, 1.5, 2.5, 0.49, -0.49, -0.5, -1.5, -2.5, 0];
    const expected = [LIMITS[type] - 1, 1, 1, 2, 3, 0, 0, -1, -2, -3, 0];
    for (const unit of [2 ** -9, 1, 2 ** 5]) {
      const weights = whole.map((w) => w * unit);
      expect([unit, ...stored(weights, type)]).toEqual([unit, ...expected]);
    }
  });
});

test("a parameter that no i32 holds is raised, on either side of zero, alone and in a list", () => {
  for (const x of [2 ** 31, -(2 ** 31), 2 ** 40, -(2 ** 40)]) {
    expect(() => toIntegers(x, 0)).toThrow("INTERNAL");
    expect(() => toIntegers(Float64Array.from([0, x]), 0)).toThrow("INTERNAL");
  }
  expect(toIntegers(2 ** 31 - 1, 0)).toBe(2 ** 31 - 1);
  expect(toIntegers(-(2 ** 31 - 1), 0)).toBe(-(2 ** 31 - 1));
});
