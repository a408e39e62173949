/** Projections that are refused. */
import {
  allToAll,
  conduction,
  inDegree,
  list,
  type Network,
  normal,
  oneToOne,
  perceptron,
  probability,
  scaleFree,
  smallWorld,
  uniform,
} from "../../../host/network/index.ts";
import { cell, refuses, two, type Use } from "../../support/networks.ts";

const project =
  (projecting: Parameters<Network["project"]>[2]): Use =>
  (net) => {
    const { a } = two(net);
    net.project(a, a, projecting);
  };

refuses([
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
]);
