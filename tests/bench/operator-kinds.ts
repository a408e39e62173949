/**
 * How fast each kind of convolution is inside a model: every layer compiled as a network of its own and timed bare.
 * Depthwise layers are the slowest part of small networks; their rate is read against that of the pointwise layers.
 */
import type { LayeredGraph, LayerNode } from "../../host/model/graph.ts";
import type { Timed } from "../../host/run/timing.ts";
import { bareCall, compileFor } from "./module.ts";
import { timed } from "./timing.ts";

export type KindRate = {
  readonly kind: string;
  readonly layers: number;
  readonly macs: number;
  readonly minUs: number;
  readonly macsPerSecond: number;
};

const SECONDS_PER_LAYER = 0.3;

/** One row per kind, over all its layers in the graph; layers of one shape are timed once. */
export async function operatorKinds(graph: LayeredGraph): Promise<readonly KindRate[]> {
  type Layer = { readonly kind: string; readonly node: LayerNode; readonly count: number };
  const layers = new Map<string, Layer>();
  for (const node of graph.nodes) {
    const kind = kindOf(node, graph);
    if (kind === null) continue;
    const shapes = [...node.inputs, node.output].map((t) => graph.tensors[t]?.shape);
    const key = JSON.stringify([kind, shapes, "window" in node && node.window]);
    const known = layers.get(key);
    layers.set(key, { kind, node, count: (known?.count ?? 0) + 1 });
  }

  const bare: (Layer & { readonly macs: number; readonly call: Timed })[] = [];
  for (const layer of layers.values()) {
    const { wasm, manifest } = await compileFor(alone(graph, layer.node), "simd");
    bare.push({ ...layer, macs: manifest.macs, call: bareCall(wasm) });
  }
  const times = await timed(
    bare.map(({ call }) => call),
    SECONDS_PER_LAYER,
  );
  return [...new Set(bare.map(({ kind }) => kind))].map((kind) => {
    const total = { layers: 0, macs: 0, minUs: 0 };
    bare.forEach((layer, k) => {
      if (layer.kind !== kind) return;
      total.layers += layer.count;
      total.macs += layer.count * layer.macs;
      total.minUs += layer.count * (times[k]?.minUs ?? 0);
    });
    return { kind, ...total, macsPerSecond: (total.macs / total.minUs) * 1e6 };
  });
}

/** null: not a layer whose time is made of MACs */
function kindOf(node: LayerNode, graph: LayeredGraph): string | null {
  if (node.kind === "DEPTHWISE_CONV_2D") return "depthwise";
  if (node.kind === "FULLY_CONNECTED") return "fully connected";
  if (node.kind !== "CONV_2D") return null;
  const [, height, width] = graph.tensors[node.inputs[1] ?? -1]?.shape ?? [];
  return height === 1 && width === 1 ? "pointwise" : "convolution";
}

const alone = (graph: LayeredGraph, node: LayerNode): LayeredGraph => ({
  ...graph,
  // what it keeps is made by others
  variables: [],
  nodes: [node],
  inputs: [{ tensor: node.inputs[0] ?? -1, edge: "i8" }],
  outputs: [{ tensor: node.output, edge: "i8" }],
  labels: null,
});
