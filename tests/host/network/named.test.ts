/** The networks by name, in the float stepper, against the figures of their papers; and every name that is refused. */
import { describe, expect, test } from "vitest";
import { networkByName } from "../../../host/cli/networks.ts";
import { TwentyWattError } from "../../../host/errors.ts";
import type { SpikingGraph } from "../../../host/model/spiking-graph.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import { synapses } from "../../../host/spiking/edges.ts";
import { floatStepper } from "../../../host/spiking/float-stepper.ts";
import { dataTest, readData } from "../../support/data.ts";

async function spiking(name: string, options = {}): Promise<SpikingGraph> {
  const graph = await networkByName(name, options);
  if (graph.kind !== "spiking") throw new Error(`${name} is layered`);
  return graph;
}

/** @param visit gets the network's output after every step */
function run(
  graph: SpikingGraph,
  steps: number,
  visit: (spikes: Float64Array, step: number) => void,
  input: (step: number) => ArrayLike<number> = () => [],
): void {
  const network = discretise(graph);
  const stepper = floatStepper(network);
  const output = network.outputs[0]?.source ?? -1;
  for (let t = 0; t < steps; t++) {
    stepper.step(input(t));
    visit(stepper.events(output), t);
  }
}

/** Steps in which neuron 0 fires. */
async function times(name: string, steps: number): Promise<number[]> {
  const found: number[] = [];
  run(await spiking(name), steps, (spikes, t) => {
    if (spikes[0]) found.push(t);
  });
  return found;
}

const intervals = (steps: readonly number[]) =>
  steps.slice(1).map((step, k) => step - (steps[k] ?? 0));

describe("cuba", () => {
  test("seed 1234: the 320,137 synapses of the reference construction", async () => {
    const graph = await spiking("net:cuba?seed=1234");
    let [count, inhibitory] = [0, 0];
    for (const { pre, post, weight, delaySteps } of synapses(graph)) {
      if (pre === post || delaySteps !== 0 || weight !== (pre < 3200 ? 1.62 : -9))
        throw new Error(`${pre} → ${post}: ${weight}, ${delaySteps}`);
      count += 1;
      if (pre >= 3200) inhibitory += 1;
    }
    expect(count).toBe(320_137);
    expect(inhibitory).toBe(63_983);
  });

  test("0.3 s: about 6 Hz, excitatory and inhibitory alike", async () => {
    const graph = await spiking("net:cuba?seed=1234");
    const counts = new Float64Array(4000);
    run(graph, 3000, (spikes, t) => {
      if (t >= 1000)
        spikes.forEach((x, k) => {
          counts[k] = (counts[k] ?? 0) + x;
        });
    });
    const rate = (from: number, to: number) =>
      counts.subarray(from, to).reduce((a, b) => a + b, 0) / (to - from) / 0.2;
    for (const hz of [rate(0, 3200), rate(3200, 4000)]) {
      expect(hz).toBeGreaterThan(4.8);
      expect(hz).toBeLessThan(6.8);
    }
  });

  test("other sizes keep 80 synapses, or as many as asked for", async () => {
    const mean = async (name: string, n: number) => [...synapses(await spiking(name))].length / n;
    expect(await mean("net:cuba?neurons=1000", 1000)).toBeCloseTo(80, -1);
    expect(await mean("net:cuba?neurons=1000&synapses=10", 1000)).toBeCloseTo(10, 0);
  });
});

describe("lif", () => {
  test.each([
    [20, 33.641],
    [30, 63.04],
    [100, 190.462],
    [1000, 434.353],
  ])("current %i: %f Hz, within a step", async (current, hz) => {
    const [first, ...others] = intervals(await times(`net:lif?current=${current}`, 3000));
    expect(others.every((interval) => interval === first)).toBe(true);
    expect(Math.abs((first ?? 0) - 1e4 / hz)).toBeLessThanOrEqual(1);
  });

  test("below threshold it is silent, just above it is not", async () => {
    expect(await times("net:lif?current=15", 20_000)).toEqual([]);
    expect(await times("net:lif?current=15.5", 2000)).not.toEqual([]);
  });
});

