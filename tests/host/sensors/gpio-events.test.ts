/** Streams of events as no kernel would send them: whatever comes, delivered + lost is what was numbered. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { GpioEvents } from "../../../host/sensors/gpio-events.ts";
import type { EventBlock } from "../../../host/sensors/sensor.ts";
import { eventBytes } from "../../support/gpio-kernel.ts";

type Made = { readonly sequence: number; readonly timeNs: bigint; readonly rising: boolean };

const chance = (random: () => number, share: number): boolean => random() < share;
const upTo = (random: () => number, n: number): number => Math.floor(random() * n);

/** What a line made: numbers from `first`, times that mostly go on and sometimes jump both ways. */
function made(random: () => number, count: number, first: number): Made[] {
  let timeNs = BigInt(upTo(random, 2 ** 40));
  return Array.from({ length: count }, (_, k) => {
    timeNs += BigInt(upTo(random, 1_000_000));
    if (chance(random, 0.02)) timeNs += BigInt(upTo(random, 2 ** 50));
    if (chance(random, 0.02)) timeNs -= timeNs > 2n ** 40n ? BigInt(upTo(random, 2 ** 39)) : 0n;
    return { sequence: (first + k) >>> 0, timeNs, rising: chance(random, 0.5) };
  });
}

/** Some go, some change places with a later one, some come twice. The last one stays, so that every gap shows. */
function damaged(random: () => number, events: readonly Made[]): Made[] {
  const rows = events.filter((_, k) => k === events.length - 1 || !chance(random, 0.1));
  const last = rows.pop();
  for (let k = 0; k + 8 < rows.length; k++) {
    if (!chance(random, 0.05)) continue;
    const [moved] = rows.splice(k, 1);
    if (moved) rows.splice(k + 1 + upTo(random, 6), 0, moved);
  }
  const twice = rows.flatMap((row) => (chance(random, 0.02) ? [row, row] : [row]));
  return last ? [...twice, last] : twice;
}

/** Bytes in pieces of any length, from one to several events. */
function pieces(random: () => number, bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + upTo(random, chance(random, 0.5) ? 60 : 500);
    found.push(bytes.subarray(at, at + length));
    at += length;
  }
  return found;
}

const bytesOf = (rows: readonly Made[]): Uint8Array =>
  Buffer.concat(rows.map((one) => eventBytes(one.timeNs, one.rising, 17, one.sequence)));

function flat(blocks: readonly EventBlock[]) {
  return {
    times: blocks.flatMap(({ timeNs }) => [...timeNs]),
    values: blocks.flatMap(({ value }) => [...value]),
    lost: blocks.reduce((sum, { lostBefore }) => sum + lostBefore, 0),
  };
}

/** What must be delivered: each event whose number is beyond every number before it. */
function delivered(rows: readonly Made[]): Made[] {
  let beyond = 0;
  return rows.filter(({ sequence }) => {
    if (sequence <= beyond) return false;
    beyond = sequence;
    return true;
  });
}

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

test.each(SEEDS)(
  "stream %d: delivered + lost = made, in their order, whatever the pieces",
  (seed) => {
    const random = mulberry32(seed);
    const events = made(random, 1 + upTo(random, 400), 1);
    const rows = damaged(random, events);
    const decoder = new GpioEvents();
    const blocks = pieces(random, bytesOf(rows)).flatMap((piece) => decoder.take(piece));
    const { times, values, lost } = flat(blocks);
    expect(times.length + lost).toBe(events.length);
    const expected = delivered(rows);
    expect(values).toEqual(expected.map(({ rising }) => (rising ? 1 : 0)));
    // never back: the highest so far
    let highest = 0n;
    const notBack = expected.map(({ timeNs }) => {
      if (timeNs > highest) highest = timeNs;
      return highest;
    });
    expect(times).toEqual(notBack);
    for (const { timeNs, value } of blocks) {
      expect(timeNs.length).toBe(value.length);
      expect(timeNs.length).toBeGreaterThan(0);
    }
    expect(flat(new GpioEvents().take(bytesOf(rows)))).toEqual({ times, values, lost });
  },
);

test("the kernel's 32-bit numbers wrap: nothing is lost there, and a gap over the end is counted", () => {
  const decoder = new GpioEvents();
  const take = (sequence: number) =>
    flat(decoder.take(eventBytes(BigInt(sequence), true, 17, sequence)));
  // a session of billions of events, in steps that are no jump back
  let lost = 0;
  for (const sequence of [0x7fff_fff0, 0xffff_fff0]) lost += take(sequence).lost;
  expect(lost).toBe(0xffff_fff0 - 2);
  for (let sequence = 0xffff_fff1; sequence <= 0xffff_ffff; sequence++) {
    expect(take(sequence)).toMatchObject({ lost: 0, values: [1] });
  }
  expect(take(0)).toMatchObject({ lost: 0, values: [1] });
  expect(take(3)).toMatchObject({ lost: 2, values: [1] });
  expect(take(2)).toMatchObject({ lost: 0, values: [] });
});

test("half an event is none, and the rest completes it", () => {
  const decoder = new GpioEvents();
  const bytes = eventBytes(77n, true, 4, 1);
  expect(decoder.take(bytes.subarray(0, 47))).toEqual([]);
  expect(decoder.take(new Uint8Array(0))).toEqual([]);
  expect(decoder.take(bytes.subarray(47))).toEqual([
    { timeNs: BigInt64Array.of(77n), value: Float64Array.of(1), lostBefore: 0 },
  ]);
});
