/**
 * Plans and writes the code of each file that is named, or compiles it whole, and prints, a line of JSON each, how often
 * every block of the compiler ran. A process of its own, started as linear.test.ts does: code that V8 has optimised, or
 * loaded before it counts, is not counted whole.
 */
import { readFileSync } from "node:fs";
import { workOf } from "./work-counted.ts";

const OWN = /\/host\//;
/** What is done less often is no loop over a network. */
const LEAST = 100;

const [much, ...paths] = process.argv.slice(2);

async function work(file: Uint8Array, name: string): Promise<void> {
  const { importModel } = await import("../../host/importers/index.ts");
  const { compile, DEFAULT_OPTIONS } = await import("../../host/compiler/index.ts");
  const { layoutLayered } = await import("../../host/compiler/layered.ts");
  const { planSpiking } = await import("../../host/compiler/spiking/index.ts");
  const { emit } = await import("../../host/compiler/emit.ts");
  const graph = await importModel(file, name);
  if (much === "whole") await compile(graph, DEFAULT_OPTIONS);
  else if (graph.kind === "layered") emit(layoutLayered(graph, DEFAULT_OPTIONS), name);
  else emit(planSpiking(graph, DEFAULT_OPTIONS).layout, name);
}

for (const path of paths) {
  const file = new Uint8Array(readFileSync(path));
  const counts = await workOf(OWN, () => work(file, "long"));
  const often = Object.entries(counts).filter(([, count]) => count >= LEAST);
  console.log(JSON.stringify(Object.fromEntries(often)));
}
