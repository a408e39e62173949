/** Steps that pass by the clock while a line is silent, and what ends them. */
import { expect, test } from "vitest";
import type { ManifestTensor } from "../../../host/module/manifest.ts";
import { type LiveOptions, liveInferences, liveSteps } from "../../../host/run/live-source.ts";
import { type Block, type EventBlock, lostAt, type Sensor } from "../../../host/sensors/sensor.ts";
import { systemClock } from "../../../host/units.ts";

const INPUT: ManifestTensor = {
  ...{ name: "in", shape: [1], dtype: "u8" as const, scale: 1, zeroPoint: 0 },
  edge: "spike",
};

/** A line with two changes now, which is silent from then on; `end`: it goes instead. */
function line(end?: unknown): Sensor<EventBlock> & { closed: boolean } {
  return {
    ...{ uri: "gpio:17", name: "GPIO17", evidence: null, closed: false },
    describe: () => ({ channels: [{ name: "GPIO17", unit: "" }], sampleRateHz: null }),
    async close() {
      this.closed = true;
    },
    async *[Symbol.asyncIterator]() {
      const now = systemClock.nowNs();
      const timeNs = BigInt64Array.from([now, now + 1000n]);
      yield { timeNs, value: Float64Array.of(1, 0), lostBefore: 0 };
      if (end !== undefined) throw end;
      await new Promise(() => {});
    },
  };
}

const options = { clock: systemClock, signal: new AbortController().signal, paced: true };

test("silence makes steps, as many as time has passed, and no more than were asked for", async () => {
  const live = liveSteps(line(), [INPUT], { ...options, limit: 100 });
  live.begin(1e-3);
  const startNs = systemClock.nowNs();
  let [steps, counted] = [0, 0];
  for await (const batch of live.inputs.batches()) {
    steps += batch.steps;
    counted += live.heard() ? Number(batch.bytes[0]) : 0;
    const passedMs = Number(systemClock.nowNs() - startNs) / 1e6;
    expect(steps).toBeLessThanOrEqual(passedMs);
  }
  expect(steps).toBe(100);
  expect(counted).toBe(2);
  expect(live.seconds(99)).toBeCloseTo(0.1, 9);
  expect(live.counts()).toMatchObject({ samples: 2, lost: 0 });
  expect(live.failure()).toBeNull();
});

test("a line that goes ends the steps; what it said before counts", async () => {
  const gone = new Error("gone");
  const live = liveSteps(line(gone), [INPUT], { ...options, limit: Number.POSITIVE_INFINITY });
  live.begin(1e-3);
  for await (const _ of live.inputs.batches());
  expect(live.failure()).toEqual({ error: gone });
  expect(live.counts().samples).toBe(2);
});

test("a signal ends it while the line is silent", async () => {
  const stop = new AbortController();
  const more = { ...options, signal: stop.signal, limit: Number.POSITIVE_INFINITY };
  const live = liveSteps(line(), [INPUT], more);
  live.begin(1e-3);
  setTimeout(() => stop.abort(), 60);
  for await (const _ of live.inputs.batches());
  expect(live.failure()).toBeNull();
});

test("several channels for one input: how to choose one, where the source has a key for it", () => {
  const channels = ["x", "y"].map((name) => ({ name, unit: "" }));
  const of = (uri: string) => () =>
    liveSteps(
      { ...late(lostAt(0n, 0, 2), []), uri, describe: () => ({ channels, sampleRateHz: 100 }) },
      [INPUT],
      { ...options, paced: false, limit: 1 },
    );
  expect(of("serial:x?rate=9")).toThrow(/^INPUT_SIZE.*Choose one: "serial:x\?rate=9&channel=0"\.$/);
  expect(of("test:x")).toThrow(/^INPUT_SIZE.*Choose a source with a channel for each input/);
});

test("events that are missing are a gap, once", async () => {
  const blocks: EventBlock[] = [0, 3, 0].map((lostBefore, k) => {
    const timeNs = BigInt64Array.of(BigInt(k) * 10_000_000n);
    return { timeNs, value: Float64Array.of(1), lostBefore };
  });
  const sensor: Sensor<EventBlock> = {
    ...line(),
    async *[Symbol.asyncIterator]() {
      yield* blocks;
    },
  };
  const more = { ...options, paced: false, limit: Number.POSITIVE_INFINITY };
  const live = liveSteps(sensor, [INPUT], more);
  live.begin(1e-3);
  const seen: number[] = [];
  for await (const { bytes } of live.inputs.batches()) if (bytes[0] === 1) seen.push(live.gaps());
  expect(seen).toEqual([0, 1, 1]);
});

/** Says more when it is closed: what came meanwhile, and what is lost until now. */
function late<B extends Block | EventBlock>(first: B, rest: readonly B[]): Sensor<B> {
  let close = () => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  return {
    ...{ uri: "serial:x", name: "port", evidence: null },
    describe: () => ({ channels: [{ name: "x", unit: "" }], sampleRateHz: 100 }),
    close: async () => close(),
    async *[Symbol.asyncIterator]() {
      yield first;
      await closed;
      yield* rest;
    },
  };
}

const samples = (count: number, lostBefore: number): Block => ({
  ...{ timeNs: 0n, values: new Float64Array(count).fill(1), channels: 1, lostBefore },
});

const changes = (count: number, lostBefore: number): EventBlock => ({
  ...{ timeNs: new BigInt64Array(count), value: new Float64Array(count), lostBefore },
});

const LATE = [samples(2, 4), samples(0, 7)] as const;
const LATE_CHANGES = [changes(2, 4), changes(0, 7)] as const;

test.each([
  ["windows", (o: LiveOptions) => liveInferences(late(samples(3, 0), LATE), [INPUT], o)],
  [
    "steps",
    (o: LiveOptions) => liveSteps(late(samples(3, 0), LATE), [INPUT], { ...o, paced: false }),
  ],
  [
    "events in their time",
    (o: LiveOptions) =>
      liveSteps(late(changes(3, 0), LATE_CHANGES), [INPUT], { ...o, paced: true }),
  ],
])("%s: after a signal, what came unread and what is lost until now counts", async (_, open) => {
  const stop = new AbortController();
  const { signal } = stop;
  const live = open({ clock: systemClock, limit: Number.POSITIVE_INFINITY, signal });
  if ("begin" in live) live.begin(1e-3);
  setTimeout(() => stop.abort(), 60);
  for await (const _ of live.inputs.batches());
  expect(live.counts()).toMatchObject({ samples: 3, lost: 0, unusedSamples: 0 });
  await live.rest();
  expect(live.counts()).toMatchObject({ samples: 5, lost: 11, unusedSamples: 2 });
  await live.rest();
  expect(live.counts()).toMatchObject({ samples: 5, lost: 11 });
  expect(live.failure()).toBeNull();
});

test("enough is enough: the source is told that nobody wants more", async () => {
  let told = false;
  const sensor: Sensor<Block> = {
    ...late(samples(1, 0), []),
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) yield samples(1, 0);
      } finally {
        told = true;
      }
    },
  };
  const live = liveInferences(sensor, [INPUT], { ...options, limit: 5 });
  for await (const _ of live.inputs.batches());
  expect(told).toBe(true);
  expect(live.counts()).toMatchObject({ samples: 5, lost: 0 });
});
