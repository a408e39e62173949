/** The kernel of QIF alone, at the corners of its numbers, against its equation in BigInt. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { kernel } from "../../support/kernel.ts";

const LIMIT = 2 ** 29 - 1;
const N = 2048;
const [COUNTERS, V, TOTAL] = [64, 1024, 1024 + 4 * N];
const [REFRACTORY, SPIKES, EVENTS] = [TOTAL + 4 * N, TOTAL + 8 * N, TOTAL + 9 * N];
const PARAMETERS = EVENTS + 8 + 8 * N;

type Neuron = {
  readonly v: number;
  readonly total: number;
  /** mantissa, constant, rest, critical, threshold, reset */
  readonly parameters: readonly [number, number, number, number, number, number];
};

const corners = {
  v: [-LIMIT, -(2 ** 28), -1, 0, 1, 2 ** 27 - 1, LIMIT],
  total: [-LIMIT, -1, 0, 1, LIMIT],
  mantissa: [0, 1, 2 ** 23, 2 ** 24 - 1],
  near: [-(2 ** 28), -1, 0, 2 ** 28],
  threshold: [-(2 ** 27), 0, 2 ** 27],
};

function neurons(seed: number): Neuron[] {
  const random = mulberry32(seed);
  const from = (list: readonly number[]) => list[Math.floor(random() * list.length)] as number;
  const some = (list: readonly number[], most: number) =>
    random() < 0.5 ? from(list) : Math.round((random() * 2 - 1) * most);
  return Array.from({ length: N }, () => ({
    v: some(corners.v, LIMIT),
    total: some(corners.total, LIMIT),
    parameters: [
      Math.abs(some(corners.mantissa, 2 ** 24 - 1)),
      some(corners.near, 2 ** 28),
      some(corners.near, 2 ** 28),
      some(corners.near, 2 ** 28),
      some(corners.threshold, 2 ** 27),
      some(corners.near, 2 ** 28),
    ],
  }));
}

/** floor(x / 2^shift + 1/2), on numbers without an end. */
const rounded = (x: bigint, shift: number): bigint => {
  const unit = 2n ** BigInt(shift);
  const twice = 2n * x + unit;
  const quotient = twice / (2n * unit);
  return twice < 0n && quotient * 2n * unit !== twice ? quotient - 1n : quotient;
};

function expected({ v, total, parameters }: Neuron, shift: number) {
  const [mantissa, constant, rest, critical, threshold, reset] = parameters.map(BigInt) as [
    ...[bigint, bigint, bigint, bigint, bigint, bigint],
  ];
  const before = BigInt(v);
  const parabola = rounded((before - rest) * (before - critical), 21);
  const x = before + rounded(parabola * mantissa, shift) + BigInt(total) + constant;
  const spike = x >= threshold;
  const held = !spike && x < -BigInt(LIMIT);
  return { v: Number(spike ? reset : held ? -LIMIT : x), spike, held };
}

test.each([1, 2, 17, 31, 44, 59, 60])("shift %i: every corner, all to the bit", async (shift) => {
  const { memory, qif } = await kernel("assembly/neurons/qif.ts", { pages: 3 }, "qif");
  const all = neurons(shift);
  const view = new DataView(memory.buffer);
  all.forEach(({ v, total, parameters }, k) => {
    view.setInt32(V + 4 * k, v, true);
    view.setInt32(TOTAL + 4 * k, total, true);
    view.setInt32(REFRACTORY + 4 * k, k % 7 === 0 ? 3 : 0, true);
    parameters.forEach((value, c) => {
      view.setInt32(PARAMETERS + 24 * k + 4 * c, value, true);
    });
  });
  qif(V, TOTAL, REFRACTORY, 9, PARAMETERS, 24, shift, SPIKES, EVENTS, N, COUNTERS);
  const fired: number[] = [];
  let saturations = 0;
  all.forEach((neuron, k) => {
    const resting = k % 7 === 0;
    const { v, spike, held } = expected(neuron, shift);
    const found = [V, REFRACTORY].map((at) => view.getInt32(at + 4 * k, true));
    const after = resting ? [neuron.v, 2] : [v, spike ? 9 : 0];
    expect([k, ...found, view.getUint8(SPIKES + k)]).toEqual([
      ...[k, ...after, !resting && spike ? 1 : 0],
    ]);
    if (!resting && spike) fired.push(k);
    if (!resting && held) saturations += 1;
  });
  const events = fired.map((_, e) => view.getInt32(EVENTS + 8 + 8 * e, true));
  expect(events).toEqual(fired);
  expect(view.getInt32(EVENTS, true)).toBe(fired.length);
  const counters = [8, 24].map((at) => Number(view.getBigInt64(COUNTERS + at, true)));
  expect(counters).toEqual([fired.length, saturations]);
  expect(fired.length).toBeGreaterThan(100);
  expect(saturations).toBeGreaterThan(10);
});
