/** Every kind of neuron; populations that are refused. */
import { describe, expect, test } from "vitest";
import {
  adaptiveLif,
  allToAll,
  cubaLi,
  cubaLif,
  integrateAndFire,
  integrator,
  izhikevich,
  li,
  lif,
  lognormal,
  network,
  normal,
  perceptron,
  quadraticIf,
  uniform,
} from "../../../host/network/index.ts";
import { arrivals, cell, refuses, relay, type Use } from "../../support/networks.ts";

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
    quadraticIf: quadraticIf({ tau: 0.02, vCritical: 1, vThreshold: 5 }),
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

const population =
  (neuron: ReturnType<typeof lif>, n = 3): Use =>
  (net) =>
    net.population("cells", n, neuron);

describe("refused", () => {
  refuses([
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
  ]);
});
