/** What the statements of a network become: nodes, delays, draws; and every statement that is refused. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import type { SpikingGraph } from "../../../host/model/spiking-graph.ts";
import {
  adaptiveLif,
  allToAll,
  box,
  conduction,
  cubaLi,
  cubaLif,
  grid,
  inDegree,
  integrateAndFire,
  integrator,
  izhikevich,
  li,
  lif,
  line,
  list,
  lognormal,
  type Network,
  network,
  normal,
  oneToOne,
  perceptron,
  probability,
  ring,
  scaleFree,
  smallWorld,
  threshold,
  uniform,
} from "../../../host/network/index.ts";
import { discretise } from "../../../host/spiking/discretise.ts";
import { synapses } from "../../../host/spiking/edges.ts";
import { floatStepper } from "../../../host/spiking/float-stepper.ts";

const cell = lif({ tau: 0.02, vThreshold: 1 });
const relay = threshold({ threshold: 0.5 });

/** Steps in which neuron k of the last population fires, after an input spike in step 0 on each of `n` inputs. */
function arrivals(graph: SpikingGraph, n: number, k: number, steps: number): number[] {
  const discrete = discretise(graph);
  const stepper = floatStepper(discrete);
  const index = discrete.outputs[0]?.source ?? -1;
  return Array.from({ length: steps }, (_, t) => t).filter((t) => {
    stepper.step(t === 0 ? new Array(n).fill(1) : []);
    return stepper.events(index)[k] === 1;
  });
}

describe("delays", () => {
  test.each([0, 1, 2, 255, 256, 4000])("%i steps forward arrive after as many", (steps) => {
    const net = network({ name: "forward" });
    const input = net.input("in", 2);
    const cells = net.population("cells", 2, relay);
    net.project(input, cells, { connect: allToAll(), delay: steps * 1e-4 });
    net.output("spikes", cells);
    expect(arrivals(net.graph(), 2, 0, steps + 10)).toEqual([steps]);
  });

  test("every synapse its own, beyond one byte where all are long", () => {
    const net = network({ name: "own" });
    const input = net.input("in", 3);
    const cells = net.population("cells", 3, relay);
    net.project(input, cells, { connect: list([0, 1, 2], [2, 1, 0]), delay: [0.03, 0.04, 0.05] });
    net.output("spikes", cells);
    const graph = net.graph();
    expect([2, 1, 0].map((k) => arrivals(graph, 3, k, 600))).toEqual([[300], [400], [500]]);
  });

  test("one to one: of any length each", () => {
    const net = network({ name: "lines" });
    const input = net.input("in", 3);
    const cells = net.population("cells", 3, relay);
    net.project(input, cells, { connect: oneToOne(), delay: [0, 0.01, 0.1] });
    net.output("spikes", cells);
    const graph = net.graph();
    expect([0, 1, 2].map((k) => arrivals(graph, 3, k, 1100))).toEqual([[0], [100], [1000]]);
  });

  test("back into the own population: exact from one step on", () => {
    const net = network({ name: "loop" });
    const input = net.input("in", 1);
    const cells = net.population("cells", 4, relay);
    net.project(input, cells, { connect: list([0], [0]) });
    // 0 → 1 after at least one step, 1 → 2 after three, 2 → 3 after seven
    net.project(cells, cells, { connect: list([0, 1, 2], [1, 2, 3]), delay: [0, 3e-4, 7e-4] });
    net.output("spikes", cells);
    const graph = net.graph();
    expect([0, 1, 2, 3].map((k) => arrivals(graph, 1, k, 20))).toEqual([[0], [1], [4], [11]]);
  });

  test("conduction: round(distance / velocity / dt) between positions", () => {
    const net = network({ name: "axons" });
    const input = net.input("in", 2, line(1));
    const cells = net.population("cells", 3, relay, { positions: line(0.1) });
    net.project(input.part("first", 0, 1), cells, { connect: allToAll(), delay: conduction(5) });
    net.output("spikes", cells);
    const rows = [...synapses(net.graph())].map(({ post, delaySteps }) => [post - 2, delaySteps]);
    expect(rows).toEqual([
      [0, 0],
      [1, Math.round(0.05 / 5 / 1e-4)],
      [2, Math.round(0.1 / 5 / 1e-4)],
    ]);
  });

  test.each([
    [0.61, 1639],
    [119, 8],
  ])("0.1 m at %f m/s arrive in step %i", (velocity, step) => {
    const net = network({ name: "axon" });
    const input = net.input("in", 1);
    const cells = net.population("cells", 1, relay);
    net.project(input, cells, { connect: oneToOne(), delay: conduction(velocity, 0.1) });
    net.output("spikes", cells);
    expect(arrivals(net.graph(), 1, 0, 2000)).toEqual([step]);
  });

  test("projections of one source with the same delay share its ring", () => {
    const net = network({ name: "shared" });
    const all = net.population("all", 10, cell);
    net.project(all.part("a", 0, 5), all, { connect: allToAll(), delay: 1e-3 });
    net.project(all.part("b", 5, 10), all, { connect: allToAll(), delay: 1e-3 });
    net.output("spikes", all);
    expect(net.graph().nodes.filter(({ kind }) => kind === "Delay")).toHaveLength(1);
  });
});

