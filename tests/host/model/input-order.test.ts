/** Rows of files hold the inputs in the order of the graph, whatever order the network runs in. */
import { expect, test } from "vitest";
import type { Discretisation } from "../../../host/model/spiking-graph.ts";
import { allToAll, lif, network } from "../../../host/network/index.ts";
import { discretise } from "../../../host/spiking/discretise.ts";

const membrane = lif({ tau: 20e-3, vThreshold: 1 });

test.each(["norse", "lava"] as const satisfies readonly Discretisation[])(
  "inputs stay in the order in which they were declared, %s",
  (discretisation) => {
    for (const first of ["left", "right"]) {
      const net = network({ name: "two ears", seed: 1, dtSeconds: 1e-3 });
      const left = net.input("left", 2);
      const right = net.input("right", 3);
      const cell = net.population("cell", 1, membrane);
      const other = net.population("other", 1, membrane);
      const connect = { connect: allToAll(), weight: 1 };
      net.project(first === "left" ? left : right, cell, connect);
      net.project(first === "left" ? right : left, other, connect);
      net.project(other, cell, connect);
      net.output("spikes", cell);
      const graph = net.graph();
      const { events } = discretise({
        ...graph,
        semantics: { ...graph.semantics, discretisation },
      });
      const inputs = events.filter(({ kind }) => kind === "input");
      expect(inputs.map((event) => ("name" in event ? event.name : ""))).toEqual(["left", "right"]);
    }
  },
);