test("adaptive-lif: the first 20 intervals of its equations, within a step", async () => {
  const found = intervals(await times("net:adaptive-lif", 4000)).slice(0, 20);
  // both equations by Euler, 100 times finer than the network's step
  const h = 1e-6;
  let [v, w] = [0, 0];
  const spikes: number[] = [];
  for (let k = 1; spikes.length < 21; k++) {
    v += (h / 0.02) * (40 - w - v);
    w -= (h / 0.1) * w;
    if (v <= 15) continue;
    spikes.push(k / 100);
    v = 0;
    w += 2;
  }
  const expected = intervals(spikes);
  expect(found).toHaveLength(20);
  found.forEach((interval, k) => {
    expect(Math.abs(interval - (expected[k] ?? 0))).toBeLessThanOrEqual(1);
  });
  expect(found.at(-1)).toBeGreaterThan(1.4 * (found[0] ?? 0));
});

describe("izhikevich", () => {
  const oracle = () =>
    JSON.parse(new TextDecoder().decode(readData("oracles/oracles_dynamics_topology.json")))[
      "izhikevich2003_dt1_halfsteps_I10_v0-65"
    ];
  for (const type of ["RS", "IB", "CH", "FS", "LTS", "TC", "RZ"]) {
    dataTest(`${type} at 1 ms: spikes of the oracle`, async () => {
      const found = await times(`net:izhikevich?type=${type}&dt=1e-3`, 1000);
      expect(found).toHaveLength(oracle()[type].spikes_1s);
      expect(found.slice(0, 8)).toEqual(oracle()[type].first8);
    });
  }
});

describe("delay-line", () => {
  test.each([
    ["", 1639],
    ["?velocity=119", 8],
    ["?length=1&velocity=1&dt=1e-3", 1000],
  ])("net:delay-line%s: one spike, in step %i", async (query, step) => {
    const found: number[] = [];
    run(
      await spiking(`net:delay-line${query}`),
      step + 100,
      (spikes, t) => {
        if (spikes[0]) found.push(t);
      },
      (t) => [t === 0 ? 1 : 0],
    );
    expect(found).toEqual([step]);
  });
});

describe("perceptron", () => {
  const learn = async (target: (a: number, b: number) => number) => {
    const wrong: boolean[] = [];
    const example = (t: number) => {
      const [a, b] = [t & 1, (t >> 1) & 1];
      return [a, b, target(a, b)];
    };
    run(
      await spiking("net:perceptron"),
      400,
      (answer, t) => wrong.push(answer[0] !== example(t)[2]),
      example,
    );
    return {
      mistakes: wrong.filter(Boolean).length,
      late: wrong.slice(-40).filter(Boolean).length,
    };
  };

  test("learns AND and OR within the bound, never XOR", async () => {
    // Novikoff: (R/γ)², with x = (a, b, 1): R² = 3, γ = 1/√17 for AND (2, 2, −3) and 1/3 for OR (2, 2, −1)
    const and = await learn((a, b) => a & b);
    expect(and.late).toBe(0);
    expect(and.mistakes).toBeLessThanOrEqual(3 * 17);
    const or = await learn((a, b) => a | b);
    expect(or.late).toBe(0);
    expect(or.mistakes).toBeLessThanOrEqual(3 * 9);
    expect((await learn((a, b) => a ^ b)).late).toBeGreaterThan(0);
  });
});

describe("waves", () => {
  const coverage = async (name: string, n: number): Promise<number> => {
    const reached = new Set<number>();
    let [first, last] = [-1, -1];
    run(await spiking(name), 2500, (spikes, t) => {
      if (reached.size === n) return;
      spikes.forEach((x, k) => {
        if (x) reached.add(k);
      });
      if (reached.size > 0 && first < 0) first = t;
      last = t;
    });
    expect(reached.size).toBe(n);
    return last - first;
  };

  test("reach everyone, and sooner by shortcuts", async () => {
    const lattice = await coverage("net:small-world?n=300&p=0", 300);
    const shortcuts = await coverage("net:small-world?n=300&p=.1", 300);
    expect(shortcuts).toBeLessThan(lattice / 2);
    expect(await coverage("net:scale-free?n=300", 300)).toBeLessThan(shortcuts);
  });

  test("edges are those of the topology: n · k, and both ways of m for each newcomer", async () => {
    expect([...synapses(await spiking("net:small-world"))]).toHaveLength(10_000);
    expect([...synapses(await spiking("net:scale-free"))]).toHaveLength(2 * (6 + 3 * 4996));
  });
});

