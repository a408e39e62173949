/** Delays: spikes arrive after as many steps as were asked for. */
import { expect, test } from "vitest";
import {
  allToAll,
  conduction,
  line,
  list,
  network,
  oneToOne,
} from "../../../host/network/index.ts";
import { synapses } from "../../../host/spiking/edges.ts";
import { arrivals, cell, relay } from "../../support/networks.ts";

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
