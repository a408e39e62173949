/** Lines of text: formats told apart, rows read, lines kept in bounded memory. */
import { describe, expect, test } from "vitest";
import { DeviceClock } from "../../../host/lines/device-clock.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { detect } from "../../../host/sensors/text-detection.ts";
import { numberIn } from "../../../host/sensors/text-formats.ts";
import { channelOf, TextRows } from "../../../host/sensors/text-rows.ts";

const repeat = (line: (k: number) => string, n = 8) => Array.from({ length: n }, (_, k) => line(k));

/** what is printed → format, names, and the values of the third line */
const DIALECTS: readonly [string, string[], string, string[], number[]][] = [
  ["commas", repeat((k) => `${k},${-k / 2},3e2`), "csv", ["c0", "c1", "c2"], [2, -1, 300]],
  ["one number a line", repeat((k) => `${k + 0.5}`), "plotter", ["c0"], [2.5]],
  ["a header", ["ax,ay,az", ...repeat((k) => `${k},1,2`)], "csv", ["ax", "ay", "az"], [2, 1, 2]],
  ["quoted header", ['"ax","ay"', ...repeat((k) => `${k},1`)], "csv", ["ax", "ay"], [2, 1]],
  ["semicolons", repeat((k) => `${k}.5;7`), "csv", ["c0", "c1"], [2.5, 7]],
  ["decimal commas", repeat((k) => `${k},5;7,25`), "csv", ["c0", "c1"], [2.5, 7.25]],
  ["tabs", ["t\th", ...repeat((k) => `${k}\t4`)], "csv", ["t", "h"], [2, 4]],
  ["k=v", repeat((k) => `t=${k} rh=40.5`), "kv", ["t", "rh"], [2, 40.5]],
  ["k: v", repeat((k) => `temp: ${k}, hum: 9`), "kv", ["temp", "hum"], [2, 9]],
  [
    "objects",
    repeat((k) => `{"x":${k},"on":true,"v":[1,2]}`),
    "jsonl",
    ["x", "on", "v[0]", "v[1]"],
    [2, 1, 1, 2],
  ],
  ["plotter, labelled", repeat((k) => `a:${k},b:-1`), "plotter", ["a", "b"], [2, -1]],
  ["plotter, blanks", repeat((k) => `${k} 8 9`), "plotter", ["c0", "c1", "c2"], [2, 8, 9]],
];

describe("detection", () => {
  for (const [name, lines, format, names, third] of DIALECTS) {
    test(name, () => {
      const layout = detect(lines, null);
      expect(layout?.dialect.format).toBe(format);
      expect(layout?.names).toEqual(names);
      if (!layout) return;
      const rows = new TextRows("serial:x", layout, "");
      for (const line of lines.slice(layout.firstData)) rows.add(line, 0n);
      const n = names.length;
      expect([...(rows.take()?.values ?? [])].slice(2 * n, 3 * n)).toEqual(third);
    });
  }

  test("a boot message and a torn line do not hide the format", () => {
    const lines = [
      "ets Jul 29 2019 12:21:46",
      "rst:0x1 (POWERON_RESET)",
      "5,6",
      ...repeat((k) => `${k},1`),
    ];
    const layout = detect(lines, null);
    expect(layout?.dialect.format).toBe("csv");
    expect(layout?.evidence).toContain("9 of the first 11 lines are csv");
  });

  test("prose and noise are none", () => {
    expect(
      detect(
        repeat(() => "hello world, this is a board"),
        null,
      ),
    ).toBeNull();
    expect(
      detect(
        repeat(() => "\u0001\u0002xx"),
        null,
      ),
    ).toBeNull();
  });

  test("what the user names is tried alone", () => {
    expect(
      detect(
        repeat((k) => `a:${k}`),
        "csv",
      ),
    ).toBeNull();
    expect(
      detect(
        repeat((k) => `a:${k}`),
        "kv",
      )?.names,
    ).toEqual(["a"]);
  });

  test("units in names", () => {
    expect(channelOf("ax [m/s²]", "")).toEqual({ name: "ax", unit: "m/s²" });
    expect(channelOf("temp(°C)", "x")).toEqual({ name: "temp", unit: "°C" });
    expect(channelOf("gx", "rad/s")).toEqual({ name: "gx", unit: "rad/s" });
  });

  test("what is no finite number is none", () => {
    for (const text of [
      "",
      " ",
      "nan",
      "NaN",
      "inf",
      "1e999",
      "0x10",
      "1,5",
      "--1",
      "1.2.3",
      "∞",
    ]) {
      expect(numberIn(text)).toBeNaN();
    }
    expect([".5", "-1.", "+3E-2"].map((text) => numberIn(text))).toEqual([0.5, -1, 0.03]);
  });
});

