/**
 * A simulated accelerometer on the bearing housing of a motor:
 *
 *     a(t) = gain · ( Σ_h A_h · sin(2π h θ(t) + φ_h)  +  B · Σ_i e^{−α(t − t_i)} sin 2π f_res (t − t_i)  +  n(t) )
 *
 * θ is the shaft's angle in turns; h runs over its harmonics, whose amplitudes tell the states of the rotor apart. In
 * a bearing with a damaged outer race, every rolling element that passes the damage strikes the housing: impacts t_i
 * at the ball-pass frequency, each ringing down at the housing's resonance f_res. n is white noise.
 * The gain (mounting, load, size of the machine) is random, so loudness alone does not tell a state.
 *
 * Amplitudes and frequencies follow the textbook signatures (Randall, Vibration-based Condition Monitoring, 2011,
 * chapters 2 and 5). Seeded; the samples have the same bits on every machine.
 */
import { at } from "../model/at.ts";
import { cosSinTurns, exp } from "../model/elementary.ts";
import { gaussian, mulberry32, type Random, uniform } from "../model/random.ts";
import type { Clock } from "../units.ts";
import { sampleTimeNs } from "./paced.ts";
import type { Block, Sensor } from "./sensor.ts";
import type { WaitUntil } from "./wait.ts";

export const SAMPLE_RATE_HZ = 4096;
/** 3000 rpm */
export const NOMINAL_SPEED_HZ = 50;
/** Ball-pass frequency of the outer race over shaft speed: 9 balls, d/D = 0.2033 (a 6205 bearing): 9/2 · (1 − d/D) */
const BALL_PASS_ORDER = 3.585;
const RESONANCE_HZ = 1280;
/** α, 1/s: the ringing falls to 1/e in 1.7 ms */
const DAMPING = 600;
/** balls slip: each interval between impacts varies by ± 1 % */
const SLIP = 0.01;

/** Amplitudes in m/s² by multiple of the shaft's speed; impact is B. */
type Signature = {
  readonly harmonics: readonly (readonly [order: number, amplitude: number])[];
  readonly impact: number;
};

/** Every machine has a little imbalance and misalignment, and a fan with 7 blades. */
const BASELINE: Signature["harmonics"] = [
  [1, 0.35],
  [2, 0.25],
  [3, 0.15],
  [7, 0.3],
];

/** What each fault adds to the baseline. */
const FAULTS = {
  healthy: { harmonics: [], impact: 0 },
  imbalance: { harmonics: [[1, 1.8]], impact: 0 },
  misalignment: {
    harmonics: [
      [1, 0.3],
      [2, 1.4],
      [3, 0.4],
    ],
    impact: 0,
  },
  // a loose foot rattles: many harmonics, and half orders because it lifts only every second turn
  looseness: {
    harmonics: [
      [0.5, 0.5],
      [1, 0.6],
      [1.5, 0.5],
      [2, 0.5],
      [2.5, 0.4],
      [3, 0.4],
      [3.5, 0.3],
      [4, 0.4],
      [5, 0.3],
      [6, 0.3],
    ],
    impact: 0,
  },
  "bearing fault": { harmonics: [], impact: 4 },
} as const satisfies Record<string, Signature>;

export type MachineState = keyof typeof FAULTS;
export const MACHINE_STATES = Object.keys(FAULTS) as readonly MachineState[];

/** One machine as it runs for a while. */
export type Condition = {
  readonly state: MachineState;
  /** shaft speed, turns per second */
  readonly speedHz: number;
  /** power of harmonics and impacts over power of the noise */
  readonly snrDb: number;
  readonly gain: number;
  /** factor on the fault's amplitudes */
  readonly severity: number;
};

/** Speed ± 10 %, SNR 6–20 dB, gain × ½ … 2 uniform in its logarithm, severity 0.7–1.4. */
export const drawCondition = (state: MachineState, random: Random): Condition => ({
  state,
  speedHz: NOMINAL_SPEED_HZ * uniform(random, 0.9, 1.1),
  snrDb: uniform(random, 6, 20),
  gain: exp(uniform(random, -Math.LN2, Math.LN2)),
  severity: uniform(random, 0.7, 1.4),
});

/** A phasor that turns by a fixed angle per sample and may decay: one harmonic, or the ringing of the housing. */
type Phasor = { re: number; im: number; readonly cos: number; readonly sin: number };