describe("positions", () => {
  const random = () => 0.5;
  test("line, ring, grid and box", () => {
    expect([...line(4)(3, random)]).toEqual([0, 0, 0, 2, 0, 0, 4, 0, 0]);
    expect([...line(4)(1, random)]).toEqual([0, 0, 0]);
    expect([...grid(2, 3)(3, random)]).toEqual([0, 0, 0, 3, 0, 0, 0, 3, 0]);
    expect([...box(1, 2, 4)(1, random)]).toEqual([0.5, 1, 2]);
    const quarter = ring(2 * Math.PI)(4, random);
    [1, 0, 0, 0, 1, 0, -1, 0, 0, 0, -1, 0].forEach((x, k) => {
      expect(quarter[k]).toBeCloseTo(x, 12);
    });
  });
});

describe("draws", () => {
  const drawn = (vInitial: ReturnType<typeof uniform>) => {
    const net = network({ name: "draws", seed: 5 });
    const all = net.population("all", 40_000, cell);
    net.start(all, vInitial);
    net.output("spikes", all);
    const [node] = net.graph().nodes;
    if (node?.kind !== "LIF" || typeof node.vInitial === "number") throw new Error("no draws");
    const x = node.vInitial;
    const mean = x.reduce((a, b) => a + b, 0) / x.length;
    const sd = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length);
    return { x, mean, sd, min: Math.min(...x.slice(0, 30_000)) };
  };

  test("uniform, normal, bounded, lognormal: mean and spread", () => {
    const flat = drawn(uniform(-2, 4));
    expect(flat.mean).toBeCloseTo(1, 1);
    expect(flat.sd).toBeCloseTo(6 / Math.sqrt(12), 1);
    const bell = drawn(normal(3, 2));
    expect(Math.abs(bell.mean - 3)).toBeLessThan(0.04);
    expect(Math.abs(bell.sd - 2)).toBeLessThan(0.03);
    // half of a normal distribution: mean sd · √(2/π)
    const half = drawn(normal(0, 1, { min: 0 }));
    expect(half.min).toBeGreaterThanOrEqual(0);
    expect(Math.abs(half.mean - Math.sqrt(2 / Math.PI))).toBeLessThan(0.02);
    const logs = drawn(lognormal(2, 0.5)).x.map(Math.log);
    expect(Math.abs(logs.reduce((a, b) => a + b, 0) / logs.length - Math.log(2))).toBeLessThan(
      0.01,
    );
  });

  test("a part of the starts, the others as they were", () => {
    const net = network({ name: "part" });
    const all = net.population("all", 4, lif({ tau: 0.02, vThreshold: 1, vInitial: 0.5 }));
    net.start(all.part("middle", 1, 3), [7, 8]);
    net.output("spikes", all);
    const [node] = net.graph().nodes;
    expect(node?.kind === "LIF" && node.vInitial).toEqual(Float64Array.of(0.5, 7, 8, 0.5));
  });

  test("the same seed gives the same bytes, another seed others, moved lines too", () => {
    const build = (seed: number, first = true) => {
      const net = network({ name: "seeded", seed });
      const all = net.population("all", 100, cell);
      if (first) net.start(all, uniform(0, 1));
      net.project(all, all, { connect: probability(0.1), weight: normal(1, 0.1) });
      if (!first) net.start(all, uniform(0, 1));
      net.output("spikes", all);
      return net.graph().source.sha256;
    };
    expect(build(1)).toBe(build(1));
    expect(build(2)).not.toBe(build(1));
    expect(build(1, false)).not.toBe(build(1));
    // on this machine as on every other
    expect(build(1)).toBe("d1141eaa55b89ae4319e9a03cfa48aef69ae5773621b4cb90eec98e64860f08e");
  });
});

