/**
 * What an amount of work cost, and what that is against the brain's 20 W. Idle is measured in the same run, before and
 * after. Joules per inference are all-in, idle included, as the brain's 20 W are; deltaWatts is what the work added.
 */
import { at } from "../model/at.ts";
import { significant } from "../text.ts";
import { BRAIN_SYNAPTIC_EVENT_JOULES, BRAIN_WATTS } from "../units.ts";
import { together } from "./interval.ts";
import { lossIn, lossText, requirePresent } from "./loss.ts";
import type { EnergyReading, Figure, Meter, MeterFacts, Quality, Scope } from "./meter.ts";
import type { EnergyMissing } from "./open.ts";
import { type PerStep, perStep, type WindowsReport, windowsReport } from "./per-step.ts";

export { BRAIN_SYNAPTIC_EVENT_JOULES } from "../units.ts";

/** What was done inside the active window. */
export type Work = {
  readonly inferences: number;
  readonly steps: number;
  /** null: a layered network, which has none */
  readonly spikes: number | null;
  readonly synapticEvents: number | null;
};

export type Measured = {
  /** before and after; empty for estimates, which know no idle */
  readonly idle: readonly EnergyReading[];
  readonly active: EnergyReading;
  /** where the work was repeated: each time, of which `active` is the sum */
  readonly windows?: readonly EnergyReading[];
};

export type EnergyReport = {
  readonly meter: string;
  readonly instrument: string;
  readonly method: string;
  readonly scope: Scope;
  readonly quality: Quality;
  readonly doesNotInclude: readonly string[];
  readonly windowSeconds: number;
  readonly samples: number;
  readonly coverage: number;
  readonly idleWatts: Figure | null;
  readonly activeWatts: Figure | null;
  readonly deltaWatts: Figure | null;
  readonly joulesPerInference: Figure | null;
  readonly joulesPerStep: Figure | null;
  readonly joulesPerSpike: Figure | null;
  readonly joulesPerSynapticEvent: Figure | null;
  readonly brain: {
    readonly watts: number;
    /** active power over 20 W; the share of this scope only */
    readonly shareOf20W: Figure | null;
    /** energy per synaptic event over the brain's: our low over its high, our high over its low */
    readonly timesBrainLow: number | null;
    readonly timesBrainHigh: number | null;
  };
  /** where a marker cut a window for each step: then joules per inference, step and event are of these */
  readonly windows?: WindowsReport;
  /** why some of the figures are null */
  readonly energyMissing: EnergyMissing | null;
};

const IDLE_SECONDS = 1;
/** Ctrl-C ends a wait: what is left of it says little of a counter that is refreshed once per millisecond. */
const SHORT_SECONDS = IDLE_SECONDS / 2;

/**
 * Measures `work` between two windows of doing nothing, on every meter at once. An estimate reads nothing, so its idle would
 * be invented.
 *
 * @param repeats so often, each in a window of its own, between the two
 * @returns what each of them saw, in their order
 */
export async function measureAll(
  meters: readonly Meter[],
  work: () => Promise<void>,
  wait: (seconds: number) => Promise<void>,
  repeats = 1,
): Promise<Measured[]> {
  const window = async (
    on: readonly Meter[],
    body: () => Promise<void>,
  ): Promise<Map<Meter, EnergyReading>> => {
    await Promise.all(on.map((meter) => meter.start()));
    await body();
    const readings = await Promise.all(on.map((meter) => meter.stop()));
    return new Map(on.map((meter, k) => [meter, at(readings, k)]));
  };
  const reading = meters.filter(({ reads }) => reads);
  const rest = async () =>
    reading.length > 0
      ? window(reading, () => wait(IDLE_SECONDS))
      : new Map<Meter, EnergyReading>();
  const before = await rest();
  requirePresent(before.values());
  const during: Map<Meter, EnergyReading>[] = [];
  while (during.length < repeats) during.push(await window(meters, work));
  const after = await rest();
  return meters.flatMap((meter) => {
    const windows = during
      .map((readings) => readings.get(meter))
      .filter((one) => one !== undefined);
    const active = windows.length > 1 ? sumOf(windows) : windows[0];
    const idle = [before.get(meter), after.get(meter)]
      .filter((window) => window !== undefined)
      .filter(({ seconds }) => seconds >= SHORT_SECONDS);
    return active ? [{ idle, active, ...(repeats > 1 && { windows }) }] : [];
  });
}

export async function measure(
  meter: Meter,
  work: () => Promise<void>,
  wait: (seconds: number) => Promise<void>,
): Promise<Measured> {
  return at(await measureAll([meter], work, wait), 0);
}

const NO_WORK: Work = { inferences: 0, steps: 0, spikes: null, synapticEvents: null };