function phasor(amplitude: number, turns: number, hz: number, decay = 1): Phasor {
  const [c, s] = cosSinTurns(turns);
  const [cos, sin] = cosSinTurns(hz / SAMPLE_RATE_HZ);
  return { re: amplitude * c, im: amplitude * s, cos: decay * cos, sin: decay * sin };
}

function advance(p: Phasor): number {
  const re = p.re * p.cos - p.im * p.sin;
  p.im = p.re * p.sin + p.im * p.cos;
  p.re = re;
  return p.im;
}

/** The acceleration of one machine in one condition, sample after sample, in m/s². */
export function vibration(condition: Condition, random: Random): () => number {
  const { speedHz, gain, severity } = condition;
  const fault: Signature = FAULTS[condition.state];
  const amplitudes = new Map(BASELINE);
  for (const [order, a] of fault.harmonics) {
    amplitudes.set(order, (amplitudes.get(order) ?? 0) + a * severity);
  }
  const harmonics = Array.from(amplitudes, ([order, a]) => {
    const amplitude = a * uniform(random, 0.8, 1.2);
    return { amplitude, phasor: phasor(amplitude, random(), order * speedHz) };
  });

  const impact = fault.impact * severity;
  const ringing = phasor(0, 0, RESONANCE_HZ, exp(-DAMPING / SAMPLE_RATE_HZ));
  const impactHz = BALL_PASS_ORDER * speedHz;
  const interval = SAMPLE_RATE_HZ / impactHz;
  let untilImpact = interval * random();

  // ∫ (B e^{−αt} sin)² dt = B²/4α for each of impactHz impacts a second
  const power =
    harmonics.reduce((sum, { amplitude }) => sum + (amplitude * amplitude) / 2, 0) +
    (impact * impact * impactHz) / (4 * DAMPING);
  const noise = Math.sqrt(power * exp((-condition.snrDb / 10) * Math.LN10));

  return () => {
    let a = noise * gaussian(random);
    for (const h of harmonics) a += advance(h.phasor);
    if (impact > 0) {
      untilImpact -= 1;
      if (untilImpact <= 0) {
        untilImpact += interval * uniform(random, 1 - SLIP, 1 + SLIP);
        ringing.re += impact;
      }
      a += advance(ringing);
    }
    return gain * a;
  };
}

/** `length` samples of one machine, for data sets. */
export function vibrationWindow(condition: Condition, length: number, random: Random) {
  const next = vibration(condition, random);
  return Float64Array.from({ length }, next);
}

/** A block of samples and the condition the machine was in: the truth a demonstration compares with. */
export type VibrationBlock = Block & { readonly condition: Condition };

export type VibrationOptions = {
  readonly seed: number;
  /** samples per block */
  readonly blockLength: number;
  /** after so many blocks the machine changes its state */
  readonly blocksPerState: number;
  readonly clock: Clock;
  readonly waitUntil: WaitUntil;
};

/** The live sensor: blocks arrive when their last sample has been taken. Endless until closed. */
export function openVibrationSensor(options: VibrationOptions): Sensor<VibrationBlock> {
  const { blockLength, blocksPerState, clock } = options;
  const random = mulberry32(options.seed);
  const closed = new AbortController();

  async function* blocks(): AsyncGenerator<VibrationBlock> {
    const startNs = clock.nowNs();
    const timeOf = (block: number) => sampleTimeNs(startNs, block * blockLength, SAMPLE_RATE_HZ);
    let state: MachineState | null = null;
    for (let block = 0; !closed.signal.aborted; ) {
      state = differentState(state, random);
      const condition = drawCondition(state, random);
      const next = vibration(condition, random);
      for (const last = block + blocksPerState; block < last; ++block) {
        const values = Float64Array.from({ length: blockLength }, next);
        await options.waitUntil(timeOf(block + 1), closed.signal);
        if (closed.signal.aborted) return;
        yield { timeNs: timeOf(block), values, channels: 1, lostBefore: 0, condition };
      }
    }
  }

  return {
    ...{ uri: "sim:vibration", evidence: null },
    name: "simulated accelerometer on a motor's bearing housing",
    describe: () => ({
      channels: [{ name: "acceleration", unit: "m/s²" }],
      sampleRateHz: SAMPLE_RATE_HZ,
    }),
    close: async () => closed.abort(),
    [Symbol.asyncIterator]: blocks,
  };
}

function differentState(state: MachineState | null, random: Random): MachineState {
  const others = MACHINE_STATES.filter((other) => other !== state);
  return at(others, Math.floor(random() * others.length));
}
