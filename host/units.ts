/** Every unit conversion and the clock. Imports nothing. */

export const MICRO = 1e-6;
export const NANO = 1e-9;
export const BRAIN_WATTS = 20;
/**
 * Energy of one synaptic event of the brain, all-in: 20 W over 1e14 synapses × 0.16 Hz, and over 1e15 synapses × 1 Hz
 * (Drachman 2005, Lennie 2003).
 */
export const BRAIN_SYNAPTIC_EVENT_JOULES = { high: 1.25e-12, low: 20e-15 } as const;

export const microjoulesToJoules = (uj: number): number => uj * MICRO;
export const nanosecondsToSeconds = (ns: number | bigint): number => Number(ns) * NANO;
export const nanosecondsToMicroseconds = (ns: number | bigint): number => Number(ns) / 1000;
export const nanosecondsToMilliseconds = (ns: number | bigint): number => Number(ns) * MICRO;
export const millisecondsToSeconds = (ms: number): number => ms / 1000;
export const microsecondsToNanoseconds = (us: number): bigint => BigInt(us) * 1000n;
export const microsecondsToSeconds = (us: number): number => us * MICRO;
export const secondsToNanoseconds = (s: number): bigint => BigInt(Math.round(s / NANO));
export const secondsToMilliseconds = (s: number): number => s * 1000;
export const microwattsToWatts = (uw: number): number => uw * MICRO;

/** A monotonic clock. Passed in, so that tests pass in their own. */
export type Clock = {
  /** Nanoseconds since an arbitrary start; never goes back. */
  readonly nowNs: () => bigint;
};

export const systemClock: Clock = { nowNs: () => process.hrtime.bigint() };

/** What all threads of this process have worked. It stands still while they wait and while others have the processor. */
export const processorTime: Clock = {
  nowNs: () => {
    const { user, system } = process.cpuUsage();
    return microsecondsToNanoseconds(user + system);
  },
};

/** As keyboards have them, and as they are written here. */
const SPELLINGS: readonly (readonly [spelling: RegExp, unit: string])[] = [
  [/^m\/?s(\^2|\*\*2|2|-2|\^-2|⁻²)$|^m\/s\/s$/, "m/s²"],
  [/^(deg|degree|degrees)$/, "°"],
  [/^(deg|degree|degrees)\/s$|^dps$/, "°/s"],
  [/^(deg ?C|degC|celsius)$/i, "°C"],
  [/^u(?=[VAWTgsm])(.+)$/, "µ$1"],
  // the sign for micro is not the Greek letter, and looks like it
  [/^\u03bc(.+)$/, "µ$1"],
  [/^ohms?$/i, "Ω"],
];

/** A unit in its one spelling: m/s2 and m/s^2 are m/s². */
export function unitOf(text: string): string {
  const [pattern, unit] = SPELLINGS.find(([spelling]) => spelling.test(text)) ?? [];
  return pattern === undefined || unit === undefined ? text : text.replace(pattern, unit);
}