/** @param done null: work that is no network, a command: power and energy alone */
export function energyReport(
  meter: MeterFacts,
  { idle, active }: Measured,
  done: Work | null,
): EnergyReport {
  const work = done ?? NO_WORK;
  const activeWatts = watts(active, meter.reads);
  const idleWatts = idleOf(idle, meter.reads);
  const deltaWatts = difference(activeWatts, idleWatts);
  const { steps: cut } = active;
  const each = cut ? perStep(cut, work.steps, active.coverage) : null;
  // mean power over the whole window: where coverage is below 1 the gaps are filled by it, and coverage says so
  const joules = each
    ? activeWatts && each.figure && times(each.figure, work.steps)
    : activeWatts && times(activeWatts, active.seconds);
  const perEvent = share(joules, work.synapticEvents);
  const windows = [...idle, active];
  return {
    meter: meter.uri,
    instrument: meter.name,
    method: meter.method,
    scope: meter.scope,
    quality: meter.quality,
    doesNotInclude: meter.doesNotInclude,
    windowSeconds: active.seconds,
    samples: active.samples,
    coverage: Math.min(...windows.map(({ coverage }) => coverage)),
    idleWatts,
    activeWatts,
    deltaWatts,
    joulesPerInference: share(joules, work.inferences),
    joulesPerStep: share(joules, work.steps),
    joulesPerSpike: share(joules, work.spikes),
    joulesPerSynapticEvent: perEvent,
    brain: {
      watts: BRAIN_WATTS,
      shareOf20W: share(activeWatts, BRAIN_WATTS),
      timesBrainLow: perEvent && perEvent.low / BRAIN_SYNAPTIC_EVENT_JOULES.high,
      timesBrainHigh: perEvent && perEvent.high / BRAIN_SYNAPTIC_EVENT_JOULES.low,
    },
    ...(cut ? { windows: windowsReport(cut) } : {}),
    energyMissing: missing(meter, { idle, active }, done, each),
  };
}

/** One reason for every group of figures that is null. */
function missing(
  { reads }: MeterFacts,
  { idle, active }: Measured,
  work: Work | null,
  each: PerStep | null,
): EnergyMissing | null {
  if (watts(active, reads) === null) return noReading(active, reads);
  const all: EnergyMissing[] = [];
  if (!reads) {
    all.push({
      reason: "an estimate knows no idle power",
      remedy: "Name a meter that reads something, where there is one.",
    });
  } else if (idle.every((window) => watts(window, reads) === null)) {
    const loss = lossIn(idle);
    const why = { reason: "no usable reading while idle", remedy: "Measure once more." };
    all.push(loss === undefined ? why : lossText(loss));
  }
  if (each?.missing) all.push(each.missing);
  if (work) all.push(...missingOf(work));
  if (all.length === 0) return null;
  return {
    reason: all.map(({ reason }) => reason).join("; "),
    remedy: all.map(({ remedy }) => remedy).join(" "),
  };
}

function missingOf({ inferences, steps, spikes, synapticEvents }: Work): EnergyMissing[] {
  const all: EnergyMissing[] = [];
  if (inferences <= 0 || steps <= 0) {
    all.push({
      reason: "no whole inference or step inside the window",
      remedy: "Give more input.",
    });
  }
  if (synapticEvents === null) {
    all.push({
      reason:
        "a layered network has no spikes and no synaptic events, and a MAC is not one: no figure per event",
      remedy: "Run a spiking network for energy per synaptic event against the brain's.",
    });
  } else if (spikes === 0) {
    all.push({
      reason: "nothing fired inside the window",
      remedy: "Give input that makes it fire.",
    });
  } else if (synapticEvents === 0) {
    all.push({
      reason: "no spike reached a synapse inside the window",
      remedy: "Run a network with synapses for energy per synaptic event.",
    });
  }
  return all;
}

function noReading(window: EnergyReading, reads: boolean): EnergyMissing {
  const { seconds, joules, coverage, loss } = window;
  if (loss !== undefined) return lossText(loss);
  if (!reads) {
    return { reason: "no time of work was counted", remedy: "Measure for longer." };
  }
  if (seconds === 0) return { reason: "the window was empty", remedy: "Measure for longer." };
  if (joules.high < 0) {
    return {
      reason: "the power is below 0: current flows back through the meter",
      remedy: "Swap the leads of the shunt, or turn the USB meter round.",
    };
  }
  if (coverage > 0) {
    const percent = significant(100 * coverage);
    return {
      reason: `readings cover ${percent} % of the window, and the rest could be anything`,
      remedy: "Find out where readings are lost, and measure once more.",
    };
  }
  if (seconds < SHORT_SECONDS) {
    return {
      reason: "no usable reading: the counters stood still in a window this short",
      remedy: "Measure for longer, or name another meter.",
    };
  }
  return {
    reason: "no usable reading: the counters stood still, or may have turned unseen",
    remedy: "Measure for a shorter time, or name another meter.",
  };
}

