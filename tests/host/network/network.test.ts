/** Statements of a network that are refused: names, parts, starts, outputs, its own numbers. */
import { network } from "../../../host/network/index.ts";
import { cell, refuses, relay, two } from "../../support/networks.ts";

refuses([
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
]);
