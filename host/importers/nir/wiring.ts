/**
 * From the groups of a NIR file to one flat list of nodes and edges.
 * A nested NIRGraph is spliced in: "outer.inner" names its nodes, and an edge to the graph goes to its inner Input. Inner
 * Inputs and Outputs are wires: they stay until shapes are checked, then `withoutWires` joins what they connect.
 */
import { type Problem, problem } from "../../errors.ts";
import { at } from "../../model/at.ts";
import type { Hdf5Group } from "./hdf5/index.ts";

export type RawNode = {
  readonly name: string;
  readonly type: string;
  readonly group: Hdf5Group;
  /** Input or Output of a nested graph */
  readonly wire: boolean;
};
export type RawEdge = { readonly source: string; readonly target: string };
export type Wiring = { readonly nodes: readonly RawNode[]; readonly edges: readonly RawEdge[] };

/** Nodes are layers, not neurons: the largest published graphs have a few dozen. */
const MAX_NODES = 4096;
const MAX_EDGES = 65_536;

type Ends = { readonly inputs: string[]; readonly outputs: string[] };
type Building = { nodes: RawNode[]; edges: RawEdge[]; names: Set<string>; problems: Problem[] };

/** @param group the group of the top graph: /node */
export function flattenGraph(group: Hdf5Group, problems: Problem[]): Wiring {
  const building: Building = { nodes: [], edges: [], names: new Set(), problems };
  collect(group, "", building);
  const { nodes, edges } = building;
  return tooMany(nodes.length, edges.length, problems) ? { nodes: [], edges: [] } : building;
}

function tooMany(nodes: number, edges: number, problems: Problem[]): boolean {
  if (nodes <= MAX_NODES && edges <= MAX_EDGES) return false;
  const expected = `at most ${MAX_NODES} nodes and ${MAX_EDGES} edges`;
  problems.push(problem("MODEL_FORMAT", "graph", `${nodes} nodes, ${edges} edges`, expected));
  return true;
}

const textOf = (group: Hdf5Group, field: string): string | null => {
  const entry = group.children.get(field);
  return entry?.kind === "strings" ? (entry.strings[0] ?? null) : null;
};

/** Adds the nodes and edges of one graph; returns where edges to the graph go and where those from it start. */
function collect(graph: Hdf5Group, prefix: string, b: Building): Ends {
  const where = prefix === "" ? "graph" : `graph ${prefix}`;
  const ends: Ends = { inputs: [], outputs: [] };
  const nodes = graph.children.get("nodes");
  if (nodes?.kind !== "group" || nodes.children.size === 0) {
    b.problems.push(problem("MODEL_FORMAT", where, "no group 'nodes'", "a NIRGraph with nodes"));
    return ends;
  }
  const path = (name: string) => (prefix === "" ? name : `${prefix}.${name}`);
  const types = new Map<string, string>();
  /** the ends of every node: its own name, or those of a nested graph */
  const known = new Map<string, Ends>();
  for (const [name, child] of nodes.children) {
    const type = child.kind === "group" ? textOf(child, "type") : null;
    if (child.kind !== "group" || type === null) {
      const node = `node ${path(name)}`;
      b.problems.push(problem("MODEL_FORMAT", node, "no dataset 'type'", "a NIR node"));
      types.set(name, "");
      continue;
    }
    types.set(name, type);
    if (type === "NIRGraph") {
      known.set(name, collect(child, path(name), b));
      continue;
    }
    if (type === "Input") ends.inputs.push(path(name));
    if (type === "Output") ends.outputs.push(path(name));
    known.set(name, { inputs: [path(name)], outputs: [path(name)] });
    const wire = prefix !== "" && (type === "Input" || type === "Output");
    addNode({ name: path(name), type, group: child, wire }, b);
  }
  for (const [type, found] of [
    ["Input", ends.inputs],
    ["Output", ends.outputs],
  ] as const) {
    if (found.length > 0) continue;
    b.problems.push(problem("MODEL_FORMAT", where, `no ${type} node`, `at least one ${type}`));
  }
  for (const edge of readEdges(graph, where, types, b.problems)) {
    for (const source of known.get(edge.source)?.outputs ?? []) {
      for (const target of known.get(edge.target)?.inputs ?? []) {
        if (b.edges.length <= MAX_EDGES) b.edges.push({ source, target });
      }
    }
  }
  return ends;
}

