/** sim:NAME?seed=N: signals that need no hardware, with the same samples on every machine. One row each. */
import { fail } from "../errors.ts";
import { mulberry32, type Random } from "../model/random.ts";
import { didYouMean } from "../text.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import { ecg } from "./ecg.ts";
import { knock } from "./knock.ts";
import type { SensorOptions } from "./open.ts";
import { pacedBlocks } from "./paced.ts";
import type { Sensor } from "./sensor.ts";
import { steps } from "./steps.ts";
import { drawCondition, MACHINE_STATES, SAMPLE_RATE_HZ, vibration } from "./vibration.ts";

/** A signal of one channel. */
export type Simulation = {
  readonly name: string;
  readonly channel: string;
  readonly unit: string;
  readonly sampleRateHz: number;
  /** @returns the next sample at every call */
  readonly start: (random: Random) => () => number;
};

/** Blocks a second: a decision is seldom wanted more often. */
const BLOCKS_PER_SECOND = 16;
/** The machine of sim:vibration changes its state so often. */
const STATE_SECONDS = 3;

const SIMULATIONS: Readonly<Record<string, Simulation>> = {
  vibration: {
    ...{ name: "simulated accelerometer on a motor's bearing housing", channel: "acceleration" },
    ...{ unit: "m/s²", sampleRateHz: SAMPLE_RATE_HZ, start: changingMachine },
  },
  knock,
  ecg,
  step: steps,
};

export async function openSimulated(
  uri: Uri,
  { clock, waitUntil, say }: SensorOptions,
): Promise<Sensor> {
  const row = Object.hasOwn(SIMULATIONS, uri.rest) ? SIMULATIONS[uri.rest] : undefined;
  if (!row) {
    const names = Object.keys(SIMULATIONS).map((name) => `sim:${name}`);
    const hint = didYouMean(`sim:${uri.rest}`, names);
    const remedy = `${hint}\`twentywatt help sensors\` lists them.`;
    return fail("SENSOR_MISSING", uri.text, uri.rest || "no name", names.join(", "), remedy);
  }
  onlyKeys(uri, ["seed"]);
  const seed = numberOf(uri, "seed", 1, [0, 2 ** 32 - 1]);
  const { sampleRateHz, channel, unit, name } = row;
  say(
    `${uri.text}: ${name}, ${channel} in ${unit}, ${sampleRateHz} samples a second, seed ${seed}`,
  );
  const next = row.start(mulberry32(seed));
  const blockLength = Math.max(1, Math.round(sampleRateHz / BLOCKS_PER_SECOND));
  const closed = new AbortController();
  return {
    ...{ uri: uri.text, name, evidence: null },
    describe: () => ({ channels: [{ name: channel, unit }], sampleRateHz }),
    close: async () => closed.abort(),
    [Symbol.asyncIterator]: () =>
      pacedBlocks(next, { sampleRateHz, blockLength, clock, waitUntil }, closed.signal),
  };
}

/** A motor that goes through its states, each for some seconds. */
function changingMachine(random: Random): () => number {
  let left = 0;
  let turn = 0;
  let next = () => 0;
  return () => {
    if (left === 0) {
      const state = MACHINE_STATES[turn++ % MACHINE_STATES.length] ?? "healthy";
      next = vibration(drawCondition(state, random), random);
      left = STATE_SECONDS * SAMPLE_RATE_HZ;
    }
    left -= 1;
    return next();
  };
}