describe("names", () => {
  test("the same name is the same network, another seed another", async () => {
    const hash = async (name: string) => (await spiking(name)).source.sha256;
    for (const name of ["cuba?neurons=200&", "small-world?n=100&p=.5&", "scale-free?n=100&"]) {
      expect(await hash(`net:${name}seed=1`)).toBe(await hash(`net:${name}`));
      expect(await hash(`net:${name}seed=2`)).not.toBe(await hash(`net:${name}`));
    }
    expect((await spiking("net:lif?current=30")).source).toMatchObject({
      name: "net:lif?current=30",
      format: "net",
    });
  });

  test("options of the command line", async () => {
    const { semantics } = await spiking("net:lif", {
      dt: 1e-3,
      discretisation: "norse",
      reset: "subtract",
    });
    expect(semantics).toMatchObject({
      dtSeconds: 1e-3,
      discretisation: "norse",
      reset: "subtract",
      inputKind: "spikes",
    });
    expect((await spiking("net:lif?dt=1e-3", { dt: 1e-3 })).semantics.dtSeconds).toBe(1e-3);
    // the delay is counted in the steps that the option asks for
    const [edge] = synapses(await spiking("net:delay-line", { dt: 1e-3 }));
    expect(edge?.delaySteps).toBe(164);
  });

  const expected: readonly (readonly [string, string, string, object?])[] = [
    ["net:cuba?size=3", "parameter size", "neurons, synapses, seed, dt"],
    ["net:cuba?neurons=4000.5", "neurons=4000.5", "a whole number from 10 to 1000000"],
    ["net:cuba?neurons=", "neurons=", "a whole number"],
    ["net:cuba?neurons=0x100", "neurons=0x100", "a whole number"],
    ["net:cuba?neurons=1e9", "neurons=1e9", "a whole number"],
    ["net:cuba?neurons=50", "synapses=80", "neurons=50"],
    ["net:cuba?seed=-1", "seed=-1", "from 0 to 4294967295"],
    ["net:cuba?seed=1&seed=2", "seed twice", "once"],
    ["net:cuba?seed", "seed", "key=value"],
    ["net:cuba?seed=%", "%", "no % but in escapes"],
    ["net:lif?tau=0", "tau=0", "from 0.0001 to 10"],
    ["net:lif?tau=NaN", "tau=NaN", "a number"],
    ["net:lif?threshold=-15", "threshold=-15", "a number"],
    ["net:adaptive-lif?increment=-1", "increment=-1", "a number from 0"],
    ["net:izhikevich?type=XX", "type=XX", "RS, IB, CH, FS, LTS, TC, RZ"],
    ["net:izhikevich?dt=0.01", "dt=0.01", "from 0.000001 to 0.001"],
    ["net:delay-line?velocity=0", "velocity=0", "a number from 0.001"],
    ["net:delay-line?length=1000&velocity=.001", "length=1000", "1000000 steps"],
    ["net:perceptron?inputs=0", "inputs=0", "from 1 to 1000"],
    ["net:small-world?k=3", "k=3", "an even number"],
    ["net:small-world?n=10&k=10", "k=10", "below n=10"],
    ["net:small-world?p=1.1", "p=1.1", "from 0 to 1"],
    ["net:scale-free?n=3&m=3", "m=3", "below n=3"],
    ["net:lif?dt=1e-3", "0.0001", "1e-3", { dt: 1e-4 }],
    ["net:lif", "ms", "seconds", { timeUnit: "ms" }],
    ["net:demo-int8?seed=1", "parameter seed", "input"],
    ["net:other", "net:other", "net:cuba"],
  ];
  for (const [name, got, wanted, options] of expected) {
    test(`${name}: USAGE names ${got}`, async () => {
      const error = await networkByName(name, options).catch((error: unknown) => error);
      if (!(error instanceof TwentyWattError)) throw error;
      expect(error.problems).toHaveLength(1);
      expect(error.problems[0]?.code).toBe("USAGE");
      expect(error.problems[0]?.got).toContain(got);
      expect(error.problems[0]?.expected).toContain(wanted);
    });
  }

  test("every mistake of a name at once", async () => {
    const error = await networkByName("net:lif?tau=0&sigma=1&current=x").catch((e: unknown) => e);
    expect(error instanceof TwentyWattError && error.problems).toHaveLength(3);
  });
});
