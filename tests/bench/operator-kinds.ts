/**
 * How fast each kind of convolution is inside a model: every layer compiled as a network of its own and timed bare.
 * Depthwise layers are the slowest part of small networks; their rate is read against that of the pointwise layers.
 */
import { at } from "../../host/model/at.ts";
import type { LayeredGraph, LayerNode } from "../../host/model/graph.ts";
import type { Timed } from "../../host/run/timing.ts";
import { bareCall, compileFor, FLAVOUR, PLAIN_FLAVOUR } from "./module.ts";
import { timed } from "./timing.ts";

export type KindRate = {
  readonly kind: string;
  readonly layers: number;
  readonly macs: number;
  readonly minUs: number;
  readonly macsPerSecond: number;
  /** over the rate of the flavour without relaxed products, timed in turns; null: this is that flavour */
  readonly overPlain: number | null;
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

  const flavours = [...new Set([FLAVOUR, PLAIN_FLAVOUR])];
  const bare: (Layer & { readonly macs: number; readonly calls: readonly Timed[] })[] = [];
  for (const layer of layers.values()) {
    const compiled = await Promise.all(
      flavours.map((flavour) => compileFor(alone(graph, layer.node), "simd", flavour)),
    );
    const { macs } = at(compiled, 0).manifest;
    bare.push({ ...layer, macs, calls: compiled.map(({ wasm }) => bareCall(wasm)) });
  }
  const times = await timed(
    bare.flatMap(({ calls }) => calls),
    SECONDS_PER_LAYER,
  );
  const least = (layer: number, flavour: number): number =>
    at(times, layer * flavours.length + flavour).minUs;
  return [...new Set(bare.map(({ kind }) => kind))].map((kind) => {
    const total = { layers: 0, macs: 0, minUs: 0 };
    let plainUs = 0;
    bare.forEach((layer, k) => {
      if (layer.kind !== kind) return;
      total.layers += layer.count;
      total.macs += layer.count * layer.macs;
      total.minUs += layer.count * least(k, 0);
      plainUs += layer.count * least(k, flavours.length - 1);
    });
    const overPlain = flavours.length > 1 ? plainUs / total.minUs : null;
    return { kind, ...total, macsPerSecond: (total.macs / total.minUs) * 1e6, overPlain };
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