function addNode(node: RawNode, { nodes, names, problems }: Building): void {
  if (names.has(node.name)) {
    const remedy = "Rename one: a nested graph's nodes are named graph.node.";
    const where = `node ${node.name}`;
    problems.push(problem("MODEL_FORMAT", where, "two nodes of this name", "one", remedy));
    return;
  }
  names.add(node.name);
  nodes.push(node);
}

function readEdges(
  graph: Hdf5Group,
  where: string,
  types: ReadonlyMap<string, string>,
  problems: Problem[],
): RawEdge[] {
  const entry = graph.children.get("edges");
  // h5py writes an empty list as an empty array of numbers
  if (entry === undefined || (entry.kind === "numbers" && entry.numbers.length === 0)) return [];
  const pairs =
    entry.kind === "strings" &&
    entry.shape.length > 0 &&
    entry.strings.length === 2 * at(entry.shape, 0);
  if (!pairs) {
    const got = entry.kind === "group" ? "a group" : `${entry.kind} [${entry.shape}]`;
    problems.push(
      problem("MODEL_FORMAT", `${where}, edges`, got, "pairs of names: strings [E, 2]"),
    );
    return [];
  }
  const seen = new Set<string>();
  const edges: RawEdge[] = [];
  for (let k = 0; k < entry.strings.length; k += 2) {
    const source = at(entry.strings, k);
    const target = at(entry.strings, k + 1);
    const wrong = wrongEdge(source, target, types, seen);
    if (wrong === null) edges.push({ source, target });
    else {
      const edge = `${where}, edge ${source} → ${target}`;
      problems.push(problem("MODEL_FORMAT", edge, wrong.got, wrong.expected, wrong.remedy));
    }
    seen.add(JSON.stringify([source, target]));
  }
  return edges;
}

type Wrong = { readonly got: string; readonly expected: string; readonly remedy?: string };

function wrongEdge(
  source: string,
  target: string,
  types: ReadonlyMap<string, string>,
  seen: ReadonlySet<string>,
): Wrong | null {
  const missing = [...new Set([source, target])].filter((name) => !types.has(name));
  if (missing.length > 0) {
    const names = [...types.keys()].slice(0, 12).join(", ");
    const remedy = "Name an existing node in this edge, or remove the edge.";
    return { got: `no node ${missing.join(", ")}`, expected: `one of ${names}`, remedy };
  }
  if (types.get(source) === "Output" || types.get(target) === "Input") {
    const remedy = "Turn the edge round, or remove it.";
    const got = "an edge out of an Output or into an Input";
    return { got, expected: "edges from Inputs to Outputs", remedy };
  }
  if (!seen.has(JSON.stringify([source, target]))) return null;
  const remedy = "Double the weight instead: NIR after 1.0.7 rejects duplicate edges.";
  return { got: "the same edge twice", expected: "each edge once", remedy };
}

/** Joins every source of a wire with every target of it. Several edges that become one are kept: they sum. */
export function withoutWires({ nodes, edges }: Wiring, problems: Problem[]): RawEdge[] {
  const wires = new Set(nodes.flatMap(({ name, wire }) => (wire ? [name] : [])));
  const targets = new Map<string, string[]>();
  for (const { source, target } of edges) {
    const list = targets.get(source);
    if (list) list.push(target);
    else targets.set(source, [target]);
  }
  const joined: RawEdge[] = [];
  const passing = new Set<string>();
  let steps = 0;
  const follow = (source: string, from: string): void => {
    for (const target of targets.get(from) ?? []) {
      if (++steps > 2 * MAX_EDGES) return;
      if (!wires.has(target)) joined.push({ source, target });
      else if (!passing.has(target)) {
        passing.add(target);
        follow(source, target);
        passing.delete(target);
      }
    }
  };
  for (const { name, wire } of nodes) if (!wire) follow(name, name);
  return tooMany(nodes.length, steps > 2 * MAX_EDGES ? steps : joined.length, problems)
    ? []
    : joined;
}
