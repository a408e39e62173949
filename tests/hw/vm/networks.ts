/** What runs in the virtual machine, compiled out here: the compiler takes a minute on an emulated processor. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import type { SpikingGraph } from "../../../host/model/spiking-graph.ts";
import { network, oneToOne, threshold } from "../../../host/network/index.ts";
import { int8Tensor, layeredGraph, reshape } from "../../support/graphs.ts";

/** Steps of 5 ms: what steps in real time has time for each. */
const EDGES_DT_SECONDS = 5e-3;

/** Every edge of a line is a spike, in the step in which it was. */
function edges(): SpikingGraph {
  const net = network({ name: "edges", dtSeconds: EDGES_DT_SECONDS });
  const line = net.input("line", 1);
  const seen = net.population("seen", 1, threshold({ threshold: 0.5 }));
  net.project(line, seen, { name: "wire", connect: oneToOne() });
  net.output("spikes", seen);
  return net.graph();
}

/** Four values in, the same four out, as int8 in steps of a half: a decision shows the sample that it was made of. */
const values = () =>
  layeredGraph(
    [int8Tensor("sample", [1, 4]), int8Tensor("decided", [4, 1])],
    [reshape(0, 0, 1)],
    [0],
    [1],
  );

/** Into a folder, as edges.wasm and values.wasm. */
export async function compileNetworks(folder: string): Promise<void> {
  for (const [name, graph] of Object.entries({ edges: edges(), values: values() })) {
    const { wasm } = await compile(graph, DEFAULT_OPTIONS);
    writeFileSync(join(folder, `${name}.wasm`), wasm);
  }
}
