/** Single neurons of the literature through the compiler, against analytic results, published counts and own steppers. */
import { expect, test } from "vitest";
import { networkByName } from "../../../../host/cli/networks.ts";
import type { SpikingGraph } from "../../../../host/model/spiking-graph.ts";
import type { Build } from "../../../../host/module/manifest.ts";
import { IZHIKEVICH_TYPES } from "../../../../host/network/named/izhikevich.ts";
import { dataTest, readData } from "../../../support/data.ts";
import { openSpiking } from "../../../support/spiking.ts";

const BUILDS: readonly Build[] = ["mvp", "simd"];

async function named(text: string): Promise<SpikingGraph> {
  const graph = await networkByName(text);
  if (graph.kind !== "spiking") throw new Error(`${text} does not spike`);
  return graph;
}

/** Steps at which a network without inputs fires. */
async function spikeSteps(text: string, steps: number, build: Build): Promise<number[]> {
  const { step } = await openSpiking(await named(text), { build, selfTest: false });
  return Array.from({ length: steps }, (_, k) => k).filter(() => step([])[0] === 1);
}

const intervals = (times: readonly number[]): number[] =>
  times.slice(1).map((t, k) => t - (times[k] ?? 0));

const FREQUENCIES_HZ = [
  [20, 33.641],
  [30, 63.04],
  [100, 190.462],
  [1000, 434.353],
] as const;

for (const build of BUILDS) {
  for (const [current, hz] of FREQUENCIES_HZ) {
    test(`LIF under ${current}, ${build}: the analytic frequency`, async () => {
      const text = `net:lif?tau=.02&threshold=15&refractory=.002&current=${current}`;
      const times = await spikeSteps(text, 5000, build);
      for (const steps of intervals(times)) expect(Math.abs(steps - 1e4 / hz)).toBeLessThan(1);
      expect(times.length).toBeGreaterThan(14);
    });
  }
}

type Parameters = (typeof IZHIKEVICH_TYPES)[keyof typeof IZHIKEVICH_TYPES];

/** Izhikevich 2003 in float64, one Euler step of both equations from the old values. */
function izhikevichSteps({ a, b, c, d }: Parameters, dtMs: number, steps: number): number[] {
  let v = -65;
  let u = b * v;
  const times: number[] = [];
  for (let k = 0; k < steps; k++) {
    const dv = dtMs * (0.04 * v * v + 5 * v + 140 - u + 10);
    u += dtMs * a * (b * v - u);
    v += dv;
    if (v < 30) continue;
    times.push(k);
    v = c;
    u += d;
  }
  return times;
}

type Published = { readonly spikes_1s: number; readonly first8: readonly number[] };

for (const build of BUILDS) {
  for (const [type, parameters] of Object.entries(IZHIKEVICH_TYPES)) {
    test(`Izhikevich ${type}, dt 0.1 ms, ${build}: the spikes of a float64 stepper`, async () => {
      const times = await spikeSteps(`net:izhikevich?type=${type}&dt=1e-4`, 10_000, build);
      const expected = izhikevichSteps(parameters, 0.1, 10_000);
      expect(Math.abs(times.length - expected.length)).toBeLessThanOrEqual(1);
      times.slice(0, expected.length).forEach((t, k) => {
        expect(Math.abs(t - (expected[k] ?? 0))).toBeLessThanOrEqual(30);
      });
    });
    dataTest(`Izhikevich ${type}, dt 1 ms, ${build}: published spikes`, async () => {
      const oracle = JSON.parse(
        new TextDecoder().decode(readData("oracles/oracles_dynamics_topology.json")),
      )["izhikevich2003_dt1_halfsteps_I10_v0-65"] as Record<string, Published>;
      const times = await spikeSteps(`net:izhikevich?type=${type}&dt=1e-3`, 1000, build);
      const { spikes_1s, first8 } = oracle[type] as Published;
      if (["RS", "IB", "CH"].includes(type)) {
        expect(Math.abs(times.length - spikes_1s)).toBeLessThanOrEqual(1);
        first8.forEach((t, k) => {
          expect(Math.abs((times[k] ?? 0) - t)).toBeLessThanOrEqual(1);
        });
      } else expect(times[0]).toBe(first8[0]);
    });
  }
}

/** LIF with fatigue in float64, exact for what stays constant during a step. */
function adaptiveSteps(steps: number): number[] {
  const [dt, tau, tauAdapt, threshold, current, increment] = [1e-4, 0.02, 0.1, 15, 40, 2];
  const kappa = -Math.expm1(-dt / tau);
  let [v, w] = [0, 0];
  const times: number[] = [];
  for (let k = 0; k < steps; k++) {
    v += kappa * (current - w - v);
    const spike = v > threshold;
    w = w * Math.exp(-dt / tauAdapt) + (spike ? increment : 0);
    if (spike) {
      times.push(k);
      v = 0;
    }
  }
  return times;
}

for (const build of BUILDS) {
  test(`adaptive LIF, ${build}: the first 20 intervals of a float64 stepper`, async () => {
    const times = await spikeSteps("net:adaptive-lif", 20_000, build);
    const expected = intervals(adaptiveSteps(20_000)).slice(0, 20);
    expect(expected).toHaveLength(20);
    const got = intervals(times);
    expected.forEach((steps, k) => {
      expect(Math.abs(steps - (got[k] ?? 0))).toBeLessThanOrEqual(1);
    });
    expect(got[19]).toBeGreaterThan((got[0] ?? 0) * 1.2);
  });
}

const GATES = {
  AND: (a: number, b: number) => a & b,
  OR: (a: number, b: number) => a | b,
  XOR: (a: number, b: number) => a ^ b,
};

for (const build of BUILDS) {
  for (const [name, gate] of Object.entries(GATES)) {
    test(`perceptron, ${name}, ${build}`, async () => {
      const { step } = await openSpiking(await named("net:perceptron"), { build });
      const examples = [0, 1, 2, 3].map((k) => [k & 1, k >> 1, gate(k & 1, k >> 1)]);
      let mistakes = 0;
      for (let epoch = 0; epoch < 200; epoch++) {
        mistakes = examples.filter((example) => step(example)[0] !== example[2]).length;
      }
      if (name === "XOR") expect(mistakes).toBeGreaterThan(0);
      else expect(mistakes).toBe(0);
    });
  }
  for (const velocity of [0.61, 119]) {
    test(`conduction over 0.1 m at ${velocity} m/s, ${build}`, async () => {
      const text = `net:delay-line?length=.1&velocity=${velocity}&dt=1e-5`;
      const { step, manifest } = await openSpiking(await named(text), { build });
      const steps = Math.round(0.1 / velocity / 1e-5);
      const out = Array.from({ length: steps + 10 }, (_, k) => step([k === 0 ? 1 : 0])[0]);
      expect(out.flatMap((spike, k) => (spike ? [k] : []))).toEqual([steps]);
      expect(manifest.memory.some(({ kind, name }) => kind === "state" && /ring/.test(name))).toBe(
        true,
      );
    });
  }
}
