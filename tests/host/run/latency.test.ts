import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { LatencyRecorder, latencyLines } from "../../../host/run/latency.ts";
import { count, quantity, significant, table } from "../../../host/text.ts";

describe("the distribution", () => {
  test("of nothing is nothing", () => {
    expect(new LatencyRecorder().summary()).toBeNull();
  });

  test("of one is that one", () => {
    const recorder = new LatencyRecorder();
    recorder.add(7);
    const us = { minUs: 7, p10Us: 7, p50Us: 7, p90Us: 7, p99Us: 7, maxUs: 7 };
    expect(recorder.summary()).toEqual({ n: 1, ...us });
  });

  test("is that of nearest rank, whatever the order", () => {
    const recorder = new LatencyRecorder();
    for (let k = 0; k < 100; k++) recorder.add(((k * 37) % 100) + 1);
    expect(recorder.summary()).toEqual({
      ...{ n: 100, minUs: 1, p10Us: 10, p50Us: 50, p90Us: 90, p99Us: 99, maxUs: 100 },
    });
  });

  test("stays close when far more come than are kept, and the extremes stay exact", () => {
    const recorder = new LatencyRecorder(512);
    const random = mulberry32(3);
    const all = Float64Array.from({ length: 100_000 }, () => random() ** 3 * 1000);
    for (const us of all) recorder.add(us);
    all.sort();
    const summary = recorder.summary();
    expect(summary).toMatchObject({ n: 100_000, minUs: all[0], maxUs: all.at(-1) });
    // 256 to 512 kept: the share below a percentile is known to about ± 0.07 (3 σ)
    for (const [us, share] of [
      [summary?.p10Us ?? 0, 0.1],
      [summary?.p50Us ?? 0, 0.5],
      [summary?.p90Us ?? 0, 0.9],
    ] as const) {
      const below = all.findIndex((value) => value >= us) / all.length;
      expect(Math.abs(below - share)).toBeLessThan(0.1);
    }
  });

  test("as text", () => {
    const recorder = new LatencyRecorder();
    for (const us of [1.234, 5, 1234.5]) recorder.add(us);
    const [, head, row] = latencyLines(recorder.summary() ?? fail());
    expect(head?.split(/ +/)).toEqual(expect.arrayContaining(["min", "p99", "max"]));
    expect(row?.trim().split(/ +/)).toEqual(["1.23", "1.23", "5.00", "1,235", "1,235", "1,235"]);
  });
});

describe("numbers for people", () => {
  test("count groups digits", () => {
    expect([0, 7, 999, 1000, 2_656_768, -12_345].map(count)).toEqual([
      ...["0", "7", "999", "1,000", "2,656,768", "-12,345"],
    ]);
  });

  test("significant keeps three digits and no exponent", () => {
    expect([0, 0.00012345, 0.5, 9.999, 123.4, 99_999].map(significant)).toEqual([
      ...["0", "0.000123", "0.500", "10.0", "123", "99,999"],
    ]);
  });

  test("quantity takes the prefix that leaves 1 to 999", () => {
    const joules = [0, 1, 0.9996, 0.0123, 4.5e-7, 1e-18, 2.5e9, -0.002];
    expect(joules.map((j) => quantity(j, "J"))).toEqual([
      ...["0 J", "1.00 J", "1.00 J", "12.3 mJ", "450 nJ", "0.00100 fJ", "2.50 GJ", "-2.00 mJ"],
    ]);
  });

  test("table lines up, without spaces at the ends", () => {
    expect(
      table(
        [
          ["a", "1", ""],
          ["bcd", "22", "x"],
        ],
        ["left", "right", "left"],
      ),
    ).toEqual(["a     1", "bcd  22  x"]);
  });
});

const fail = (): never => {
  throw new Error("no summary");
};
