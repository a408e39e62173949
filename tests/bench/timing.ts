/**
 * Timing on a machine that others use too: foreign load only ever adds time, so the minimum of many short samples is
 * the figure, and whatever is compared is sampled in turns, within the same seconds and in the same way.
 */

/** One call of what is timed: copy in, compute, copy out. */
export type Timed = () => void;

export type Distribution = {
  /** samples */
  readonly n: number;
  readonly minUs: number;
  readonly p10Us: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
};

const WARM_UP_CALLS = 200;
/** a sample groups calls until it lasts this long, so that the clock's own cost is below 0.1 % */
const SAMPLE_US = 50;
const TURN_US = 10_000;

/** Times each candidate for at least `seconds` of samples, in turns of 10 ms. */
export function timeInTurns(candidates: readonly Timed[], seconds: number): Distribution[] {
  const runs = candidates.map((call) => {
    for (let k = 0; k < WARM_UP_CALLS; ++k) call();
    return { call, group: groupSize(call), samples: [] as number[], totalUs: 0 };
  });
  while (runs.some((run) => run.totalUs < seconds * 1e6)) {
    for (const run of runs) {
      for (let turnUs = 0; turnUs < TURN_US; ) {
        const us = sampleUs(run.call, run.group);
        run.samples.push(us / run.group);
        run.totalUs += us;
        turnUs += us;
      }
    }
  }
  return runs.map(({ samples }) => distribution(samples));
}

function sampleUs(call: Timed, group: number): number {
  const start = performance.now();
  for (let k = 0; k < group; ++k) call();
  return (performance.now() - start) * 1000;
}

/** Calls per sample: from the fastest of some single calls, so that no sample can be shorter than SAMPLE_US. */
function groupSize(call: Timed): number {
  let group = 1;
  for (;;) {
    const fastest = Math.min(...Array.from({ length: 20 }, () => sampleUs(call, group)));
    if (fastest >= SAMPLE_US) return group;
    group = Math.ceil(group * Math.min(10, (1.2 * SAMPLE_US) / Math.max(fastest, 0.1)));
  }
}

export function distribution(samples: readonly number[]): Distribution {
  const sorted = Float64Array.from(samples).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return {
    n: sorted.length,
    minUs: at(0),
    p10Us: at(0.1),
    p50Us: at(0.5),
    p90Us: at(0.9),
    p99Us: at(0.99),
    maxUs: at(1),
  };
}
