/** Networks of a size, compiled in a process that counts: is twice the network more than twice the work? */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { graphJson } from "../../host/importers/graph/index.ts";
import type { LayerNode } from "../../host/model/graph.ts";
import { allToAll, lif, network, oneToOne } from "../../host/network/index.ts";
import { int8Tensor, layeredGraph } from "./graphs.ts";
import { ROOT } from "./readmes.ts";
import { tfliteBytes } from "./tflite-from-graph.ts";
import type { Work } from "./work-counted.ts";

/** A chain of so many operators of one shape: a layer with weights of its own, a curve, and a sum with what was before. */
function layered(operators: number): Uint8Array {
  const tensors = [int8Tensor("t", [1, 8])];
  const add = (shape: readonly number[], dtype: "i8" | "i32", data: Uint8Array | null): number =>
    tensors.push({
      ...{ ...int8Tensor(`t${tensors.length}`, shape, data), dtype },
      // a bias has the scales of input and weights
      quantization: { scales: [dtype === "i32" ? 0.25 : 0.5], zeroPoints: [0], axis: 0 },
    }) - 1;
  const nodes: LayerNode[] = [];
  let [last, before] = [0, 0];
  for (let k = 0; k < operators; k++) {
    const kind = (["FULLY_CONNECTED", "RELU", "ADD"] as const)[k % 3] ?? "RELU";
    const inputs =
      kind === "FULLY_CONNECTED"
        ? [
            last,
            add(
              [8, 8],
              "i8",
              Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + k) % 256),
            ),
            add([8], "i32", new Uint8Array(32)),
          ]
        : kind === "ADD"
          ? [last, before]
          : [last];
    before = last;
    last = add([1, 8], "i8", null);
    const own = { index: k, name: `${kind}_${k}`, inputs, output: last };
    nodes.push(kind === "RELU" ? { ...own, kind } : { ...own, kind, activation: "NONE" });
  }
  return tfliteBytes(layeredGraph(tensors, nodes, [0], [last]));
}

/** Populations of four, each with a synapse onto the next, every tenth with one onto itself. */
function spiking(nodes: number): string {
  const net = network({ name: "long", seed: 1 });
  let last = net.input("in", 4);
  for (let k = 0; k < nodes / 2; k++) {
    const next = net.population(`p${k}`, 4, lif({ tau: 0.02, vThreshold: 1 }));
    net.project(last, next, { name: `s${k}`, connect: allToAll(), weight: 0.3 });
    if (k % 10 === 0) net.project(next, next, { name: `r${k}`, connect: oneToOne(), weight: -0.1 });
    last = next;
  }
  net.output("out", last);
  return graphJson(net.graph());
}

/** A doubling may cost twice as much, and what a logarithm adds to that: 2 · 11 / 10. */
const MOST_GROWTH = 2.2;
/** What is done no more often than that, for each operator of the larger network, may have begun with it. */
const FEW = 3;

/** What grows faster than the network, from one to the next, which is twice as large. */
const superlinear = (small: Work, large: Work, size: number): string[] =>
  Object.entries(large)
    .filter(([place, count]) => count > MOST_GROWTH * Math.max(small[place] ?? 0, FEW * size * 0.5))
    .map(([place, count]) => `${place}: ${small[place] ?? 0}, then ${count}`);

/** @param much "planned": to the text that asc gets; "whole": to the module */
function counted(much: string, paths: readonly string[]): readonly Work[] {
  const ran = spawnSync(
    process.execPath,
    [
      ...["--no-opt", "--no-lazy-feedback-allocation"],
      ...["--import", join(ROOT, "tests/support/ts-loader.mjs")],
      ...[join(ROOT, "tests/support/counted-compile.ts"), much, ...paths],
    ],
    { encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  if (ran.status !== 0) throw new Error(ran.stderr);
  return ran.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

export type Much = "planned" | "whole";

/**
 * @param folder where the networks are written
 * @returns every place whose work more than doubles where the network doubles; nothing where nothing was counted is an error
 */
export function growth(
  kind: "layered" | "spiking",
  much: Much,
  sizes: readonly [number, number, number],
  folder: string,
): readonly string[] {
  const paths = sizes.map((size) => {
    const path = join(folder, `${kind}-${size}`);
    writeFileSync(path, kind === "layered" ? layered(size) : spiking(size));
    return path;
  });
  const works = counted(much, paths);
  const most = works.map((work) => Math.max(...Object.values(work)));
  if (!((most[2] ?? 0) > sizes[2])) throw new Error(`nothing was counted: ${most}`);
  return sizes
    .slice(1)
    .flatMap((size, k) =>
      superlinear(works[k] ?? {}, works[k + 1] ?? {}, size).map((one) => `${size}: ${one}`),
    );
}
