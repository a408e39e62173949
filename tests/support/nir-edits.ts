/** Damage to NIR graphs before they are written: sound HDF5 that says something wrong, odd or extreme. */
import type { Random } from "../../host/model/random.ts";
import {
  f32,
  f64,
  i64,
  isGraph,
  type NirArray,
  type NirField,
  type NirFields,
  type NirGraph,
  type NirNode,
} from "./nir-writer.ts";
import { type Dice, dice } from "./random-draft.ts";

const TYPES = [
  ...["Input", "Output", "Affine", "Linear", "Scale", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d"],
  ...["Flatten", "Delay", "Threshold", "I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "NIRGraph", ""],
  "Conv3d",
];
const SIZES = [-(2 ** 31), -2, -1, 0, 1, 2, 3, 5, 16, 255, 4096, 65_536, 2 ** 26, 2 ** 31, 2 ** 53];
const REALS = [
  0,
  -0,
  -1,
  1e-300,
  1e-45,
  1e-9,
  1e-4,
  0.5,
  1,
  15,
  1e9,
  1e38,
  1e308,
  Number.NaN,
  1 / 0,
];
const WORDS = ["same", "valid", "", "LIF", "0", "ü\u{1f9e0}"];

/** One to four edits of a copy. */
export function editNir(graph: NirGraph, random: Random): NirGraph {
  const d = dice(random);
  let edited = graph;
  for (let k = d.int(1, 4); k > 0; k--) edited = editGraph(edited, d);
  return edited;
}

function editGraph(graph: NirGraph, d: Dice): NirGraph {
  const names = Object.keys(graph.nodes);
  const name = d.pick(names);
  const node = graph.nodes[name];
  if (node === undefined || d.chance(0.25)) return { ...graph, edges: editEdges(graph, d) };
  if (d.chance(0.1)) return editNodes(graph, name, d);
  const replaced = isGraph(node) ? editGraph(node, d) : editNode(node, d);
  return { ...graph, nodes: { ...graph.nodes, [name]: replaced } };
}

function editEdges({ nodes, edges }: NirGraph, d: Dice): readonly (readonly string[])[] {
  const { pick, int, chance } = d;
  const names = [...Object.keys(nodes), ...(chance(0.2) ? ["nowhere"] : [])];
  const added = [pick(names), pick(names)];
  const at = int(0, Math.max(0, edges.length - 1));
  return pick([
    () => [...edges, added],
    () => edges.toSpliced(at, 1),
    () => edges.toSpliced(at, 1, added),
    () => edges.toReversed(),
    () => edges.map((edge, k) => (k === at ? edge.toReversed() : edge)),
    () => [...edges, edges[at] ?? added],
    () => (chance(0.1) ? edges.map(([source = ""]) => [source]) : edges),
  ])();
}

function editNodes({ nodes, edges }: NirGraph, name: string, { pick, int }: Dice): NirGraph {
  const entries = Object.entries(nodes);
  const { [name]: gone, ...rest } = nodes;
  const nested: NirGraph = { type: "NIRGraph", nodes, edges };
  return pick([
    () => ({ type: "NIRGraph" as const, nodes: rest, edges }),
    () => ({
      type: "NIRGraph" as const,
      nodes: { ...nodes, [`${name}.${name}`]: gone ?? nested },
      edges,
    }),
    () => ({ type: "NIRGraph" as const, nodes: { ...nodes, [name]: nested }, edges }),
    () => ({ type: "NIRGraph" as const, nodes: Object.fromEntries(entries.toReversed()), edges }),
    () => ({
      type: "NIRGraph" as const,
      nodes: { ...nodes, [name]: entries[int(0, entries.length - 1)]?.[1] ?? nested },
      edges,
    }),
  ])();
}

function editNode(node: NirNode, d: Dice): NirNode {
  const { pick, chance } = d;
  const fields = Object.keys(node).filter((field) => field !== "type");
  if (fields.length === 0 || chance(0.08)) return { ...node, type: pick(TYPES) };
  const field = pick(fields);
  const value = node[field];
  if (value === undefined || chance(0.06)) {
    const { [field]: _, ...rest }: NirFields = node;
    return { ...rest, type: node.type };
  }
  return { ...node, [field]: editField(value, d) };
}

function editField(field: NirField, d: Dice): NirField {
  const { pick, int, chance } = d;
  if (typeof field === "number" || typeof field === "string" || "group" in field || chance(0.1)) {
    return pick<() => NirField>([
      () => pick(SIZES),
      () => pick(WORDS),
      () => i64(pick(SIZES)),
      () => i64(pick(SIZES), pick(SIZES)),
      () => f32([], pick(REALS)),
      () => ({ group: { field } }),
      () => deep(int(2, 40)),
    ])();
  }
  const whole = field.data instanceof BigInt64Array;
  return pick<() => NirArray>([
    () => withElements(field, d, whole ? SIZES : REALS, 1 / field.data.length),
    () => withElements(field, d, whole ? SIZES : REALS, 0.3),
    () => f64(field.shape, pick(whole ? SIZES : REALS)),
    () => f64(field.shape, pick(REALS), 1),
    () => f32([...field.shape, 1], 1, 0.5),
    () => f32(field.shape.slice(1), 1),
    () => f32(field.shape.toReversed(), 0.5, 1),
    () =>
      f32(
        field.shape.map((n) => (chance(0.5) ? n + int(1, 3) : n)),
        1,
        -1,
      ),
    () => f32([int(0, 3)], 1),
    // thousands of elements: what is consistent is planned, however large
    () => f32(field.shape.map((n) => Math.min(512, 8 * n)).slice(-2), 0.5, -0.25),
  ])();
}

/** Groups in groups. */
const deep = (levels: number): NirField => ({ group: levels > 0 ? { er: deep(levels - 1) } : {} });

function withElements(
  { shape, data }: NirArray,
  { pick, chance }: Dice,
  from: readonly number[],
  probability: number,
): NirArray {
  if (data instanceof BigInt64Array) {
    return { shape, data: data.map((x) => (chance(probability) ? BigInt(pick(from)) : x)) };
  }
  return { shape, data: data.map((x: number) => (chance(probability) ? pick(from) : x)) };
}
