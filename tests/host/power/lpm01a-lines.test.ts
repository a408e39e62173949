/** Lines of an LPM01A as samples: by hand, in pieces, and with bytes missing anywhere. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { Lpm01aLines } from "../../../host/power/lpm01a-lines.ts";
import type { Stretch } from "../../../host/power/lpm01a-stretches.ts";
import { sampleLine, stampLine } from "../../support/fake-lpm01a.ts";

function decoded(pieces: readonly string[], rateHz = 1000) {
  const stretches: Stretch[] = [];
  const said: string[] = [];
  const stream = new Lpm01aLines(rateHz, {
    stretch: (stretch) => stretches.push(stretch),
    error: (text) => said.push(`error ${text}`),
    volts: () => said.push("volts"),
    over: (why) => said.push(`over ${why}`),
  });
  for (const piece of pieces) stream.push(new TextEncoder().encode(piece));
  return { stretches, said, stream };
}

test.each([
  ["6409-07", 0.0006409],
  ["3300-08", 0.000033],
  ["0001-09", 1e-9],
  ["5000-05", 0.05],
  ["0000-00", 0],
])("%s is so many amperes", (sample, amps) => {
  const { stretches } = decoded([`${stampLine(0)}${sample}\r\n${stampLine(1)}`]);
  expect(stretches).toEqual([{ fromMs: 0, amps: [amps], lost: 0 }]);
});

/** Five stretches of 40 samples, each of them another number. */
const EACH = 40;
const TRUTH = Array.from({ length: 5 * EACH }, (_, k) => 1000 + k);
const WHOLE =
  stampLine(7000) +
  Array.from({ length: 5 }, (_, n) => {
    const samples = TRUTH.slice(n * EACH, (n + 1) * EACH);
    return (
      samples.map((digits) => sampleLine(digits, 7)).join("") + stampLine(7000 + EACH * (n + 1))
    );
  }).join("");

test("pieces of any length: the same samples", () => {
  const whole = decoded([WHOLE]).stretches;
  expect(whole.flatMap(({ amps }) => amps)).toEqual(TRUTH.map((digits) => Number(`${digits}e-7`)));
  expect(whole.every(({ lost }) => lost === 0)).toBe(true);
  const random = mulberry32(4);
  for (let round = 0; round < 30; round++) {
    const pieces: string[] = [];
    for (let from = 0; from < WHOLE.length; ) {
      const length = 1 + Math.floor(random() ** 3 * 60);
      pieces.push(WHOLE.slice(from, from + length));
      from += length;
    }
    expect(decoded(pieces).stretches).toEqual(whole);
  }
});

test("one to twelve bytes missing anywhere: what is given was measured, and the rest is counted", () => {
  const truth = new Set(TRUTH.map((digits) => Number(`${digits}e-7`)));
  const first = WHOLE.indexOf("1000-07");
  for (let from = first; from < first + 2 * 9 * EACH; from++) {
    for (let bytes = 1; bytes <= 12; bytes++) {
      const { stretches } = decoded([WHOLE.slice(0, from) + WHOLE.slice(from + bytes)]);
      const given = stretches.flatMap(({ amps }) => amps);
      const lost = stretches.reduce((sum, stretch) => sum + (stretch.lost ?? Number.NaN), 0);
      const where = `${bytes} bytes from ${from}`;
      // what a stamp's milliseconds do not tell
      if (given.length + lost < TRUTH.length - 2 || given.length + lost > TRUTH.length) {
        throw new Error(`${where}: ${given.length} given, ${lost} lost`);
      }
      // the halves of two samples with nine bytes between them are a line that looks whole
      const foreign = given.filter((amps) => !truth.has(amps)).length;
      if (foreign > (bytes === 9 ? 1 : 0)) throw new Error(`${where}: ${foreign} foreign`);
    }
  }
});

test("a line that lost a digit is one sample, counted also where the stamp's millisecond would hide it", () => {
  const samples = Array.from({ length: 99 }, () => sampleLine(1, 3)).join("");
  const { stretches } = decoded([`${stampLine(0)}${samples}001-03\r\n${stampLine(100)}`]);
  expect(stretches.map(({ amps, lost }) => [amps.length, lost])).toEqual([[99, 1]]);
});

test("a clock of three digits of seconds goes on after 999", () => {
  const samples = Array.from({ length: 100 }, () => sampleLine(1, 3)).join("");
  const { stretches } = decoded([
    stampLine(999_900) + samples + stampLine(1_000_000) + samples + stampLine(1_000_100),
  ]);
  expect(stretches.map(({ fromMs, lost }) => [fromMs, lost])).toEqual([
    [999_900, 0],
    [1_000_000, 0],
  ]);
});

test("what is no sample is none; more of them than there can be are not believed", () => {
  const { stretches, said, stream } = decoded([
    `PowerShield > ack start\r\n${stampLine(0)}${sampleLine(1, 3)}info\r\nerror: x\r\n${stampLine(1)}`,
  ]);
  expect(stretches).toEqual([{ fromMs: 0, amps: [0.001], lost: 0 }]);
  expect(said).toEqual(["error error: x"]);
  stream.push(new TextEncoder().encode(sampleLine(1, 3).repeat(500) + stampLine(101)));
  expect(stretches[1]).toEqual({ fromMs: 1, amps: [], lost: 100 });
  stream.push(new TextEncoder().encode("Acquisition completed\r\nOvercurrent\r\n"));
  expect(said.slice(1)).toEqual([
    "over the end of its acquisition",
    "over more current than its 50 mA",
  ]);
});

test("bytes without an end and noise: bounded, and nothing is given", () => {
  const random = mulberry32(2);
  const { stretches, stream } = decoded([]);
  for (let round = 0; round < 100; round++) {
    stream.push(Uint8Array.from({ length: 2000 }, () => Math.floor(random() * 256)));
  }
  stream.push(new Uint8Array(100_000).fill(0x31));
  expect(stretches).toEqual([]);
  expect(stream.latest).toBeNull();
});
