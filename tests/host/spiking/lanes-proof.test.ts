/** The proof of the 16-bit format, against the worst that can arrive. */
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import {
  type Bounds,
  kappaOf,
  leakOf,
  proven,
  restingError,
  restOf,
  TOP,
} from "../../../host/spiking/lanes-proof.ts";

const KAPPAS = [0, 1 / 1000, 1 / 20, 1 / 16, 0.0606, 0.221, 0.37, 0.5];
const STEPS = 3000;

test("κ is kept to 1 in 254, and its products stay in their lane", () => {
  for (const kappa of KAPPAS.slice(1)) {
    const leak = leakOf(kappa);
    if (!leak) throw new Error(`no leak for ${kappa}`);
    expect(Math.abs(kappaOf(leak) / kappa - 1)).toBeLessThanOrEqual(1 / 254);
    expect((0xffff >> leak.coarse) * leak.multiplier).toBeLessThanOrEqual(0xffff);
  }
  for (const kappa of [0.6, 1, 1e-6]) expect(leakOf(kappa)).toBeNull();
});

describe.each(KAPPAS)("κ = %s", (kappa) => {
  const leak = leakOf(kappa);
  if (!leak) throw new Error("no leak");
  const threshold = 3000;
  const offset = TOP - threshold;
  const constant = 1.03 * (kappa > 0 ? kappa : 0.01) * threshold;
  const lanes = { ...leak, offset, rest: Math.round(restOf(leak, offset, constant, kappa)) };
  const next = (u: number) =>
    u - (((u >> leak.coarse) * leak.multiplier) >> leak.places) + lanes.rest;

  test.each([null, 0, -500])(
    "reset %s: the largest sums that are proven stay in the lane",
    (reset) => {
      const start = { threshold, reset, lowest: -100, highest: threshold - 1 };
      const largest = (bounds: (x: number) => Bounds): number => {
        let x = 0;
        for (let bit = 1 << 15; bit > 0; bit >>= 1) if (proven(lanes, bounds(x + bit))) x += bit;
        return x;
      };
      expect(proven(lanes, { ...start, up: 0, down: 0 })).toBe(true);
      const down = largest((x) => ({ ...start, up: 0, down: x }));
      const up = largest((x) => ({ ...start, down, up: x }));
      expect(up + down).toBeGreaterThan(1000);
      const random = mulberry32(7);
      const worst = [
        () => -down,
        () => up,
        () => (random() < 0.5 ? up : -down),
        () => Math.round(random() * (up + down)) - down,
        (k: number) => (k % 700 < 350 ? -down : up),
        (k: number) => (k % 70 < 69 ? -down : 0),
      ];
      for (const arrives of worst) {
        for (const v of [start.lowest, 0, start.highest]) {
          let u = v + offset;
          for (let k = 0; k < STEPS; k++) {
            u += arrives(k);
            if (u < 0 || u > 0xffff) throw new Error(`${u} before step ${k}`);
            u = next(u);
            if (u < 0 || u > 0xffff) throw new Error(`${u} after step ${k}`);
            if (u > TOP) u = reset === null ? u - threshold : reset + offset;
          }
        }
      }
    },
  );

  test("without spikes, v rests where it ought to", () => {
    if (kappa === 0) return;
    const drive = 0.8 * kappa * threshold;
    const rest = Math.round(restOf(leak, offset, drive, kappa));
    let u = offset;
    for (let k = 0; k < 20 / kappa; k++) u = next(u) + rest - lanes.rest;
    expect(Math.abs(u - offset - 0.8 * threshold)).toBeLessThanOrEqual(restingError(leak) + 1);
  });
});
