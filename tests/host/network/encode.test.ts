import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import {
  type Encoder,
  latencyEncoder,
  levelCrossingEncoder,
  poissonEncoder,
  rateEncoder,
} from "../../../host/network/index.ts";

function encode(encoder: Encoder, rows: readonly ArrayLike<number>[]): number[][] {
  const counts = new Uint8Array(encoder.outputs).fill(9);
  return rows.map((row) => {
    encoder.step(row, counts);
    return [...counts];
  });
}

const column = (rows: readonly (readonly number[])[], k: number) => rows.map((row) => row[k] ?? 0);
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe("rate", () => {
  test("⌊n · rate · dt⌋ spikes after n steps", () => {
    const rates = [0, 10, 33, 100, 999, 1000, 2500];
    const rows = encode(rateEncoder(rates.length, 1e-3), new Array(1000).fill(rates));
    rates.forEach((rate, k) => {
      let sum = 0;
      column(rows, k).forEach((spikes, t) => {
        sum += spikes;
        expect(sum).toBe(Math.floor(((t + 1) * rate) / 1000));
      });
    });
  });

  test("a change of the rate acts at once and keeps the phase", () => {
    const rows = encode(rateEncoder(1, 0.1), [[4], [4], [2], [8], [8]]);
    // phases .4, .8, 1.0, .8, 1.6
    expect(column(rows, 0)).toEqual([0, 0, 1, 0, 1]);
  });

  test("negative, missing and endless rates", () => {
    const rows = encode(rateEncoder(3, 1), [
      [-5, Number.NaN, 1e9],
      [1, 1, 0],
      [0, 0, 0],
    ]);
    expect(rows[0]).toEqual([0, 0, 255]);
    expect(rows[1]?.slice(0, 2)).toEqual([1, 1]);
  });
});

describe("poisson", () => {
  test.each([0.01, 0.5, 3])("mean and variance of a count are rate · dt = %f", (mean) => {
    const counts = column(
      encode(poissonEncoder(1, 1e-3, 4), new Array(40_000).fill([mean * 1e3])),
      0,
    );
    const found = total(counts) / counts.length;
    const variance = total(counts.map((c) => (c - found) ** 2)) / counts.length;
    const spread = Math.sqrt(mean / counts.length);
    expect(Math.abs(found - mean)).toBeLessThan(4 * spread);
    expect(Math.abs(variance / mean - 1)).toBeLessThan(0.15);
    const silent = counts.filter((c) => c === 0).length / counts.length;
    expect(Math.abs(silent - Math.exp(-mean))).toBeLessThan(0.01);
  });

  test("the seed decides; reset plays it again; channels are independent", () => {
    const rows = new Array(200).fill([500, 500]);
    const encoder = poissonEncoder(2, 1e-3, 7);
    const first = encode(encoder, rows);
    encoder.reset();
    expect(encode(encoder, rows)).toEqual(first);
    expect(encode(poissonEncoder(2, 1e-3, 8), rows)).not.toEqual(first);
    expect(column(first, 0)).not.toEqual(column(first, 1));
  });

  test("no rate, no spikes; and never more than a byte", () => {
    const rows = encode(poissonEncoder(2, 1, 1), new Array(50).fill([0, 1e6]));
    expect(total(column(rows, 0))).toBe(0);
    expect(new Set(column(rows, 1))).toEqual(new Set([255]));
  });
});

describe("latency", () => {
  test("1 fires first, 0 last, linearly between; once in every window", () => {
    const values = [1, 0.75, 0.5, 0, 2, -1];
    const rows = encode(latencyEncoder(6, 9), new Array(18).fill(values));
    const firsts = values.map((_, k) => column(rows, k).indexOf(1));
    // −1 is below the minimum, 0 where none is given
    expect(firsts).toEqual([0, 2, 4, 8, 0, -1]);
    values.forEach((_, k) => {
      expect(total(column(rows, k))).toBe(k === 5 ? 0 : 2);
      expect(column(rows, k).slice(9)).toEqual(column(rows, k).slice(0, 9));
    });
  });

  test("values are read when a window begins; small ones stay silent", () => {
    const rows = encode(latencyEncoder(2, 3, 0.2), [
      [0, 0.2],
      [1, 1],
      [1, 1],
      [1, 0.1],
      [0, 1],
      [0, 1],
    ]);
    expect(column(rows, 0)).toEqual([0, 0, 0, 1, 0, 0]);
    expect(column(rows, 1)).toEqual([0, 0, 1, 0, 0, 0]);
  });
});

describe("level crossing", () => {
  test("the levels follow the value to within delta, forever", () => {
    const random = mulberry32(2);
    const delta = 0.1;
    const encoder = levelCrossingEncoder(1, delta);
    const counts = new Uint8Array(2);
    let [x, level] = [0.37, 0];
    encoder.step([x], counts);
    expect([...counts]).toEqual([0, 0]);
    for (let t = 0; t < 20_000; t++) {
      x += (random() - 0.5) * 0.7;
      encoder.step([x], counts);
      const [on = 0, off = 0] = counts;
      expect(on * off).toBe(0);
      level += on - off;
      expect(Math.abs(x - 0.37 - delta * level)).toBeLessThan(delta * (1 + 1e-9));
    }
  });

  test("a still value is silent; a step is one spike for each delta", () => {
    const rows = encode(levelCrossingEncoder(2, 0.5), [
      [1, 1],
      [1, 1],
      [2.2, 1],
      [2.2, 0.4],
      [2.2, 0.6],
    ]);
    expect(rows).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [2, 0, 0, 0],
      [0, 0, 0, 1],
      [0, 0, 0, 0],
    ]);
  });

  test("what a byte does not hold follows in the next steps", () => {
    const rows = encode(levelCrossingEncoder(1, 1), [[0], [600], [600], [600], [600]]);
    expect(column(rows, 0)).toEqual([0, 255, 255, 90, 0]);
  });

  test("reset takes new levels", () => {
    const encoder = levelCrossingEncoder(1, 1);
    encode(encoder, [[0], [5]]);
    encoder.reset();
    expect(encode(encoder, [[100], [101]])).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });
});

test.each([
  ["rateEncoder", () => rateEncoder(0, 1)],
  ["rateEncoder", () => rateEncoder(1, 0)],
  ["poissonEncoder", () => poissonEncoder(1.5, 1, 1)],
  ["latencyEncoder", () => latencyEncoder(1, 0)],
  ["levelCrossingEncoder", () => levelCrossingEncoder(1, -1)],
])("%s refuses sizes that make no sense", (where, make) => {
  try {
    make();
    expect.unreachable();
  } catch (error) {
    expect(error instanceof TwentyWattError && error.problems[0]).toMatchObject({
      code: "MODEL_RANGE",
      where,
    });
  }
});

test.each([
  ["rateEncoder", rateEncoder(3, 1)],
  ["poissonEncoder", poissonEncoder(3, 1, 1)],
  ["latencyEncoder", latencyEncoder(3, 4)],
  ["levelCrossingEncoder", levelCrossingEncoder(3, 1)],
] as const)("%s refuses a row that lacks channels, and takes a longer one", (where, made) => {
  expect(() => made.step([1, 2], new Uint8Array(6))).toThrow(
    `INPUT_SIZE: ${where}: got 2 values, expected 3, one for each channel.`,
  );
  expect(() => made.step([1, 2, 3, 4], new Uint8Array(6))).not.toThrow();
});
