/** The decoder of a PPK2's samples, and what its metadata make of them. Values by hand from the formulas. */
import { expect, test } from "vitest";
import { amperesAt, readMetadata } from "../../../host/power/ppk2-calibration.ts";
import { Ppk2Stream, type RawSample } from "../../../host/power/ppk2-stream.ts";
import { METADATA, word } from "../../support/fake-ppk2.ts";

const latin = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

test("the worked value of the formula", () => {
  const metadata = readMetadata(latin(METADATA));
  if (!metadata) throw new Error("no metadata");
  expect(amperesAt(metadata.calibration, 3.3)(3, 2000)).toBeCloseTo(0.1060013, 7);
  expect(metadata).toMatchObject({
    calibrated: true,
    mode: "source",
    millivolts: 3300,
    hardware: "9173",
  });
});

test("what is 0, -nan or absent keeps its default: x alone is the current then", () => {
  const bare = readMetadata(latin("Calibrated: 0\nR0: 0\nGS1: -nan\nmode: 1\nEND"));
  expect(bare).toMatchObject({ calibrated: false, mode: "ampere", millivolts: null });
  const amperes = amperesAt((bare as NonNullable<typeof bare>).calibration, 5);
  // x = 4·1000 · 1.8 / 163840 / R; A = x·(x + 1)
  for (const [range, ohms] of [1031.64, 101.65, 10.15, 0.94, 0.043].entries()) {
    const x = (4000 * 1.8) / 163_840 / ohms;
    expect(amperes(range, 1000)).toBeCloseTo(x * (x + 1), 12);
  }
});

test("metadata behind samples of an earlier stream, and metadata that have not ended yet", () => {
  const garbage = String.fromCharCode(...Array.from({ length: 400 }, (_, k) => (k * 37) % 256));
  const whole = readMetadata(latin(METADATA));
  expect(readMetadata(latin(`${garbage}Calib\nEND${garbage}${METADATA}`))).toEqual(whole);
  // an answer to somebody who asked before does not count
  expect(readMetadata(latin(`Calibrated: 0\nR3: 77\nEND\n${METADATA}`))).toEqual(whole);
  expect(readMetadata(latin(METADATA.replace("END", "")))).toBeNull();
  expect(readMetadata(latin(garbage))).toBeNull();
});

/** Noise in every field but the counter, so that misread words show. */
const noisy = (k: number) => {
  const mixed = Math.imul(k + 1, 0x9e3779b1) >>> 0;
  return { adc: mixed & 0x3fff, range: (mixed >>> 14) % 5, marks: mixed >>> 24 };
};
const stream = (samples: number, load = noisy) => {
  const view = new DataView(new ArrayBuffer(4 * samples));
  for (let k = 0; k < samples; k++) view.setUint32(4 * k, word(k, load(k)), true);
  return new Uint8Array(view.buffer);
};
function decode(bytes: Uint8Array, piece = bytes.length): RawSample[] {
  const decoder = new Ppk2Stream();
  const found: RawSample[] = [];
  for (let k = 0; k < bytes.length; k += piece) {
    decoder.push(bytes.subarray(k, k + piece), (sample) => found.push(sample));
  }
  return found;
}
/** The first of a stream may be torn, the last wait for those behind them. */
const DOUBTFUL = 2;
const AHEAD = 4;

/** Numbers of the samples, from their losses. */
const numbered = (found: readonly RawSample[], first = DOUBTFUL) => {
  let k = first - 1;
  return found.map((sample) => {
    k += 1 + (sample.lost as number);
    return { k, ...sample };
  });
};

test.each([1, 3, 4, 5, 1000])("all fields, in pieces of %i bytes", (piece) => {
  const found = decode(stream(300), piece);
  expect(found).toHaveLength(300 - DOUBTFUL - AHEAD);
  for (const [k, sample] of found.entries()) {
    expect(sample).toEqual({ ...noisy(k + DOUBTFUL), lost: 0 });
  }
});

test("ranges that do not exist are the highest", () => {
  const found = decode(stream(40, () => ({ adc: 1, range: 7, marks: 0 })));
  expect(found[0]?.range).toBe(4);
});

test.each([1, 2, 3, 5, 62])("a stream that begins %i bytes into a sample", (bytes) => {
  const found = decode(stream(200).subarray(bytes));
  const first = Math.ceil(bytes / 4) + DOUBTFUL;
  expect(found.length).toBeGreaterThan(190 - first);
  for (const [k, sample] of found.entries()) {
    expect(sample).toEqual({ ...noisy(k + first), lost: 0 });
  }
});

test.each([1, 2, 3, 4, 6, 20, 63])(
  "%i whole samples lost: counted, and none beside them",
  (lost) => {
    const all = stream(400);
    const cut = Buffer.concat([all.subarray(0, 400), all.subarray(400 + 4 * lost)]);
    const found = numbered(decode(cut));
    expect(found.map(({ lost: n }) => n).filter((n) => n !== 0)).toEqual([lost]);
    for (const { k, adc, range, marks } of found) expect({ adc, range, marks }).toEqual(noisy(k));
  },
);

const PLACES = [0, 1, 2, 3].flatMap((offset) => [1, 2, 3].map((bytes) => [bytes, offset] as const));

test.each(PLACES)(
  "%i bytes lost from byte %i of a sample: taken up again, nothing misread",
  (bytes, offset) => {
    for (let sample = 64; sample < 192; sample++) {
      const all = stream(400);
      const start = 4 * sample + offset;
      const cut = Buffer.concat([all.subarray(0, start), all.subarray(start + bytes)]);
      const found = numbered(decode(cut, 64));
      for (const { k, lost: _, ...read } of found) {
        expect({ sample, k, ...read }).toEqual({ sample, k, ...noisy(k) });
      }
      const [lost = 0, ...more] = found.map(({ lost: n }) => n as number).filter((n) => n > 0);
      const destroyed = Math.ceil((offset + bytes) / 4);
      expect(more).toEqual([]);
      // one before may look whole and not be, two behind be so by chance: they are given up too
      expect(lost).toBeGreaterThanOrEqual(destroyed + DOUBTFUL);
      expect(lost).toBeLessThanOrEqual(destroyed + DOUBTFUL + 2);
      expect(found.at(-1)?.k).toBe(399 - AHEAD);
    }
  },
);

test("more noise than the counter turns in: nobody knows how many were lost", () => {
  const all = stream(400);
  const noise = Uint8Array.from({ length: 600 }, (_, k) => (k * k * 31) >> 3);
  const found = decode(Buffer.concat([all.subarray(0, 400), noise, all.subarray(1200)]));
  expect(found.filter(({ lost }) => lost !== 0).map(({ lost }) => lost)).toEqual([null]);
  expect(found.at(-1)).toEqual({ ...noisy(399 - AHEAD), lost: 0 });
});

test("bytes that are no stream give nothing", () => {
  expect(decode(new Uint8Array(10_000))).toEqual([]);
  expect(decode(latin("AT+CGMI\r\n".repeat(500)))).toEqual([]);
});
