/** From blocks of samples to a module's inputs: cut anywhere, with gaps, at twice the rate; refusals with both numbers. */
import { expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import type { ManifestTensor } from "../../../host/module/manifest.ts";
import { openHops } from "../../../host/run/hops.ts";
import type { Block, Description } from "../../../host/sensors/sensor.ts";

const INPUT: ManifestTensor = {
  ...{ name: "samples", shape: [4, 2], dtype: "i16", edge: "value", scale: 1 / 256, zeroPoint: 0 },
  ...{ sampleRateHz: 1000, unit: "m/s²", hop: 4, channels: 2 },
};
const sensor = (sampleRateHz: number | null, unit = "m/s²", channels = 2): Description => ({
  channels: Array.from({ length: channels }, (_, k) => ({ name: "xyz"[k] ?? "?", unit })),
  sampleRateHz,
});
const block = (values: readonly number[], lostBefore = 0, timeNs = 0n): Block => ({
  ...{ values: Float64Array.from(values), channels: 2, lostBefore, timeNs },
});
const numbers = (bytes: Uint8Array) => Array.from(new Int16Array(bytes.slice().buffer));

test("the same rows, wherever the blocks are cut", () => {
  const random = mulberry32(1);
  const values = Array.from({ length: 2 * 400 }, () => 200 * (random() - 0.5));
  const hops = openHops("sim:x", sensor(1000), INPUT);
  const rows: number[] = [];
  for (let from = 0; from < 400; ) {
    const to = Math.min(400, from + Math.floor(9 * random()));
    const done = hops.add(block(values.slice(2 * from, 2 * to), 0, BigInt(from) * 1_000_000n));
    for (const { bytes, timeNs, afterGap } of done) {
      rows.push(...numbers(bytes));
      expect([timeNs, afterGap]).toEqual([BigInt(rows.length / 2 - 1) * 1_000_000n, false]);
    }
    from = to;
  }
  expect(rows).toEqual(values.map((v) => Math.sign(v) * Math.round(Math.abs(v) * 256)));
  expect(hops.counts()).toEqual({ taken: 400, dropped: 0, waiting: 0, lost: 0, saturated: 0 });
});

test("means of three samples, half away from zero, held at the ends of int16", () => {
  const hops = openHops("sim:x", sensor(3000), INPUT);
  const threes = [0.1, 0.2, 0.3, 1e4, 128, -128.01, 0.5 / 256, -0.5 / 256];
  const values = Array.from({ length: 12 }, (_, n) => {
    const k = Math.floor(n / 3);
    // around their mean
    const off = (n % 3) - 1;
    return [(threes[2 * k] as number) + off, (threes[2 * k + 1] as number) - off];
  }).flat();
  const [hop] = hops.add(block(values, 0, 5n));
  const wanted = [26, 51, 77, 32767, 32767, -32768, 1, -1];
  const exact = threes.map((v) => Math.max(-32768, Math.min(32767, Math.round(v * 256))));
  expect(exact.slice(0, 6)).toEqual(wanted.slice(0, 6));
  expect(numbers(hop?.bytes ?? new Uint8Array(0))).toEqual(wanted);
  expect(hop?.timeNs).toBe(5n + BigInt(Math.round((11 / 3000) * 1e9)));
  expect(hops.counts()).toEqual({ taken: 12, dropped: 0, waiting: 0, lost: 0, saturated: 3 });
});

test("a gap cuts the hop that it falls into, is told of, and every sample is accounted for", () => {
  const hops = openHops("sim:x", sensor(2000), INPUT);
  const some = (n: number) => Array.from({ length: 2 * n }, (_, k) => k / 256);
  expect(hops.add(block(some(11)))).toHaveLength(1);
  expect(hops.counts()).toMatchObject({ taken: 8, waiting: 3 });
  const after = hops.add(block(some(17), 40));
  expect(after.map(({ afterGap }) => afterGap)).toEqual([true, false]);
  // the first mean after the gap is of samples after the gap
  expect(numbers(after[0]?.bytes ?? new Uint8Array(0)).slice(0, 2)).toEqual([1, 2]);
  expect(hops.counts()).toEqual({ taken: 24, dropped: 3, waiting: 1, lost: 40, saturated: 0 });
});

function refusal(description: Description, input: ManifestTensor = INPUT): string {
  try {
    openHops("serial:X", description, input);
  } catch (error) {
    if (error instanceof TwentyWattError) {
      return error.problems.map((p) => `${p.code}: ${p.got}, not ${p.expected}`).join("; ");
    }
    throw error;
  }
  return "";
}

test("what does not fit is refused with both numbers, all at once", () => {
  const rate = "1000 Hz or a whole multiple, as the module takes";
  expect(refusal(sensor(1500))).toBe(`INPUT_FORMAT: 1500 Hz, not ${rate}`);
  expect(refusal(sensor(500))).toBe(`INPUT_FORMAT: 500 Hz, not ${rate}`);
  expect(refusal(sensor(999.999))).toBe(`INPUT_FORMAT: 999.999 Hz, not ${rate}`);
  expect(refusal(sensor(null))).toBe(
    "INPUT_FORMAT: samples without a rate, not 1000 Hz, as the module takes",
  );
  expect(refusal(sensor(999, "g", 3))).toBe(
    "INPUT_FORMAT: 3 channels (x, y, z), not 2, as the module takes; " +
      ["x", "y", "z"]
        .map((name) => `INPUT_FORMAT: ${name} in g, not m/s², as the module takes; `)
        .join("") +
      `INPUT_FORMAT: 999 Hz, not ${rate}`,
  );
  expect(refusal(sensor(1000, ""))).toContain("x in no unit, not m/s²");
  expect(refusal(sensor(48_000))).toBe("");
});

test("what the sensor could say, the remedy says how", () => {
  const remedies = (uri: string, description: Description, input = INPUT) => {
    try {
      openHops(uri, description, input);
    } catch (error) {
      if (error instanceof TwentyWattError) return error.problems.map(({ remedy }) => remedy);
      throw error;
    }
    return [];
  };
  const own = "Where it is so, say it:";
  expect(remedies("csv:m.csv", sensor(null))).toEqual([`${own} "csv:m.csv?rate=1000".`]);
  const [unit] = remedies("csv:m.csv?rate=1000", sensor(1000, ""));
  expect(unit).toBe(`${own} "csv:m.csv?rate=1000&unit=m/s²".`);
  const mono = { ...INPUT, channels: 1, shape: [INPUT.hop ?? 0, 1] };
  const stereo = { channels: ["left", "right"].map((name) => ({ name, unit: "m/s²" })) };
  const [choice] = remedies("wav:s.wav", { ...stereo, sampleRateHz: 1000 }, mono);
  expect(choice).toBe(`Choose one: "wav:s.wav?channel=0".`);
  const faster = { ...stereo, sampleRateHz: 1500 };
  expect(remedies("wav:s.wav", faster)[0]).toContain("sox IN.wav -r 1000 OUT.wav");
  expect(remedies("rec:s.twr", faster)[0]).toContain("Set the sensor to this rate");
  // a key that the sensor does not have, and a unit that it has said, are nothing to say
  expect(remedies("sim:ecg", sensor(1000, ""))[0]).toContain("build the front end");
  expect(remedies("csv:m.csv", sensor(1000, "g"))[0]).toContain("build the front end");
});

test("one unit in two spellings is one unit", () => {
  expect(refusal(sensor(1000, "m/s2"))).toBe("");
  expect(refusal(sensor(1000, "m/s^2"), { ...INPUT, unit: "m/s2" })).toBe("");
});

test("a network without a front end: rows of its tensor, any rate, its own scale", () => {
  const input: ManifestTensor = {
    ...{ name: "x", shape: [1, 3, 2], dtype: "i8", edge: "i8", scale: 0.5, zeroPoint: -10 },
  };
  for (const rate of [null, 77]) {
    const hops = openHops("serial:X", sensor(rate, ""), input);
    const [row] = hops.add(block([0, 1, -1, 100, -100, 0.25]));
    expect(Array.from(new Int8Array(row?.bytes.slice().buffer ?? new ArrayBuffer(0)))).toEqual([
      ...[-10, -8, -12, 127, -128, -9],
    ]);
    expect(hops.counts().saturated).toBe(2);
  }
  expect(refusal(sensor(null, "", 4), input)).toBe(
    "INPUT_FORMAT: 4 channels, not channels that divide [1,3,2]",
  );
});

test("no number, and another number of channels in the middle", () => {
  const hops = openHops("serial:X", sensor(1000), INPUT);
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => hops.add(block([0, wrong]))).toThrow(/INPUT_FORMAT: serial:X: channel 1/);
  }
  expect(() => hops.add({ ...block([1, 2, 3]), channels: 3 })).toThrow(/3 channels, expected 2/);
});