describe("rows", () => {
  const layout = (...lines: string[]) => {
    const found = detect(lines, null);
    if (!found) throw new Error("not recognised");
    return found;
  };
  const csv = layout("seq,v", ...repeat((k) => `${k},${k}`));

  test("a sequence number counts what is missing, bad rows included, once", () => {
    const rows = new TextRows("serial:x", csv, "");
    rows.add("10,1", 0n);
    rows.add("garbage", 0n);
    rows.add("12,1e999", 0n);
    const before = rows.add("14,2", 5n);
    expect(before).toMatchObject({ lostBefore: 0, values: Float64Array.of(1) });
    expect(rows.take()).toMatchObject({ lostBefore: 3, values: Float64Array.of(2), timeNs: 5n });
  });

  test("a board that starts again begins to count anew", () => {
    const rows = new TextRows("serial:x", csv, "");
    for (const line of ["100,1", "seq,v", "0,2", "1,3"]) rows.add(line, 0n);
    expect(rows.take()).toMatchObject({ lostBefore: 0, values: Float64Array.of(1, 2, 3) });
  });

  test("columns that change end the stream with both", () => {
    const rows = new TextRows("serial:x", csv, "");
    expect(() => rows.add("time,temp", 0n)).toThrow(/SENSOR_LOST.*time, temp.*seq, v/);
  });

  test("a row too short or too long is lost", () => {
    const rows = new TextRows("serial:x", layout(...repeat((k) => `${k},1`)), "");
    for (const line of ["1,2", "3", "4,5,6", "", "7,"]) rows.add(line, 0n);
    rows.add("8,9", 0n);
    expect(rows.take()).toMatchObject({ lostBefore: 3, values: Float64Array.of(8, 9) });
  });
});

describe("a device's clock", () => {
  /** A device that gains 50 ppm, whose lines arrive 1 to 20 ms late, in bursts. */
  function simulate(seconds: number, unitNs: number, startCount: number) {
    const random = mulberry32(9);
    const clock = new DeviceClock(unitNs);
    const errors: number[] = [];
    let lastArrival = 0;
    for (let ms = 0; ms < seconds * 1000; ms += 10) {
      const hostNs = 5e9 + ms * 1e6;
      const count = (startCount + Math.floor((ms * 1e6 * (1 + 50e-6)) / unitNs)) % 2 ** 32;
      lastArrival = Math.max(lastArrival, hostNs + 1e6 + random() * 19e6);
      const mapped = clock.hostNs(count, BigInt(Math.round(lastArrival)));
      if (ms > 10_000) errors.push(Number(mapped) - hostNs);
    }
    return { clock, errors };
  }

  test("times are even and near the soonest arrival, and the drift is found", () => {
    const { clock, errors } = simulate(120, 1e3, 0);
    // the soonest line arrives 1 ms late; a second sees 100 of them
    expect(Math.min(...errors)).toBeGreaterThan(0.5e6);
    expect(Math.max(...errors)).toBeLessThan(3e6);
    expect(clock.driftNsPerSecond).toBeGreaterThan(40_000);
    expect(clock.driftNsPerSecond).toBeLessThan(60_000);
  });

  test("a counter of 32 bits that runs over goes on", () => {
    const { clock, errors } = simulate(60, 1e3, 2 ** 32 - 20_000_000);
    expect(clock.restarts).toBe(0);
    expect(Math.max(...errors)).toBeLessThan(3e6);
  });

  test("a device that starts again does not move time back", () => {
    const clock = new DeviceClock(1e6);
    const first = clock.hostNs(60_000, 70_000_000_000n);
    const again = clock.hostNs(5, 75_000_000_000n);
    expect(clock.restarts).toBe(1);
    expect(again).toBeGreaterThan(first);
  });
});
