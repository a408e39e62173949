/**
 * Timing on a machine that others use too: foreign load only ever adds time, so what is compared is sampled in turns,
 * within the same seconds. A sample groups calls until the clock's own cost does not matter.
 */
import { type Clock, microsecondsToSeconds, nanosecondsToMicroseconds } from "../units.ts";

/** One call of what is timed. Awaited only where it is a promise. */
export type Timed = () => unknown;

export type Samples = {
  /** µs per call, one per sample, ascending */
  readonly sorted: Float64Array;
};

type Run = {
  readonly call: Timed;
  readonly group: number;
  readonly samples: number[];
  totalUs: number;
};

const WARM_UP_CALLS = 200;
const WARM_UP_US = 200_000;
const SAMPLE_US = 50;
const TURN_US = 10_000;

/**
 * Times each candidate for at least `seconds` of samples, in turns of 10 ms. `pause` runs between turns.
 *
 * @param grouped false: every call is a sample of its own, where calls differ and their distribution is what is asked
 */
export async function timeInTurns(
  candidates: readonly Timed[],
  seconds: number,
  clock: Clock,
  pause: () => Promise<boolean>,
  grouped = true,
): Promise<readonly Samples[]> {
  const sampleUs = async (call: Timed, group: number): Promise<number> => {
    const startNs = clock.nowNs();
    for (let k = 0; k < group; k++) {
      const pending = call();
      if (pending instanceof Promise) await pending;
    }
    return nanosecondsToMicroseconds(clock.nowNs() - startNs);
  };
  const runs: Run[] = [];
  for (const call of candidates) {
    for (let k = 0, us = 0; k < WARM_UP_CALLS && us < WARM_UP_US; k++)
      us += await sampleUs(call, 1);
    const group = grouped ? await groupSize((size) => sampleUs(call, size)) : 1;
    runs.push({ call, group, samples: [], totalUs: 0 });
  }
  const due = () => runs.some(({ totalUs }) => microsecondsToSeconds(totalUs) < seconds);
  for (let goOn = true; goOn && due(); goOn = await pause()) {
    for (const run of runs) {
      for (let turnUs = 0; turnUs < TURN_US; ) {
        const us = await sampleUs(run.call, run.group);
        run.samples.push(us / run.group);
        run.totalUs += us;
        turnUs += us;
      }
    }
  }
  return runs.map(({ samples }) => ({ sorted: Float64Array.from(samples).sort() }));
}

/**
 * Times a call by a clock of its own, where the way to it is not part of what is asked.
 *
 * @returns µs of each call, ascending
 */
export async function timeElsewhere(
  call: Timed,
  lastNs: () => bigint,
  seconds: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Float64Array> {
  const us: number[] = [];
  const startNs = clock.nowNs();
  const warmNs = startNs + BigInt(WARM_UP_US) * 1000n;
  const endNs = warmNs + BigInt(Math.round(seconds * 1e9));
  for (let now = startNs; now < endNs && !signal.aborted; now = clock.nowNs()) {
    await call();
    if (now >= warmNs) us.push(nanosecondsToMicroseconds(lastNs()));
  }
  return Float64Array.from(us).sort();
}

/** Calls per sample: from the fastest of some, so that no sample can be shorter than SAMPLE_US. */
async function groupSize(sampleUs: (group: number) => Promise<number>): Promise<number> {
  for (let group = 1; ; ) {
    let fastest = Number.POSITIVE_INFINITY;
    for (let k = 0; k < 10; k++) fastest = Math.min(fastest, await sampleUs(group));
    if (fastest >= SAMPLE_US) return group;
    group = Math.ceil(group * Math.min(10, (1.2 * SAMPLE_US) / Math.max(fastest, 0.1)));
  }
}
