/** A source that is still delivering, as inputs of a loop: one inference, or the steps of one sample, at a time. */
import { setTimeout as sleep } from "node:timers/promises";
import { fail } from "../errors.ts";
import { stepBytes } from "../files/elements.ts";
import type { Inputs } from "../files/input.ts";
import { putCell } from "../files/spiking-input.ts";
import type { Batch, StepInputs } from "../files/steps.ts";
import { elementTensors, quantise } from "../files/tensor-values.ts";
import { at } from "../model/at.ts";
import { limitOf } from "../module/count-limits.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import type { Block, EventBlock, Sensor } from "../sensors/sensor.ts";
import { isEvents } from "../sensors/sensor.ts";
import { plural } from "../text.ts";
import type { Clock } from "../units.ts";
import { chooseOne, type Hop, openHops } from "./hops.ts";
import type { Lost } from "./inferences.ts";
import { Failure, Place } from "./live-place.ts";
import { Tap } from "./live-tap.ts";
import { EventSteps, SampleWindows, type StepRun, samplesPerWindow } from "./live-windows.ts";
import { untilAborted } from "./until-aborted.ts";

/** What a source delivered, and what of it no input was made from. */
export type LiveCounts = {
  /** samples, or events, that were delivered */
  readonly samples: number;
  /** missing in between, as the source counts them */
  readonly lost: number;
  /** windows that were given up because samples went missing in them */
  readonly droppedWindows: number;
  /** samples in these, and in a window that was not full at the end */
  readonly unusedSamples: number;
  /** events that came after their step, or were too many for it: they count in a later one */
  readonly movedEvents: number;
  /** values of a front end's input that were held at the end of its range */
  readonly saturatedValues: number;
};

/** What the loops read, and what is known of the input that they got last. */
export type Live<From> = {
  readonly inputs: From;
  /**
   * When its last sample was taken: seconds since the first; where events are counted, the end of its step since the start.
   *
   * @param index of the input, from 0
   */
  readonly seconds: (index: number) => number;
  /** whether it is from a sample or an event, rather than silence in between */
  readonly heard: () => boolean;
  readonly counts: () => LiveCounts;
  /** how many times so far something was missing between an input and the one before it */
  readonly gaps: () => number;
  /** what the source ended with, where it did not just end */
  readonly failure: () => Lost;
  /** Of a source that a signal cuts short: closes it, and counts what it has delivered and lost until now. */
  readonly rest: () => Promise<void>;
};

export type LiveInferences = Live<Inputs>;

export type LiveSteps = Live<StepInputs> & {
  /** Says how long a step is; before the first batch is asked for. */
  readonly begin: (dtSeconds: number) => void;
};

export type LiveOptions = {
  readonly clock: Clock;
  /** inferences, or steps, after which the source is not asked for more */
  readonly limit: number;
  /** ends it, even while the source is silent */
  readonly signal: AbortSignal;
};

/** @throws USAGE */
export const refuseEvents = (uri: string): never =>
  fail(
    "USAGE",
    uri,
    "a source of events, and a layered network",
    "samples: a layered network has no time steps to count events in",
    "Choose a source of samples, or a spiking network.",
  );

/** Now and then the steps that had no event are due. */
const TICK_MS = 20;
/** Events are fetched some milliseconds after they happened: a step waits so long for its own. */
const PATIENCE_NS = 10_000_000n;

/**
 * Windows of samples that do not overlap, for a network whose inferences stand alone; hops, for a module with a front end,
 * which keeps what overlaps.
 *
 * @throws INPUT_SIZE where the channels do not divide the network's values, INPUT_FORMAT for another rate or unit than the
 *   front end's, USAGE for events
 */