/** Less than this covered, and the rest of the window could be anything. */
const LEAST_COVERAGE = 0.5;

/** Enough of the window was read to speak of it. */
export const isCovered = ({ coverage }: EnergyReading): boolean => coverage >= LEAST_COVERAGE;

/**
 * Power over the part of the window that readings cover; for estimates over all of it. None where most of it is a gap, or
 * where power is below 0 beyond doubt: leads are swapped, or something feeds the meter.
 */
function watts({ joules, seconds, coverage }: EnergyReading, reads: boolean): Figure | null {
  if (!reads) return share(joules, seconds);
  if (coverage < LEAST_COVERAGE || joules.high < 0) return null;
  return share(joules, seconds * coverage);
}

/** Of one of so many things that were done in a window; null where readings cover too little of it. */
export function joulesOf(window: EnergyReading, count: number, reads = true): Figure | null {
  const power = watts(window, reads);
  return share(power && times(power, window.seconds), count);
}

function share(figure: Figure | null, by: number | null): Figure | null {
  if (figure === null || by === null || by <= 0) return null;
  return { value: figure.value / by, low: figure.low / by, high: figure.high / by };
}

const times = ({ value, low, high }: Figure, by: number): Figure => ({
  value: value * by,
  low: low * by,
  high: high * by,
});

/**
 * The mean of the windows before and after: what drifts evenly lies between them, where the work was. What scatters is
 * independent in each of them; what the meter's maker allows is the same in both, and no mean makes it smaller.
 */
function idleOf(windows: readonly EnergyReading[], reads: boolean): Figure | null {
  const known = windows.flatMap((window) => {
    const figure = watts(window, reads);
    const covered = window.seconds * window.coverage;
    return figure ? [{ figure, systematic: (window.systematicJoules ?? NONE) / covered }] : [];
  });
  const n = known.length;
  if (n === 0) return null;
  const value = known.reduce((sum, { figure }) => sum + figure.value, 0) / n;
  const systematic = known.reduce((sum, window) => sum + window.systematic, 0) / n;
  const half = (of: (figure: Figure) => number): number =>
    together(
      systematic,
      together(...known.map((one) => without(of(one.figure), one.systematic))) / n,
    );
  return {
    value,
    low: value - half(({ value: mean, low }) => mean - low),
    high: value + half(({ value: mean, high }) => high - mean),
  };
}

/** A counter states no such part. */
const NONE = 0;

/** What is left of half an interval when an independent part is taken out of it. */
const without = (half: number, part: number): number =>
  Math.sqrt(Math.max(0, half * half - part * part));

/** Independent intervals: the root of the sum of squares, either way. */
function difference(a: Figure | null, b: Figure | null): Figure | null {
  if (!a || !b) return null;
  const value = a.value - b.value;
  return {
    value,
    low: value - together(a.value - a.low, b.high - b.value),
    high: value + together(a.high - a.value, b.value - b.low),
  };
}

/** Several windows as one. What is systematic in them is the same in all: their bounds add. */
export function sumOf(readings: readonly EnergyReading[]): EnergyReading {
  const sum = (of: (reading: EnergyReading) => number): number =>
    readings.reduce((total, reading) => total + of(reading), 0);
  const seconds = sum((reading) => reading.seconds);
  const loss = lossIn(readings);
  return {
    seconds,
    joules: {
      value: sum(({ joules }) => joules.value),
      low: sum(({ joules }) => joules.low),
      high: sum(({ joules }) => joules.high),
    },
    systematicJoules: sum(({ systematicJoules }) => systematicJoules ?? NONE),
    samples: sum(({ samples }) => samples),
    coverage: seconds > 0 ? sum((reading) => reading.seconds * reading.coverage) / seconds : 0,
    ...(loss !== undefined && { loss }),
  };
}

/** Why readings are missing that were there when the work began; null where none are. */
export function lossOf({ idle, active }: Measured): EnergyMissing | null {
  const loss = lossIn([active, ...idle]);
  return loss === undefined ? null : lossText(loss);
}

/** Idle before and after, where they differ by more than their readings scatter: something else began or ended. */
export function idleChange({ idle }: Measured, reads: boolean): readonly [Figure, Figure] | null {
  const [before, after] = idle.map((window) => watts(window, reads));
  const change = before && after && difference(after, before);
  return change && (change.low > 0 || change.high < 0) ? [before, after] : null;
}
