/**
 * The bias of a recurrent connection, from the equations of the NIR reference written out in float64:
 *
 *     i ← a_s·i + (w_in·dt/τ_s)·x      v ← a_m·v + (r·dt/τ_m)·i      z = v > θ
 *
 * with x = W·input + b + (R·z + c of the step before). In step 0 that bracket is 0 for Norse, and c for snnTorch and
 * Spyx, whose recurrent layers see spikes of 0 then.
 */
import { expect, test } from "vitest";
import { importNir, NIR_DEFAULTS } from "../../../../host/importers/nir/index.ts";
import type { SpikingGraph } from "../../../../host/model/spiking-graph.ts";
import type { Build } from "../../../../host/module/manifest.ts";
import { discretise } from "../../../../host/spiking/discretise.ts";
import { floatStepper } from "../../../../host/spiking/float-stepper.ts";
import { f64, i64, type NirGraph, writeNir } from "../../../support/nir-writer.ts";
import { openSpiking } from "../../../support/spiking.ts";

const DT = 1e-4;
const N = 4;
const STEPS = 60;
const TAU_SYN = 4e-4;
const TAU_MEM = 1e-3;
const R = 10;
const W_IN = 4;
const THETA = 1;
const WEIGHT = [0.9, -0.4, 0.7, 1.1, -0.8, 0.6, 0.3, 0.5];
const BIAS = [0.02, -0.03, 0.01, 0];
const RECURRENT = Array.from({ length: N * N }, (_, k) => (((k * 7) % 11) - 5) / 10);
const RECURRENT_BIAS = [0.31, 0.17, -0.23, 0.11];
const INPUT = Array.from({ length: STEPS }, (_, t) => [t % 3 === 2 ? 1 : 0, t % 7 === 3 ? 1 : 0]);

const RULES = {
  norse: { reset: "zero", biasAtStart: false },
  snntorch: { reset: "zero", biasAtStart: true },
  spyx: { reset: "subtract", biasAtStart: true },
} as const;

const all = (value: number) => f64([N], value);

/** @param shared the input and the loop go through one Affine */
const graphOf = (shared = false): NirGraph => ({
  type: "NIRGraph",
  nodes: {
    input: { type: "Input", shape: i64(2) },
    affine: {
      ...{ type: "Affine", weight: f64([N, 2], ...WEIGHT), bias: f64([N], ...BIAS) },
    },
    lif: {
      ...{ type: "CubaLIF", tau_syn: all(TAU_SYN), tau_mem: all(TAU_MEM), r: all(R) },
      ...{ v_leak: all(0), w_in: all(W_IN), v_threshold: all(THETA), v_reset: all(0) },
    },
    back: {
      ...{ type: "Affine", weight: f64([N, N], ...RECURRENT), bias: f64([N], ...RECURRENT_BIAS) },
    },
    output: { type: "Output", shape: i64(N) },
  },
  edges: [
    ["input", "affine"],
    ["affine", shared ? "back" : "lif"],
    ["lif", "back"],
    ["back", "lif"],
    ["lif", "output"],
  ],
});

const imported = async (graph: NirGraph, how: keyof typeof RULES): Promise<SpikingGraph> =>
  importNir(
    await writeNir(graph),
    { name: "loop.nir", format: "nir", sha256: "" },
    { ...NIR_DEFAULTS, discretisation: how, reset: RULES[how].reset },
  );

/** Potentials and spikes of every step. */
function equations({ reset, biasAtStart }: (typeof RULES)[keyof typeof RULES]) {
  const current = new Float64Array(N);
  const potential = new Float64Array(N);
  let spikes = new Array<number>(N).fill(0);
  return INPUT.map((input, t) => {
    const before = spikes;
    spikes = before.map((_, j) => {
      let x = BIAS[j] ?? 0;
      input.forEach((value, k) => {
        x += value * (WEIGHT[j * 2 + k] ?? 0);
      });
      if (t > 0 || biasAtStart) {
        x += RECURRENT_BIAS[j] ?? 0;
        before.forEach((z, k) => {
          x += z * (RECURRENT[j * N + k] ?? 0);
        });
      }
      const i = (1 - DT / TAU_SYN) * (current[j] ?? 0) + ((W_IN * DT) / TAU_SYN) * x;
      const v = (1 - DT / TAU_MEM) * (potential[j] ?? 0) + ((R * DT) / TAU_MEM) * i;
      const z = v > THETA ? 1 : 0;
      current[j] = i;
      potential[j] = reset === "zero" ? v * (1 - z) : v - z * THETA;
      return z;
    });
    return { v: Array.from(potential), z: spikes };
  });
}