export function liveInferences(
  sensor: Sensor,
  tensors: readonly ManifestTensor[],
  { limit, signal }: LiveOptions,
): LiveInferences {
  const [first] = tensors;
  const filler =
    first?.sampleRateHz === undefined ? fillWindows(sensor, tensors) : fillHops(sensor, first);
  const place = new Place();
  const failed = new Failure();
  const tap = new Tap(sensor, signal);
  let gaps = 0;

  async function* batches(): AsyncGenerator<Uint8Array> {
    let made = 0;
    for await (const block of tap.blocks()) {
      if (isEvents(block)) return refuseEvents(sensor.uri);
      place.start(block.timeNs);
      for (const { bytes, timeNs, afterGap } of filler.add(block)) {
        place.at(timeNs, true);
        if (afterGap) gaps += 1;
        yield bytes;
        made += 1;
        if (made >= limit) return;
      }
    }
  }

  return {
    inputs: { count: null, batches: () => failed.caught(untilAborted(batches(), signal)) },
    seconds: place.seconds,
    heard: place.heard,
    counts: () => withUnread(filler.counts(), tap),
    failure: failed.lost,
    rest: () => tap.rest(),
    gaps: () => gaps,
  };
}

/** Samples in, whole inputs of a module out. */
type Filler = {
  readonly add: (block: Block) => Iterable<Hop>;
  readonly counts: () => LiveCounts;
};

function fillWindows(sensor: Sensor, tensors: readonly ManifestTensor[]): Filler {
  const { channels, sampleRateHz } = sensor.describe();
  const perElement = elementTensors(tensors);
  const length = samplesPerWindow(sensor.uri, perElement.length, channels.length);
  const windows = new SampleWindows(sensor.uri, channels.length, length, sampleRateHz);
  return {
    *add(block) {
      for (const { endNs, values, afterGap } of windows.add(block)) {
        const bytes = quantised(sensor.uri, values, perElement);
        yield { bytes, timeNs: endNs, afterGap };
      }
    },
    counts: () => countsOf(windows, null),
  };
}

function fillHops(sensor: Sensor, input: ManifestTensor): Filler {
  const hops = openHops(sensor.uri, sensor.describe(), input);
  let cut = 0;
  return {
    add(block) {
      const { dropped } = hops.counts();
      const done = hops.add(block);
      if (hops.counts().dropped > dropped) cut += 1;
      return done;
    },
    counts() {
      const { taken, dropped, waiting, lost, saturated } = hops.counts();
      return {
        ...{ samples: taken + dropped + waiting, lost, droppedWindows: cut },
        ...{ unusedSamples: dropped + waiting, movedEvents: 0, saturatedValues: saturated },
      };
    },
  };
}

/**
 * A sample for each step; or steps that pass with the time, each with the count of its events.
 *
 * @param paced events of which each step is made when it is over, by the clock; else a step without an event is made when
 *   a later event comes, and an event is as late as it says
 * @throws INPUT_SIZE where a sample, or an event, has not as many values as the network's input
 */
