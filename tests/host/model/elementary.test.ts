import { describe, expect, test } from "vitest";
import { cosSinTurns, exp, log } from "../../../host/model/elementary.ts";
import { gaussian, mulberry32, subseed } from "../../../host/model/random.ts";

/** Largest relative difference to the engine's own function, which is good to 1 ulp, over a sweep. */
const worst = (n: number, x: (k: number) => number, f: typeof exp, oracle: typeof exp) =>
  Math.max(...Array.from({ length: n }, (_, k) => Math.abs(f(x(k)) / oracle(x(k)) - 1)));

describe("elementary functions against the engine's own", () => {
  test("exp within 4 · 2^-52", () => {
    expect(worst(20_001, (k) => (k - 10_000) * 0.0707, exp, Math.exp)).toBeLessThan(4 * 2 ** -52);
    expect(exp(0)).toBe(1);
    expect(exp(-1000)).toBe(0);
    expect(exp(1000)).toBe(Number.POSITIVE_INFINITY);
  });

  test("log within 4 · 2^-52, also next to 1", () => {
    expect(worst(20_000, (k) => 1.0007 ** (k - 10_000.5), log, Math.log)).toBeLessThan(
      4 * 2 ** -52,
    );
    expect(worst(2000, (k) => 1 + (k - 1000.5) * 1e-9, log, Math.log)).toBeLessThan(4 * 2 ** -52);
    expect(log(1)).toBe(0);
  });

  test("cos and sin of turns within 8 · 2^-52, exact at the quarters", () => {
    for (let k = -1000; k < 1000; ++k) {
      const [cos, sin] = cosSinTurns(k / 1000.5);
      expect(Math.abs(cos - Math.cos((2 * Math.PI * k) / 1000.5))).toBeLessThan(8 * 2 ** -52);
      expect(Math.abs(sin - Math.sin((2 * Math.PI * k) / 1000.5))).toBeLessThan(8 * 2 ** -52);
      expect(Math.abs(cos * cos + sin * sin - 1)).toBeLessThan(4 * 2 ** -52);
    }
    expect([0, 0.25, 0.5, 0.75, 1].map((t) => cosSinTurns(t).map((x) => x + 0))).toEqual([
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
      [1, 0],
    ]);
  });
});

describe("random numbers", () => {
  test("mulberry32 gives the published sequence", () => {
    // seed 1234, from the author's C function
    const random = mulberry32(1234);
    expect([random(), random(), random()].map((x) => x * 2 ** 32)).toEqual([
      314799534, 3021131492, 3877737075,
    ]);
  });

  test("subseeds of neighbours differ in about half of their bits", () => {
    let flips = 0;
    for (let k = 0; k < 1000; ++k) {
      for (let x = subseed(7, k) ^ subseed(7, k + 1); x !== 0; x &= x - 1) flips += 1;
    }
    expect(flips / 1000).toBeGreaterThan(15);
    expect(flips / 1000).toBeLessThan(17);
  });

  test("gaussian has mean 0, variance 1 and kurtosis 3", () => {
    const random = mulberry32(5);
    const x = Array.from({ length: 100_000 }, () => gaussian(random));
    const moment = (n: number) => x.reduce((sum, v) => sum + v ** n, 0) / x.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.015);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.02);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.15);
  });
});
