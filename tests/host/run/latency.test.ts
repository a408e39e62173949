import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { LatencyRecorder, latencyLines } from "../../../host/run/latency.ts";
import { count, multiple, quantity, significant, table } from "../../../host/text.ts";

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

  test.each([
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
    [1, ""],
    [1e-3, "m"],
    [1e-6, "µ"],
    [1e-9, "n"],
    [1e-12, "p"],
    [1e-15, "f"],
  ] as const)("no prefix shows 1000 of the one below, nor an exponent: %d", (factor, prefix) => {
    // decimal digits, so that the boundary is what a reader takes it for
    const times = (digits: string) => Number(`${digits}e${Math.round(Math.log10(factor))}`);
    const texts = ["1", "0.99951", "9.9951", "99.951", "999", "999.4"].map((digits) =>
      quantity(times(digits), "J"),
    );
    const [one, below, ...rest] = texts;
    expect(one).toBe(`1.00 ${prefix}J`);
    expect(below).toBe(`1.00 ${prefix}J`);
    expect(rest).toEqual(
      ["10.0", "100", "999", "999"].map((digits) => expect.stringMatching(`^${digits} ${prefix}J`)),
    );
    // half way: a binary fraction lies on one side of it or the other
    for (const digits of ["0.9995", ...(factor < 1e9 ? ["999.5"] : [])]) {
      expect(quantity(times(digits), "J")).toMatch(/^(?:999|1\.00|0\.999) /);
    }
  });

  test("multiple keeps digits for what is known, and no exponent", () => {
    expect([0.0123, 1, 13.24, 99.96, 412_345, 5.2e8, 3.14e13].map(multiple)).toEqual([
      ...["0.0123", "1.00", "13.2", "100", "410,000", "520,000,000", "31,000,000,000,000"],
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