export function liveSteps(
  sensor: Sensor,
  tensors: readonly ManifestTensor[],
  options: LiveOptions & { readonly paced: boolean },
): LiveSteps {
  if (tensors[0]?.sampleRateHz !== undefined) return hopSteps(sensor, tensors, options);
  const { clock, limit, signal, paced } = options;
  const { channels, sampleRateHz } = sensor.describe();
  const perElement = elementTensors(tensors);
  if (channels.length !== perElement.length) {
    const one = perElement.length === 1 ? chooseOne(sensor.uri) : null;
    const remedy = one ?? "Choose a source with a channel for each input of the network.";
    const expected = `${perElement.length}, a channel for each input of a step`;
    fail("INPUT_SIZE", sensor.uri, plural(channels.length, "channel"), expected, remedy);
  }
  const stride = stepBytes(tensors);
  const windows = new SampleWindows(sensor.uri, channels.length, 1, sampleRateHz);
  const most = Math.min(...tensors.map((one) => (one.edge === "spike" ? limitOf(one) : 32_767)));
  const place = new Place();
  const failed = new Failure();
  const tap = new Tap(sensor, signal);
  let events: EventSteps | null = null;
  let dt = 0;
  let made = 0;
  let gaps = 0;

  function row(values: ArrayLike<number>): Uint8Array {
    const bytes = new Uint8Array(stride);
    const view = new DataView(bytes.buffer);
    let next = 0;
    perElement.forEach((tensor, k) => {
      const where = `${sensor.uri}: step ${made + 1}, value ${k + 1}`;
      next += putCell(view, next, String(values[k]), tensor, where);
    });
    return bytes;
  }

  function* ofSamples(block: Block): Generator<Batch> {
    place.start(block.timeNs);
    for (const { endNs, values, afterGap } of windows.add(block)) {
      const bytes = row(values);
      if (afterGap) gaps += 1;
      place.at(endNs, true);
      made += 1;
      yield { bytes, steps: 1, stride };
      if (made >= limit) return;
    }
  }

  function* ofRuns(runs: Iterable<StepRun>): Generator<Batch> {
    for (const { count, steps: all, afterGap } of runs) {
      if (afterGap) gaps += 1;
      const steps = Math.min(all, limit - made);
      const bytes = row([count]);
      made += steps;
      place.at(0n, count > 0);
      if (steps > 0) yield { bytes, steps, stride: steps > 1 ? 0 : stride };
      if (made >= limit) return;
    }
  }

  /** Steps pass by the clock. */
  async function* inTime(): AsyncGenerator<Batch> {
    const steps = new EventSteps(clock.nowNs(), dt, most);
    events = steps;
    while (made < limit && !signal.aborted) {
      const got = await Promise.race([tap.next(), sleep(TICK_MS, null)]);
      if (got?.done || signal.aborted) break;
      if (got !== null) {
        tap.take();
        steps.add(asEvents(got.value));
      }
      yield* ofRuns(steps.until(clock.nowNs() - PATIENCE_NS));
    }
    yield* ofRuns(steps.rest());
  }

  async function* asItComes(): AsyncGenerator<Batch> {
    for await (const block of tap.blocks()) {
      if (isEvents(block)) {
        const [first, last] = [block.timeNs[0], block.timeNs.at(-1)];
        if (first === undefined || last === undefined) continue;
        events ??= new EventSteps(first, dt, most);
        events.add(block);
        yield* ofRuns(events.until(last));
      } else yield* ofSamples(block);
      if (made >= limit) return;
    }
    if (events !== null) yield* ofRuns(events.rest());
  }

  const batches = () => (paced ? inTime() : asItComes());
  return {
    inputs: { count: null, batches: () => failed.caught(untilAborted(batches(), signal)) },
    begin(dtSeconds) {
      dt = dtSeconds;
    },
    seconds: (index) => (events === null ? place.seconds() : (index + 1) * dt),
    heard: place.heard,
    counts: () => withUnread(countsOf(windows, events), tap),
    gaps: () => gaps,
    failure: failed.lost,
    rest: () => tap.rest(),
  };
}

const withUnread = (counts: LiveCounts, { unread }: Tap): LiveCounts => ({
  ...counts,
  samples: counts.samples + unread.samples,
  lost: counts.lost + unread.lost,
  unusedSamples: counts.unusedSamples + unread.samples,
});

/** Behind a front end a step takes a hop of samples, as an inference does. */
function hopSteps(
  sensor: Sensor,
  tensors: readonly ManifestTensor[],
  options: LiveOptions,
): LiveSteps {
  const { inputs, ...live } = liveInferences(sensor, tensors, options);
  async function* batches(): AsyncGenerator<Batch> {
    for await (const bytes of inputs.batches()) yield { bytes, steps: 1, stride: bytes.length };
  }
  return { ...live, inputs: { count: null, batches }, begin: () => {} };
}

const countsOf = (windows: SampleWindows, events: EventSteps | null): LiveCounts => ({
  samples: windows.samples + (events?.events ?? 0),
  lost: windows.lost + (events?.lost ?? 0),
  droppedWindows: windows.dropped,
  unusedSamples: windows.discarded + windows.waiting,
  movedEvents: events?.moved ?? 0,
  saturatedValues: 0,
});

function asEvents(block: Block | EventBlock): EventBlock {
  if (isEvents(block)) return block;
  throw new Error("samples from a source of events");
}

function quantised(
  where: string,
  values: Float64Array,
  perElement: readonly ManifestTensor[],
): Uint8Array {
  const out = new Uint8Array(values.length);
  values.forEach((real, k) => {
    if (!Number.isFinite(real)) fail("INPUT_FORMAT", where, `${real}`, "a finite number");
    out[k] = quantise(real, at(perElement, k));
  });
  return out;
}
