/** Bytes of an LPM01A as samples: by hand, in pieces, and with some of them missing anywhere. */
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { Lpm01aStream } from "../../../host/power/lpm01a-stream.ts";
import type { Stretch } from "../../../host/power/lpm01a-stretches.ts";
import { metaBytes, sampleBytes, stampBytes } from "../../support/fake-lpm01a.ts";

const RATE = 1000;

function decoded(pieces: readonly (readonly number[])[], rateHz = RATE) {
  const stretches: Stretch[] = [];
  const said: string[] = [];
  const stream = new Lpm01aStream(rateHz, {
    stretch: (stretch) => stretches.push(stretch),
    error: (text) => said.push(`error ${text}`),
    volts: (volts) => said.push(`volts ${volts}`),
    over: (why) => said.push(`over ${why}`),
  });
  for (const piece of pieces) stream.push(Uint8Array.from(piece));
  return { stretches, said, stream };
}

test.each([
  [0x52a0, 672 / 16 ** 5], // 640.9 µA
  [0x4ccc, 3276 / 16 ** 4], // 50 mA
  [0x0001, 1],
  [0x8fff, 4095 / 16 ** 8], // 953 nA
  [0xe001, 1 / 16 ** 14],
  [0x50f0, 0xf0 / 16 ** 5], // 0xf0 as its low byte
])("0x%s is so many amperes", (word, amps) => {
  const bytes = [...stampBytes(0), ...sampleBytes(word), ...stampBytes(1)];
  expect(decoded([bytes]).stretches).toEqual([{ fromMs: 0, amps: [amps], lost: 0 }]);
});

/** Ten stretches of 100 samples, each sample its own number; the last one's low byte is the stamps' first. */
const STAMPS = 10;
const EACH = 100;
const wordOf = (k: number): number => 0x4000 | (k + 16 * (k % 7));
const ampsOf = (k: number): number => (wordOf(k) & 0xfff) / 16 ** 4;
const WHOLE = [
  ...stampBytes(5000),
  ...Array.from({ length: STAMPS }, (_, n) => [
    ...Array.from({ length: EACH }, (_, k) => sampleBytes(wordOf(n * EACH + k))).flat(),
    ...stampBytes(5000 + EACH * (n + 1)),
  ]).flat(),
];

test("pieces of any length: the same samples", () => {
  const random = mulberry32(1);
  const whole = decoded([WHOLE]);
  expect(whole.stretches).toHaveLength(STAMPS);
  expect(whole.stretches.flatMap(({ amps }) => amps)).toEqual(
    Array.from({ length: STAMPS * EACH }, (_, k) => ampsOf(k)),
  );
  for (let round = 0; round < 50; round++) {
    const pieces: number[][] = [];
    for (let from = 0; from < WHOLE.length; ) {
      const length = 1 + Math.floor(random() ** 3 * 40);
      pieces.push(WHOLE.slice(from, from + length));
      from += length;
    }
    expect(decoded(pieces).stretches).toEqual(whole.stretches);
  }
});

test("one, two or three bytes missing anywhere: nothing is given that was not measured, and the rest is counted", () => {
  for (let from = 9; from < 9 + 2 * (2 * EACH + 9); from += 1) {
    for (const bytes of [1, 2, 3]) {
      const damaged = [...WHOLE.slice(0, from), ...WHOLE.slice(from + bytes)];
      const { stretches } = decoded([damaged]);
      const given = stretches.flatMap(({ amps }) => amps);
      const lost = stretches.reduce((sum, stretch) => sum + (stretch.lost ?? Number.NaN), 0);
      // a missing sample of a stretch of milliseconds is less than its stamps tell
      const accounted = given.length + lost;
      if (accounted < STAMPS * EACH - 2 || accounted > STAMPS * EACH) {
        throw new Error(`${bytes} bytes from ${from}: ${given.length} given, ${lost} lost`);
      }
      const truth = new Set(Array.from({ length: STAMPS * EACH }, (_, k) => ampsOf(k)));
      const foreign = given.filter((amps) => !truth.has(amps)).length;
      // the halves of two samples between which two bytes are missing are one that looks whole
      if (foreign > (bytes === 2 ? 1 : 0)) throw new Error(`${bytes} from ${from}: ${foreign}`);
    }
  }
});

describe("samples that the device dropped", () => {
  const stretch = (samples: number): number[] =>
    Array.from({ length: samples }, () => sampleBytes(0x52a0)).flat();
  test.each([
    [100, { given: 100, lost: 0 }],
    [99, { given: 99, lost: 0 }], // a stamp is a millisecond
    [98, { given: 98, lost: 0 }],
    [97, { given: 97, lost: 3 }],
    [0, { given: 0, lost: 100 }],
    [102, { given: 102, lost: 0 }],
    [103, { given: 0, lost: 100 }], // more than there can be
  ])("%i of 100", (samples, { given, lost }) => {
    const [only, ...others] = decoded([
      [...stampBytes(0), ...stretch(samples), ...stampBytes(100)],
    ]).stretches;
    expect(others).toEqual([]);
    expect([only?.amps.length, only?.lost]).toEqual([given, lost]);
  });

  test("a clock that stands or goes back: nobody knows how many", () => {
    for (const ms of [500, 499]) {
      const bytes = [...stampBytes(500), ...stretch(5), ...stampBytes(ms)];
      expect(decoded([bytes]).stretches).toEqual([{ fromMs: 500, amps: [], lost: null }]);
    }
  });

  test("the highest bit of a stamp is no time", () => {
    const bytes = [...stampBytes(0x8000_0064), ...stretch(100), ...stampBytes(0x8000_00c8)];
    expect(decoded([bytes]).stretches[0]).toMatchObject({ fromMs: 100, lost: 0 });
  });
});

test("what stands between samples is none of them", () => {
  const text = [...new TextEncoder().encode("Buffer overflow")];
  const bytes = [
    ...[...stampBytes(0), ...sampleBytes(0x52a0), ...metaBytes(0xf1, ...text)],
    ...[...metaBytes(0xf7, 0x0c, 0xdc), ...metaBytes(0xf2, ...text), ...sampleBytes(0x52a0)],
    ...[...stampBytes(2), ...metaBytes(0xf5), ...metaBytes(0xf6), ...metaBytes(0xf4)],
  ];
  for (const pieces of [[bytes], bytes.map((byte) => [byte])]) {
    const { stretches, said } = decoded(pieces);
    expect(stretches.map(({ amps, lost }) => [amps.length, lost])).toEqual([[2, 0]]);
    expect(said).toEqual([
      ...["error Buffer overflow", "volts 3.292", "over more current than its 50 mA"],
      ...["over its supply, switched off", "over the end of its acquisition"],
    ]);
  }
});

test("bytes without a stamp, a text without an end, noise: bounded, and nothing is given", () => {
  const random = mulberry32(9);
  const { stretches, stream } = decoded([]);
  for (let round = 0; round < 200; round++) {
    stream.push(Uint8Array.from({ length: 500 }, () => Math.floor(random() * 256)));
  }
  for (const { amps, lost } of stretches) {
    // of noise between two stamps that noise made, what is given fits its time
    expect(amps.length === 0 || lost !== null).toBe(true);
  }
  const endless = decoded([[0xf0, 0xf1, ...Array<number>(5000).fill(0x41)], stampBytes(0)]);
  endless.stream.push(Uint8Array.from([...sampleBytes(0x52a0), ...stampBytes(1)]));
  expect(endless.said).toEqual([]);
  expect(endless.stretches.map(({ amps }) => amps.length)).toEqual([1]);
});