for (const how of ["norse", "snntorch", "spyx"] as const) {
  test(`${how}: the float stepper follows the equations`, async () => {
    const network = discretise(await imported(graphOf(), how));
    const lif = network.events.findIndex(({ name }) => name === "lif");
    const stepper = floatStepper(network);
    const expected = equations(RULES[how]);
    expect(expected.flatMap(({ z }) => z).filter((z) => z === 1).length).toBeGreaterThan(20);
    INPUT.forEach((input, t) => {
      stepper.step(input);
      expect(Array.from(stepper.events(lif)), `step ${t}`).toEqual(expected[t]?.z);
      stepper.potential(lif).forEach((v, k) => {
        expect(v, `step ${t}`).toBeCloseTo(expected[t]?.v[k] ?? 0, 12);
      });
    });
  });
  for (const build of ["mvp", "simd"] satisfies Build[]) {
    test(`${how}, ${build}: the module has the same spikes, and nearly the same potentials`, async () => {
      const { step, read, session } = await openSpiking(await imported(graphOf(), how), { build });
      const expected = equations(RULES[how]);
      const run = () =>
        INPUT.forEach((input, t) => {
          expect(Array.from(step(input)), `step ${t}`).toEqual(expected[t]?.z);
          read("lif.v").forEach((v, k) => {
            // weights of 14 bits, each met at most once a step
            expect(Math.abs(v - (expected[t]?.v[k] ?? 0)), `step ${t}`).toBeLessThan(2e-3);
          });
        });
      run();
      session.reset();
      run();
    });
  }
}

test("the first step tells the rules apart", () => {
  const [norse, snntorch] = [equations(RULES.norse)[0], equations(RULES.snntorch)[0]];
  expect((snntorch?.v[0] ?? 0) - (norse?.v[0] ?? 0)).toBeCloseTo(0.31, 12);
});

test("an Affine that the input passes too gives its bias from the start", async () => {
  const network = discretise(await imported(graphOf(true), "norse"));
  const lif = network.events.findIndex(({ name }) => name === "lif");
  const stepper = floatStepper(network);
  stepper.step([0, 0]);
  // v of step 0 is the bias itself here: w_in·dt/τ_s · r·dt/τ_m = 1. It passed the first Affine, then the second
  const through = (j: number) =>
    BIAS.reduce((sum, b, k) => sum + b * (RECURRENT[j * N + k] ?? 0), RECURRENT_BIAS[j] ?? 0);
  stepper.potential(lif).forEach((v, j) => {
    expect(v).toBeCloseTo(through(j), 12);
  });
});

test("biases that cancel each other later do not in the first step", async () => {
  const graph = graphOf();
  const huge = RECURRENT_BIAS.map((b) => b * 1e3);
  const nodes = {
    ...graph.nodes,
    affine: { type: "Affine", weight: f64([N, 2], ...WEIGHT), bias: f64([N], ...huge) },
    back: {
      ...{ type: "Affine", weight: f64([N, N], ...RECURRENT) },
      bias: f64([N], ...huge.map((b) => -b)),
    },
  };
  const opposed = await imported({ ...graph, nodes }, "norse");
  const { step, read } = await openSpiking(opposed);
  expect(Array.from(step([0, 0]))).toEqual(huge.map((b) => (b > 0 ? 1 : 0)));
  expect(read("lif.v")[2]).toBeCloseTo(huge[2] ?? 0, 1);
});
