/** Decay factors and their errors, against exact fractions. */
import { describe, expect, test } from "vitest";
import {
  decayError,
  decayOf,
  decayOfLanes,
  roundAway,
  toIntegers,
} from "../../../host/spiking/quantise-numbers.ts";
import { exactly, rounded, scaled } from "../../support/rational.ts";

/** The next double below a positive one. */
function below(x: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) - 1n);
  return view.getFloat64(0);
}

const whole = (x: number, shift: number): bigint => rounded(scaled(exactly(x), shift));

/** The most that keeps the mantissa in its bits; 60 at most. */
function shiftOf(kappa: number, bits: number): number {
  let shift = 60;
  while (whole(kappa, shift) > 2n ** BigInt(bits) - 1n) shift--;
  return shift;
}

describe.each([31, 15] as const)("%i bits", (bits) => {
  const most = bits === 31 ? 2 : 0.249;
  const corner = 2 ** bits - 0.5;
  const kappas = [below(most), 0.2, 0.125, below(0.125), 1e-3, 2 ** -20, 2 ** -29, 2 ** -30, 1e-12];
  for (let k = bits === 31 ? 30 : 17; k < 62; k++) {
    for (const x of [corner * 2 ** -k, below(corner * 2 ** -k)]) if (x < most) kappas.push(x);
  }

  test("one factor: the most shift with which its mantissa fits, and the nearest mantissa", () => {
    for (const kappa of kappas) {
      const shift = shiftOf(kappa, bits);
      const expected = { mantissa: Number(whole(kappa, shift)), shift };
      expect([kappa, decayOf(kappa, bits)]).toEqual([kappa, expected]);
      expect(expected.mantissa).toBeLessThan(2 ** bits);
    }
  });

  test("one for each neuron: the largest decides, and each has its nearest mantissa", () => {
    const values = Float64Array.of(0.1, 0.2499 * most, 3e-4, 0, 0.0301, 7e-9, 0.15);
    const shift = shiftOf(Math.max(...values), bits);
    const { mantissa, ...found } = decayOf(values, bits);
    expect(found).toEqual({ shift });
    expect(mantissa).toBeInstanceOf(Int32Array);
    const nearest = Array.from(values, (x) => (x === 0 ? 0 : Number(whole(x, shift))));
    expect(Array.from(mantissa as Int32Array)).toEqual(nearest);
    // and one where all are equal
    expect(decayOf(Float64Array.of(0.1, 0.1), bits)).toEqual(decayOf(0.1, bits));
  });

  test("nothing decays", () => {
    const expected = { mantissa: 0, shift: bits === 31 ? 30 : 17 };
    expect(decayOf(0, bits)).toEqual(expected);
    expect(decayOf(Float64Array.of(0, 0), bits)).toEqual(expected);
  });
});

test("31 bits where nothing else is said", () => {
  expect(decayOf(0.1)).toEqual(decayOf(0.1, 31));
});

test("of lanes: the very factor", () => {
  for (const [multiplier, coarse, places] of [
    [1, 0, 6],
    [0, 0, 0],
    [255, 8, 15],
    [13, 4, 3],
    [1, 0, 1],
  ] as const) {
    const { mantissa, shift } = decayOfLanes({ multiplier, coarse, places, offset: 1, rest: 2 });
    expect(Number.isInteger(mantissa)).toBe(true);
    expect(Number(mantissa) / 2 ** shift).toBe(multiplier / 2 ** (coarse + places));
  }
});

describe("the error of decay factors", () => {
  const errorOf = (kappa: number, m: number, shift: number) =>
    Math.abs(m / 2 ** shift - kappa) / kappa;

  test("of one: relative, whichever side it is off", () => {
    expect(decayError(0.3, { mantissa: 1, shift: 2 })).toBeCloseTo(1 / 6, 12);
    expect(decayError(0.2, { mantissa: 1, shift: 2 })).toBeCloseTo(1 / 4, 12);
    expect(decayError(-0.2, { mantissa: -1, shift: 2 })).toBeCloseTo(1 / 4, 12);
    expect(decayError(0, { mantissa: 0, shift: 2 })).toBe(0);
    expect(decayError(0.25, { mantissa: 1, shift: 2 })).toBe(0);
    // one factor for all, one mantissa for each
    expect(decayError(0.3, { mantissa: Int32Array.of(1), shift: 2 })).toBeCloseTo(1 / 6, 12);
  });

  test("of several: the largest, each against its own", () => {
    const kappas = Float64Array.of(0.1, 0.26, 0, 0.2);
    const decay = { mantissa: Int32Array.of(3, 8, 0, 6), shift: 5 };
    const errors = [errorOf(0.1, 3, 5), errorOf(0.26, 8, 5), errorOf(0.2, 6, 5)];
    expect(decayError(kappas, decay)).toBeCloseTo(Math.max(...errors), 12);
    // one mantissa for all
    const one = decayError(Float64Array.of(0.1, 0.2), { mantissa: 1, shift: 3 });
    expect(one).toBeCloseTo(0.375, 12);
  });
});

test("to integers: the nearest, ties away from zero, no negative zero", () => {
  expect([0.5, 1.5, 2.5, 0.49, -0.5, -2.5, -0.49].map(roundAway)).toEqual([1, 2, 3, 0, -1, -3, -0]);
  expect(toIntegers(-0.49, 0)).toBe(0);
  expect(Object.is(toIntegers(-0.49, 0), 0)).toBe(true);
  expect(toIntegers(0.75, 1)).toBe(2);
  expect(toIntegers(-0.75, 1)).toBe(-2);
  expect(toIntegers(3, 10)).toBe(3072);
  expect(toIntegers(6, -2)).toBe(2);
  expect(toIntegers(Float64Array.of(2, 2), 3)).toBe(16);
  expect(toIntegers(Float64Array.of(0.5, -0.5, 3), 0)).toEqual(Int32Array.of(1, -1, 3));
});