test("every kind of neuron is accepted and steps", () => {
  const kinds = {
    threshold: relay,
    integrator: integrator(),
    integrateAndFire: integrateAndFire({ vThreshold: 1 }),
    li: li({ tau: 0.01 }),
    lif: cell,
    adaptiveLif: adaptiveLif({ tau: 0.02, vThreshold: 1, tauAdapt: 0.1, increment: 0.1 }),
    cubaLi: cubaLi({ tauMem: 0.02, receptors: { exc: { tauSyn: 5e-3 } } }),
    cubaLif: cubaLif({ tauMem: 0.02, vThreshold: 1, receptors: { exc: { tauSyn: 5e-3 } } }),
    izhikevich: izhikevich({ a: 0.02, b: 0.2, c: -65, d: 8 }),
  };
  for (const [name, neuron] of Object.entries(kinds)) {
    const net = network({ name });
    const input = net.input("in", 2);
    const cells = net.population("cells", 2, neuron);
    net.project(input, cells, { connect: allToAll(), weight: 300 });
    net.output("out", cells);
    expect(arrivals(net.graph(), 2, 0, 3).length, name).toBeLessThanOrEqual(3);
  }
});

describe("refused", () => {
  const raised = (f: () => unknown) => {
    try {
      f();
    } catch (error) {
      if (error instanceof TwentyWattError) return error;
      throw error;
    }
    throw new Error("nothing raised");
  };
  type Use = (net: Network) => unknown;
  const two = (net: Network) => ({
    a: net.population("a", 10, cell),
    b: net.population(
      "b",
      5,
      cubaLif({ tauMem: 0.02, vThreshold: 1, receptors: { e: { tauSyn: 1 }, i: { tauSyn: 1 } } }),
    ),
  });
  const project =
    (projecting: Parameters<Network["project"]>[2]): Use =>
    (net) => {
      const { a } = two(net);
      net.project(a, a, projecting);
    };
  const population =
    (neuron: ReturnType<typeof lif>, n = 3): Use =>
    (net) =>
      net.population("cells", n, neuron);

  const cases: readonly (readonly [string, Use, string, string, string])[] = [
    [
      "a time constant of 0",
      population(lif({ tau: 0, vThreshold: 1 })),
      "MODEL_RANGE",
      "cells",
      "tau = 0",
    ],
    [
      "one that is drawn below 0",
      population(lif({ tau: uniform(-1, -0.5), vThreshold: 1 })),
      "MODEL_RANGE",
      "cells",
      "tau[0] = -",
    ],
    [
      "too few values",
      population(lif({ tau: [1, 2], vThreshold: 1 })),
      "MODEL_SHAPE",
      "cells",
      "2 values of tau",
    ],
    [
      "not a number",
      population(lif({ tau: 1, vThreshold: Number.NaN })),
      "MODEL_RANGE",
      "cells",
      "vThreshold = NaN",
    ],
    [
      "a reset above the threshold",
      population(lif({ tau: 1, vThreshold: 1, vReset: [0, 2, 0] })),
      "MODEL_RANGE",
      "cells, neuron 1",
      "vReset 2",
    ],
    [
      "a negative refractory time",
      population(lif({ tau: 1, vThreshold: 1, refractorySeconds: -1 })),
      "MODEL_RANGE",
      "cells",
      "refractorySeconds = -1",
    ],
    [
      "a fatigue without time",
      population(adaptiveLif({ tau: 1, vThreshold: 1, tauAdapt: 0, increment: 1 })),
      "MODEL_RANGE",
      "cells",
      "tauAdapt = 0",
    ],
    [
      "no synaptic current",
      population(cubaLif({ tauMem: 1, vThreshold: 1, receptors: {} })),
      "USAGE",
      "cells",
      "no receptors",
    ],
    [
      "a synapse without time",
      population(cubaLi({ tauMem: 1, receptors: { exc: { tauSyn: -1 } } })),
      "MODEL_RANGE",
      "cells",
      "exc.tauSyn = -1",
    ],
    ["no neurons", population(cell, 0), "MODEL_SHAPE", "cells", "[0]"],
    ["half a neuron", population(cell, 1.5), "MODEL_SHAPE", "cells", "[1.5]"],
    ["too many neurons", population(cell, 2 ** 25), "MODEL_SHAPE", "cells", "[33554432]"],
    [
      "two perceptrons",
      population(perceptron({ inputs: 2 }), 2),
      "MODEL_SHAPE",
      "cells",
      "2 perceptrons",
    ],
    [
      "a perceptron of nothing",
      population(perceptron({ inputs: 0 }), 1),
      "MODEL_RANGE",
      "cells",
      "0 inputs",
    ],
    [
      "uniform upside down",
      population(lif({ tau: uniform(2, 1), vThreshold: 1 })),
      "MODEL_RANGE",
      "cells",
      "uniform(2, 1)",
    ],
    [
      "normal with a negative spread",
      population(lif({ tau: normal(2, -1), vThreshold: 1 })),
      "MODEL_RANGE",
      "cells",
      "normal(2, -1)",
    ],
    [
      "normal with bounds far away",
      population(lif({ tau: normal(0, 1, { min: 50 }), vThreshold: 1 })),
      "MODEL_RANGE",
      "cells",
      "within 50",
    ],
    [
      "lognormal around 0",
      population(lif({ tau: lognormal(0, 1), vThreshold: 1 })),
      "MODEL_RANGE",
      "cells",
      "lognormal(0, 1)",
    ],
    [
      "a probability above 1",
      project({ connect: probability(1.5) }),
      "MODEL_RANGE",
      "a_to_a",
      "probability(1.5)",
    ],
    [
      "a fan-in of everyone and itself",
      project({ connect: inDegree(10) }),
      "MODEL_RANGE",
      "a_to_a",
      "inDegree(10)",
    ],
    [
      "an odd ring",
      project({ connect: smallWorld(3, 0.1) }),
      "MODEL_RANGE",
      "a_to_a",
      "smallWorld(3, 0.1)",
    ],
    [
      "a ring of everyone",
      project({ connect: smallWorld(10, 0.1) }),
      "MODEL_RANGE",
      "a_to_a",
      "smallWorld(10, 0.1)",
    ],
    [
      "a rewiring of 2",
      project({ connect: smallWorld(2, 2) }),
      "MODEL_RANGE",
      "a_to_a",
      "smallWorld(2, 2)",
    ],
    [
      "growth by everyone",
      project({ connect: scaleFree(10) }),
      "MODEL_RANGE",
      "a_to_a",
      "scaleFree(10)",
    ],
    [
      "lists of two lengths",
      project({ connect: list([0], [1, 2]) }),
      "MODEL_SHAPE",
      "a_to_a",
      "1 sources and 2",
    ],
    [
      "a neuron outside",
      project({ connect: list([0, 10], [1, 2]) }),
      "MODEL_SHAPE",
      "a_to_a",
      "source[1] = 10",
    ],
    [
      "a target outside",
      project({ connect: list([0], [-1]) }),
      "MODEL_SHAPE",
      "a_to_a",
      "target[0] = -1",
    ],
    [
      "an infinite weight",
      project({ connect: oneToOne(), weight: Number.POSITIVE_INFINITY }),
      "MODEL_RANGE",
      "a_to_a",
      "weight = Infinity",
    ],
    [
      "too few weights",
      project({ connect: list([0, 1], [1, 2]), weight: [1] }),
      "MODEL_SHAPE",
      "a_to_a",
      "1 values of weight",
    ],
    [
      "a delay below 0",
      project({ connect: oneToOne(), delay: -1 }),
      "MODEL_RANGE",
      "a_to_a",
      "a delay of -1 s",
    ],
    [
      "a drawn delay below 0",
      project({ connect: allToAll(), delay: normal(-1, 0.1) }),
      "MODEL_RANGE",
      "a_to_a",
      "delay[0] = -",
    ],
    [
      "an endless delay",
      project({ connect: oneToOne(), delay: 1e6 }),
      "MODEL_RANGE",
      "a_to_a",
      "10000000000 steps",
    ],
    [
      "delays too far apart",
      project({ connect: allToAll(), delay: uniform(0, 0.1) }),
      "MODEL_RANGE",
      "a_to_a",
      "delays from",
    ],
    [
      "a standing spike",
      project({ connect: oneToOne(), delay: conduction(0, 1) }),
      "MODEL_RANGE",
      "a_to_a",
      "a velocity of 0",
    ],
    [
      "a negative length",
      project({ connect: oneToOne(), delay: conduction(1, -1) }),
      "MODEL_RANGE",
      "a_to_a",
      "a length of -1",
    ],
    [
      "a distance without places",
      project({ connect: oneToOne(), delay: conduction(1) }),
      "USAGE",
      "a_to_a",
      "no positions of the source",
    ],
    [
      "a receptor that is not there",
      project({ connect: oneToOne(), receptor: "exc" }),
      "USAGE",
      "a_to_a",
      "receptor exc",
    ],
    [
      "more synapses than fit",
      (net) => {
        const all = net.population("all", 10_000, cell);
        net.project(all, all, { connect: allToAll() });
      },
      "MODEL_RANGE",
      "all_to_all",
      "100000000 synapses",
    ],
    [
      "sizes that differ",
      (net) => {
        const { a, b } = two(net);
        net.project(a, b, { connect: oneToOne(), receptor: "e" });
      },
      "MODEL_SHAPE",
      "a_to_b",
      "from 10 to 5",
    ],
    [
      "one of several receptors",
      (net) => {
        const { a, b } = two(net);
        net.project(a, b, { connect: allToAll() });
      },
      "USAGE",
      "a_to_b",
      "no receptor",
    ],
    [
      "a small world of two populations",
      (net) => {
        const { a, b } = two(net);
        net.project(a, b, { connect: smallWorld(2, 0), receptor: "e" });
      },
      "MODEL_SHAPE",
      "a_to_b",
      "between 10 and 5",
    ],
    [
      "an input as target",
      (net) => {
        const { a } = two(net);
        net.project(a, net.input("in", 1), { connect: allToAll() });
      },
      "USAGE",
      "a_to_in",
      "Input as target",
    ],
    [
      "a perceptron with synapses",
      (net) => {
        const { a } = two(net);
        net.project(a, net.population("p", 1, perceptron({ inputs: 2 })), { connect: allToAll() });
      },
      "USAGE",
      "a_to_p",
      "Perceptron as target",
    ],
    [
      "a wire of another width",
      (net) => {
        const { a } = two(net);
        net.wire(a, net.population("p", 1, perceptron({ inputs: 2 })));
      },
      "MODEL_SHAPE",
      "a_to_p",
      "10 elements",
    ],
    [
      "a name twice",
      (net) => {
        two(net);
        net.population("a", 1, cell);
      },
      "USAGE",
      "a",
      "second node",
    ],
    ["a name with a space", (net) => net.input("a b", 1), "USAGE", "test", '"a b"'],
    [
      "a part beyond the end",
      (net) => two(net).a.part("late", 5, 11),
      "MODEL_SHAPE",
      "late",
      "5 … 11",
    ],
    [
      "a group of another network",
      (net) => net.output("out", two(network({ name: "other" })).a),
      "USAGE",
      "a",
      "another network",
    ],
    [
      "a start of what has no potential",
      (net) => net.start(net.population("t", 1, relay), 1),
      "USAGE",
      "t",
      "Threshold",
    ],
    [
      "a part as output",
      (net) => net.output("out", two(net).a.part("half", 0, 5)),
      "USAGE",
      "out",
      "half",
    ],
    [
      "no output",
      (net) => {
        two(net);
        net.graph();
      },
      "USAGE",
      "test",
      "no output",
    ],
    ["a seed below 0", () => network({ name: "test", seed: -1 }), "MODEL_RANGE", "test", "seed -1"],
    [
      "no time step",
      () => network({ name: "test", dtSeconds: 0 }),
      "MODEL_RANGE",
      "test",
      "dtSeconds 0",
    ],
  ];
  test.each(cases)("%s", (_, use, code, where, got) => {
    const { problems } = raised(() => use(network({ name: "test", seed: 1 })));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code, where });
    expect(problems[0]?.got).toContain(got);
  });
});
