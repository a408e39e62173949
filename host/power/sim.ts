/**
 * A simulated meter: a load that is known to the last digit, seen through an instrument with noise, an offset that drifts
 * and a clock of its own. For trying reports without an instrument, and for measuring the measuring: whoever knows the
 * truth can count how often the stated interval holds it.
 *
 *   sim:steady?watts=2&noise=0.05&rate=1000&seed=1
 *   sim:pulses?low=0.01&high=0.11&period=0.001&width=0.0002&rate=100000      D0 is high while the load is
 */
import { setImmediate as otherWork } from "node:timers/promises";
import { fail } from "../errors.ts";
import { pause as inRealTime } from "../lines/index.ts";
import { gaussian, mulberry32 } from "../model/random.ts";
import { type Clock, nanosecondsToSeconds, secondsToMilliseconds } from "../units.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import type { Pause } from "./ledger.ts";
import type { PowerMeter, PowerSample } from "./meter.ts";

/** What is simulated: the load in watts at a time in seconds, and the levels of the logic inputs then. */
export type Load = {
  readonly watts: (seconds: number) => number;
  readonly marks: (seconds: number) => number;
};

export type Instrument = {
  readonly rateHz: number;
  /** standard deviation of a reading */
  readonly noiseWatts: number;
  /** of the offset */
  readonly driftWattsPerSecond: number;
  /** how much its clock gains on ours: 1e-4 is 100 ppm */
  readonly skew: number;
  readonly seed: number;
};

/** Readings are handed over this often, as a serial line would. */
const BURST_MS = 20;
/** A few milliseconds of work. */
const READINGS_A_TURN = 2048;
/** What an instrument keeps until somebody reads it: what is older is lost. */
const MOST_LATE_NS = 2_000_000_000n;
const KEYS = ["noise", "drift", "rate", "seed"] as const;
const STEADY = ["watts", ...KEYS];
const PULSES = ["low", "high", "period", "width", ...KEYS];

/** @throws METER_MISSING for another simulation, USAGE for a key or a number that it does not take */
export function openSimulatedMeter(uri: Uri, clock: Clock, pause: Pause = inRealTime): PowerMeter {
  const load = loadOf(uri);
  const noiseWatts = numberOf(uri, "noise", 0.01, [0, 1e3]);
  // fast enough for the pulses that it makes by default
  const rateHz = numberOf(uri, "rate", uri.rest === "pulses" ? 100_000 : 1000, [0.1, 200_000]);
  const seed = numberOf(uri, "seed", 1, [0, 2 ** 32 - 1]);
  const driftWattsPerSecond = numberOf(uri, "drift", 0, [-1, 1]);
  const instrument = { rateHz, noiseWatts, driftWattsPerSecond, skew: 0, seed };
  return simulatedMeter(uri.text, load, instrument, clock, pause);
}

function loadOf(uri: Uri): Load {
  if (uri.rest === "steady") {
    onlyKeys(uri, STEADY);
    const watts = numberOf(uri, "watts", 2, [0, 1e4]);
    return { watts: () => watts, marks: () => 0 };
  }
  if (uri.rest !== "pulses") {
    fail("METER_MISSING", "--meter", uri.text, "sim:steady or sim:pulses");
  }
  onlyKeys(uri, PULSES);
  const low = numberOf(uri, "low", 0.01, [0, 1e4]);
  const high = numberOf(uri, "high", 0.11, [0, 1e4]);
  const period = numberOf(uri, "period", 0.001, [1e-5, 1e3]);
  const width = numberOf(uri, "width", period / 5, [0, period]);
  const inside = (seconds: number): boolean => seconds % period < width;
  return {
    watts: (seconds) => (inside(seconds) ? high : low),
    marks: (seconds) => (inside(seconds) ? 1 : 0),
  };
}

export function simulatedMeter(
  uri: string,
  load: Load,
  instrument: Instrument,
  clock: Clock,
  pause: Pause,
): PowerMeter {
  const closed = new AbortController();
  return {
    facts: {
      uri,
      name: "simulated meter",
      scope: "target",
      quality: "estimated",
      reads: true,
      doesNotInclude: ["everything: nothing is measured"],
      method: `simulated readings, ${instrument.rateHz} a second`,
      // noise shows in the readings themselves
      accuracy: { gain: 0, offsetWatts: 0, timeSeconds: 1 / instrument.rateHz, integrates: false },
      sampleRateHz: instrument.rateHz,
      logicInputs: 1,
      gapSeconds: 2.5 / instrument.rateHz,
      notes: ["The power is simulated: its figures are of no machine."],
    },
    async *samples() {
      const signal = closed.signal;
      const readings = simulate(load, instrument, clock.nowNs());
      let next = readings();
      while (!signal.aborted) {
        for (let given = 1; next.tNs <= clock.nowNs() && !signal.aborted; given++) {
          yield next;
          next = readings();
          // more of them a second than this computer has time for must not keep everything else from its turn
          if (given % READINGS_A_TURN > 0) continue;
          await otherWork();
          const late = clock.nowNs() - next.tNs;
          if (late > MOST_LATE_NS) next = readings(missedIn(late, instrument));
        }
        await pause(Math.max(BURST_MS, secondsToMilliseconds(1 / instrument.rateHz)), signal);
      }
    },
    async close() {
      closed.abort();
    },
  };
}

const missedIn = (ns: bigint, { rateHz }: Instrument): number =>
  1 + Math.floor(nanosecondsToSeconds(ns) * rateHz);

/**
 * @returns a function that makes one reading after the other: the load in the middle of each, and its noise. It is told how
 *   many nobody got since the one before
 */
export function simulate(
  load: Load,
  { rateHz, noiseWatts, driftWattsPerSecond, skew, seed }: Instrument,
  startNs: bigint,
): (lost?: number) => PowerSample {
  const random = mulberry32(seed);
  let k = 0;
  return (lost = 0) => {
    // the one before the missing ones was made, and not given
    k += lost === 0 ? 1 : lost;
    const end = k / rateHz;
    const middle = end - 0.5 / rateHz;
    const tNs = startNs + BigInt(Math.round(end * (1 + skew) * 1e9));
    const elapsed = nanosecondsToSeconds(tNs - startNs);
    const offset = driftWattsPerSecond * elapsed + noiseWatts * gaussian(random);
    const watts = load.watts(middle) + offset;
    return { tNs, watts, seconds: 1 / rateHz, marks: load.marks(middle), lost };
  };
}
