/** Reads a NIR file (HDF5) into a spiking graph. Every problem of the file is raised at once. */
import { type Problem, problem, TwentyWattError } from "../../errors.ts";
import { at } from "../../model/at.ts";
import type { Source } from "../../model/graph.ts";
import { elements } from "../../model/graph.ts";
import { type Arc, sourcesFirst } from "../../model/order.ts";
import type {
  Discretisation,
  Edge,
  Semantics,
  SpikingGraph,
  SpikingNode,
} from "../../model/spiking-graph.ts";
import { resetOf } from "../../spiking/own-reset.ts";
import { assumeReadouts, checkEdges, checkSources } from "./connections.ts";
import { Fields } from "./fields.ts";
import { type Hdf5Group, readHdf5 } from "./hdf5/index.ts";
import { NODES } from "./nodes.ts";
import { doubtTimes } from "./times.ts";
import { flattenGraph, type RawEdge, type RawNode, type Wiring, withoutWires } from "./wiring.ts";

/** What a NIR file leaves open. */
export type NirOptions = {
  readonly dtSeconds: number;
  readonly timeUnit: "s" | "ms";
  readonly discretisation: Discretisation;
  /** default: what the framework of this discretisation does; snntorch has two, and must be told */
  readonly reset?: "zero" | "subtract";
  readonly inputKind: "spikes" | "values";
};

export const NIR_DEFAULTS: NirOptions = {
  dtSeconds: 1e-4,
  timeUnit: "s",
  discretisation: "norse",
  inputKind: "spikes",
};

/** More elements than this in one node is no network for a small module. */
const MAX_ELEMENTS = 2 ** 24;

export function importNir(
  bytes: Uint8Array,
  source: Source,
  given: Partial<NirOptions> = {},
): SpikingGraph {
  const { dtSeconds, timeUnit, discretisation, inputKind, reset } = { ...NIR_DEFAULTS, ...given };
  // in the order in which a manifest has them
  const options = {
    ...{ dtSeconds, timeUnit, discretisation },
    ...{ reset: resetOf(discretisation, reset), inputKind },
  };
  const tree = readHdf5(bytes, isMetadata);
  const problems: Problem[] = [];
  const wiring = flattenGraph(topGraph(tree), problems);
  const wired = problems.length === 0;
  const assumptions: string[] = [];
  const known = readNodes(wiring, options, problems, assumptions);
  checkEdges(known, wiring.edges, problems, assumptions);
  assumeReadouts(known, wiring, assumptions);
  // an edge that is wrong leaves its target without a source: that is no second problem
  if (wired) checkSources(known, wiring.edges, problems);
  const edges = withoutWires(wiring, problems);
  if (problems.length > 0) throw new TwentyWattError(problems);
  const wires = new Set(wiring.nodes.flatMap(({ name, wire }) => (wire ? [name] : [])));
  const read = [...known.values()].filter(({ name }) => !wires.has(name));
  const nodes = portsAsWritten(read, wiring);
  const semantics: Semantics = {
    ...options,
    assumptions: [...assumptions, ...doubtTimes(nodes, options)],
  };
  return { kind: "spiking", source, semantics, nodes, edges: indexed(nodes, edges), labels: null };
}

/** No backend may rely on metadata, whatever it holds; unless it is the name of a node. */
const isMetadata = (path: string): boolean =>
  path.endsWith("/metadata") && !path.endsWith("/nodes/metadata");

const indexed = (nodes: readonly SpikingNode[], edges: readonly RawEdge[]): Edge[] =>
  arcsOf(nodes, edges).map((arc) => ({ ...arc, receptor: 0 }));

/** Edges by the places of the nodes they name; every one of them is there. */
function arcsOf(nodes: readonly { readonly name: string }[], edges: readonly RawEdge[]): Arc[] {
  const index = new Map(nodes.map(({ name }, k) => [name, k]));
  const place = (name: string): number => {
    const k = index.get(name);
    if (k === undefined) throw new Error(`an edge names ${name}, which is no node`);
    return k;
  };
  return edges.map(({ source, target }) => ({ source: place(source), target: place(target) }));
}

function topGraph(tree: Hdf5Group): Hdf5Group {
  const top = tree.children.get("node");
  if (top?.kind === "group") return top;
  throw new TwentyWattError(
    problem(
      "MODEL_FORMAT",
      "file",
      `an HDF5 file with [${[...tree.children.keys()].slice(0, 8).join(", ")}] at its root`,
      "a NIR file with a group 'node'",
    ),
  );
}

/** Reads the nodes, sources first where the graph allows it, so that shapes can be inferred. */
function readNodes(
  wiring: Wiring,
  { timeUnit, reset }: Required<NirOptions>,
  problems: Problem[],
  assumptions: string[],
): Map<string, SpikingNode> {
  const sources = new Map<string, string[]>();
  for (const { source, target } of wiring.edges) {
    const list = sources.get(target);
    if (list) list.push(source);
    else sources.set(target, [source]);
  }
  const known = new Map<string, SpikingNode>();
  for (const raw of inOrder(wiring)) {
    const row = NODES.get(raw.type);
    if (row === undefined) {
      const expected = `one of ${[...NODES.keys(), "NIRGraph"].join(", ")}`;
      problems.push(problem("MODEL_OP", `node ${raw.name}`, raw.type, expected, REPLACE));
      continue;
    }
    const source = sources.get(raw.name)?.find((name) => known.has(name));
    const node = row(new Fields(raw.name, raw.type, raw.group, problems), {
      sourceShape: known.get(source ?? "")?.shape ?? null,
      toSeconds: timeUnit === "ms" ? 1e-3 : 1,
      reset,
      assume: (sentence) => void assumptions.push(sentence),
    });
    if (node === null) continue;
    if (elements(node.shape) <= MAX_ELEMENTS) known.set(node.name, node);
    else {
      const got = `shape [${node.shape}]`;
      const expected = `at most ${MAX_ELEMENTS} elements`;
      problems.push(problem("MODEL_SHAPE", `node ${node.name} (${node.kind})`, got, expected));
    }
  }
  return known;
}

/** Inputs and Outputs in the order of the file, which is that of columns and tensors; other nodes keep their places. */
function portsAsWritten(nodes: readonly SpikingNode[], wiring: Wiring): readonly SpikingNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const written = wiring.nodes.flatMap(({ name }) => byName.get(name) ?? []);
  const next = {
    Input: written.filter(({ kind }) => kind === "Input").values(),
    Output: written.filter(({ kind }) => kind === "Output").values(),
  };
  return nodes.map((node) =>
    node.kind === "Input" || node.kind === "Output" ? (next[node.kind].next().value ?? node) : node,
  );
}

const REPLACE = "Replace this node by those of the list, and export the network again.";

/** In execution order, so that the source of an inferred shape is read before. */
function inOrder({ nodes, edges }: Wiring): RawNode[] {
  return sourcesFirst(nodes.length, arcsOf(nodes, edges)).map((k) => at(nodes, k));
}
