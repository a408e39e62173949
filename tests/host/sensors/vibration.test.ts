import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import {
  type Condition,
  drawCondition,
  MACHINE_STATES,
  type MachineState,
  openVibrationSensor,
  SAMPLE_RATE_HZ,
  type VibrationBlock,
  vibrationWindow,
} from "../../../host/sensors/vibration.ts";

const NOISELESS = 300;
const condition = (state: MachineState, more: Partial<Condition> = {}): Condition => ({
  state,
  speedHz: 50,
  snrDb: NOISELESS,
  gain: 1,
  severity: 1,
  ...more,
});
const signal = (c: Condition, seconds = 2, seed = 1) =>
  vibrationWindow(c, SAMPLE_RATE_HZ * seconds, mulberry32(seed));

/** Amplitude of one frequency, by correlation with the engine's own sines over whole periods. */
function amplitude(values: Float64Array, hz: number): number {
  let re = 0;
  let im = 0;
  values.forEach((v, n) => {
    re += v * Math.cos((2 * Math.PI * hz * n) / SAMPLE_RATE_HZ);
    im += v * Math.sin((2 * Math.PI * hz * n) / SAMPLE_RATE_HZ);
  });
  return (2 * Math.hypot(re, im)) / values.length;
}
const power = (values: Float64Array) => values.reduce((sum, v) => sum + v * v, 0) / values.length;

describe("signatures of the machine states", () => {
  const at = (state: MachineState, order: number) =>
    amplitude(signal(condition(state)), 50 * order);

  test("imbalance shows at the shaft's speed", () => {
    expect(at("imbalance", 1)).toBeGreaterThan(3 * at("healthy", 1));
    expect(at("imbalance", 2)).toBeLessThan(0.5);
  });

  test("misalignment shows at twice the shaft's speed", () => {
    expect(at("misalignment", 2)).toBeGreaterThan(1.5 * at("misalignment", 1));
    expect(at("misalignment", 2)).toBeGreaterThan(3 * at("healthy", 2));
  });

  test("looseness shows at half orders, which no other state has", () => {
    for (const state of MACHINE_STATES) {
      const halves = at(state, 0.5) + at(state, 1.5) + at(state, 2.5);
      if (state === "looseness") expect(halves).toBeGreaterThan(0.8);
      else expect(halves).toBeLessThan(0.2);
    }
  });

  test("a bearing fault strikes 3.585 times a turn", () => {
    // count the onsets: the ringing's amplitude jumps at each impact and has decayed by e^-3.3 at the next
    const values = signal(condition("bearing fault", { severity: 20 }), 4);
    let strikes = 0;
    let quietUntil = 0;
    values.forEach((v, n) => {
      if (n >= quietUntil && Math.abs(v) > 30) {
        strikes += 1;
        quietUntil = n + 15;
      }
    });
    expect(strikes / 4).toBeGreaterThan(3.585 * 50 * 0.98);
    expect(strikes / 4).toBeLessThan(3.585 * 50 * 1.02);
  });

  test("the gain scales every sample, the speed moves the lines", () => {
    const quiet = signal(condition("looseness"));
    const loud = signal(condition("looseness", { gain: 2 }));
    expect(loud.every((v, n) => v === 2 * (quiet[n] as number))).toBe(true);
    const fast = signal(condition("imbalance", { speedHz: 55 }));
    expect(amplitude(fast, 55)).toBeGreaterThan(10 * amplitude(fast, 50));
  });
});

test.each(MACHINE_STATES)("%s: the noise has the power that the SNR says", (state) => {
  for (const snrDb of [6, 20]) {
    const clean = signal(condition(state), 8);
    const noisy = signal(condition(state, { snrDb }), 8);
    const noise = noisy.map((v, n) => v - (clean[n] as number));
    expect(Math.abs(10 * Math.log10(power(clean) / power(noise)) - snrDb)).toBeLessThan(0.5);
  }
});

test("conditions are drawn from the ranges they name, from a seed", () => {
  const draw = () => {
    const random = mulberry32(9);
    return Array.from({ length: 1000 }, () => drawCondition("healthy", random));
  };
  const drawn = draw();
  expect(draw()).toEqual(drawn);
  const range = (key: "speedHz" | "snrDb" | "gain" | "severity") => {
    const values = drawn.map((c) => c[key]);
    return [Math.min(...values), Math.max(...values)] as const;
  };
  for (const [key, low, high] of [
    ["speedHz", 45, 55],
    ["snrDb", 6, 20],
    ["gain", 0.5, 2],
    ["severity", 0.7, 1.4],
  ] as const) {
    const [least, most] = range(key);
    expect(least).toBeGreaterThanOrEqual(low);
    expect(most).toBeLessThanOrEqual(high);
    expect(most - least).toBeGreaterThan(0.95 * (high - low));
  }
});

describe("the live sensor", () => {
  const open = (seed: number) => {
    let nowNs = 5_000n;
    return openVibrationSensor({
      seed,
      blockLength: 512,
      blocksPerState: 4,
      clock: { nowNs: () => nowNs },
      waitUntil: async (timeNs) => {
        if (timeNs > nowNs) nowNs = timeNs;
      },
    });
  };
  const take = async (seed: number, count: number) => {
    const sensor = open(seed);
    const blocks: VibrationBlock[] = [];
    for await (const block of sensor) if (blocks.push(block) === count) break;
    return blocks;
  };

  test("stamps every block with the time of its first sample", async () => {
    const blocks = await take(1, 6);
    expect(blocks.map((b) => b.timeNs)).toEqual(
      blocks.map((_, k) => 5_000n + BigInt(k) * 125_000_000n),
    );
    expect(blocks.every((b) => b.values.length === 512)).toBe(true);
  });

  test("changes to another state after the blocks of one", async () => {
    const states = (await take(2, 40)).map((b) => b.condition.state);
    for (let k = 1; k < states.length; ++k) {
      expect(states[k] === states[k - 1]).toBe(k % 4 !== 0);
    }
  });

  test("is the same for the same seed, sample for sample", async () => {
    expect(await take(3, 5)).toEqual(await take(3, 5));
    expect((await take(4, 1))[0]?.values).not.toEqual((await take(3, 1))[0]?.values);
  });

  test("ends when it is closed, twice or in the middle", async () => {
    const sensor = open(1);
    let blocks = 0;
    for await (const _ of sensor) {
      blocks += 1;
      if (blocks === 3) {
        sensor.close();
        sensor.close();
      }
    }
    expect(blocks).toBe(3);
  });
});
