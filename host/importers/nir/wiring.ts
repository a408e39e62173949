/**
 * From the groups of a NIR file to one flat list of nodes and edges.
 * A nested NIRGraph is spliced in: its inner Input and Output are wires and vanish. "outer.inner" names its nodes.
 */
import { type Problem, problem } from "../../errors.ts";
import type { Hdf5Group } from "./hdf5.ts";

export type RawNode = { readonly name: string; readonly type: string; readonly group: Hdf5Group };
export type RawEdge = { readonly source: string; readonly target: string };
export type Wiring = { readonly nodes: readonly RawNode[]; readonly edges: readonly RawEdge[] };

/** Nodes are layers, not neurons: the largest published graphs have a few dozen. */
const MAX_NODES = 4096;
const MAX_EDGES = 65_536;

type Building = { nodes: RawNode[]; edges: RawEdge[]; wires: string[]; problems: Problem[] };

/** @param group the group of the top graph: /node */
export function flattenGraph(group: Hdf5Group, problems: Problem[]): Wiring {
  const building: Building = { nodes: [], edges: [], wires: [], problems };
  collect(group, "", building);
  let edges = building.edges;
  for (const wire of building.wires) {
    if (edges.length > MAX_EDGES) break;
    edges = removeWire(edges, wire);
  }
  if (building.nodes.length > MAX_NODES || edges.length > MAX_EDGES) {
    const got = `${building.nodes.length} nodes, ${edges.length} edges or more`;
    problems.push(
      problem("MODEL_FORMAT", "graph", got, `at most ${MAX_NODES} nodes and ${MAX_EDGES} edges`),
    );
    return { nodes: [], edges: [] };
  }
  return { nodes: building.nodes, edges };
}

const textOf = (group: Hdf5Group, field: string): string | null => {
  const entry = group.children.get(field);
  return entry?.kind === "strings" ? (entry.strings[0] ?? null) : null;
};

/** Adds the nodes and edges of one graph. Where other graphs refer to it, `prefix` names its two ends. */
function collect(graph: Hdf5Group, prefix: string, b: Building): void {
  const where = prefix === "" ? "graph" : `graph ${prefix}`;
  const nodes = graph.children.get("nodes");
  if (nodes?.kind !== "group" || nodes.children.size === 0) {
    b.problems.push(problem("MODEL_FORMAT", where, "no group 'nodes'", "a NIRGraph with nodes"));
    return;
  }
  const path = (name: string) => (prefix === "" ? name : `${prefix}.${name}`);
  const types = new Map<string, string>();
  for (const [name, child] of nodes.children) {
    const type = child.kind === "group" ? textOf(child, "type") : null;
    if (child.kind !== "group" || type === null) {
      b.problems.push(
        problem("MODEL_FORMAT", `node ${path(name)}`, "no dataset 'type'", "a NIR node"),
      );
      continue;
    }
    types.set(name, type);
    if (type === "NIRGraph") {
      b.wires.push(`${path(name)}/in`, `${path(name)}/out`);
      collect(child, path(name), b);
    } else if (prefix !== "" && (type === "Input" || type === "Output")) b.wires.push(path(name));
    else b.nodes.push({ name: path(name), type, group: child });
    if (prefix !== "" && type === "Input")
      b.edges.push({ source: `${prefix}/in`, target: path(name) });
    if (prefix !== "" && type === "Output")
      b.edges.push({ source: path(name), target: `${prefix}/out` });
  }
  const isGraph = (name: string) => types.get(name) === "NIRGraph";
  for (const { source, target } of readEdges(graph, where, types, b.problems)) {
    b.edges.push({
      source: isGraph(source) ? `${path(source)}/out` : path(source),
      target: isGraph(target) ? `${path(target)}/in` : path(target),
    });
  }
}

function readEdges(
  graph: Hdf5Group,
  where: string,
  types: ReadonlyMap<string, string>,
  problems: Problem[],
): RawEdge[] {
  const entry = graph.children.get("edges");
  if (entry === undefined || (entry.kind === "numbers" && entry.numbers.length === 0)) return [];
  if (entry.kind !== "strings" || entry.strings.length % 2 !== 0) {
    problems.push(
      problem("MODEL_FORMAT", `${where}, edges`, "no pairs of names", "strings [E, 2]"),
    );
    return [];
  }
  const seen = new Set<string>();
  const edges: RawEdge[] = [];
  for (let k = 0; k < entry.strings.length; k += 2) {
    const source = entry.strings[k] ?? "";
    const target = entry.strings[k + 1] ?? "";
    const edge = `${where}, edge ${source} → ${target}`;
    const missing = [source, target].filter((name) => !types.has(name));
    if (missing.length > 0) {
      const names = [...types.keys()].slice(0, 12).join(", ");
      problems.push(
        problem("MODEL_FORMAT", edge, `no node ${missing.join(", ")}`, `one of ${names}`),
      );
    } else if (types.get(source) === "Output" || types.get(target) === "Input") {
      problems.push(
        problem("MODEL_FORMAT", edge, "an edge out of an Output or into an Input", "data's way"),
      );
    } else if (seen.has(JSON.stringify([source, target]))) {
      problems.push(
        problem(
          "MODEL_FORMAT",
          edge,
          "the same edge twice",
          "each edge once",
          "Double the weight instead: NIR after 1.0.7 rejects duplicate edges.",
        ),
      );
    } else edges.push({ source, target });
    seen.add(JSON.stringify([source, target]));
  }
  return edges;
}

/** Joins every source of a wire with every target of it. Several edges that become one are kept: they sum. */
function removeWire(edges: readonly RawEdge[], wire: string): RawEdge[] {
  const sources = edges.filter((e) => e.target === wire && e.source !== wire);
  const targets = edges.filter((e) => e.source === wire && e.target !== wire);
  const others = edges.filter((e) => e.source !== wire && e.target !== wire);
  return others.concat(
    sources.flatMap(({ source }) => targets.map(({ target }) => ({ source, target }))),
  );
}
