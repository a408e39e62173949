/** Reads a NIR file (HDF5) into a spiking graph. Every problem of the file is raised at once. */
import { type Problem, problem, TwentyWattError } from "../../errors.ts";
import type { Source } from "../../model/graph.ts";
import { elements } from "../../model/graph.ts";
import { sourcesFirst } from "../../model/order.ts";
import type {
  Discretisation,
  Edge,
  Semantics,
  SpikingGraph,
  SpikingNode,
} from "../../model/spiking-graph.ts";
import { Fields } from "./fields.ts";
import { type Hdf5Group, readHdf5 } from "./hdf5.ts";
import { NODES } from "./nodes.ts";
import { flattenGraph, type RawEdge, type RawNode, type Wiring } from "./wiring.ts";

/** What a NIR file leaves open. */
export type NirOptions = {
  readonly dtSeconds: number;
  readonly timeUnit: "s" | "ms";
  readonly discretisation: Discretisation;
  readonly reset: "zero" | "subtract";
  readonly inputKind: "spikes" | "values";
};

export const NIR_DEFAULTS: NirOptions = {
  dtSeconds: 1e-4,
  timeUnit: "s",
  discretisation: "norse",
  reset: "zero",
  inputKind: "spikes",
};

/** More elements than this in one node is no network for a small module. */
const MAX_ELEMENTS = 2 ** 24;

export async function importNir(
  bytes: Uint8Array,
  source: Source,
  options: NirOptions = NIR_DEFAULTS,
): Promise<SpikingGraph> {
  const tree = await readHdf5(bytes);
  const problems: Problem[] = [];
  const wiring = flattenGraph(topGraph(tree), problems);
  const assumptions: string[] = [];
  const nodes = readNodes(wiring, options, problems, assumptions);
  const edges = connect(nodes, wiring.edges, problems, assumptions);
  checkEnds(wiring.nodes, problems);
  if (problems.length > 0) throw new TwentyWattError(problems);
  warnOfMilliseconds(nodes, options, assumptions);
  const semantics: Semantics = { ...options, assumptions };
  return { kind: "spiking", source, semantics, nodes, edges, labels: null };
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
  options: NirOptions,
  problems: Problem[],
  assumptions: string[],
): SpikingNode[] {
  const toSeconds = options.timeUnit === "ms" ? 1e-3 : 1;
  const shapes = new Map<string, readonly number[]>();
  const sources = new Map<string, string[]>();
  for (const { source, target } of wiring.edges) {
    sources.set(target, [...(sources.get(target) ?? []), source]);
  }
  const nodes: SpikingNode[] = [];
  for (const raw of inOrder(wiring)) {
    const row = NODES.get(raw.type);
    if (row === undefined) {
      const known = [...NODES.keys(), "NIRGraph"].join(", ");
      problems.push(problem("MODEL_OP", `node ${raw.name}`, raw.type, `one of ${known}`));
      continue;
    }
    const source = (sources.get(raw.name) ?? []).find((name) => shapes.has(name));
    const node = row(new Fields(raw.name, raw.type, raw.group, problems), {
      sourceShape: source === undefined ? null : (shapes.get(source) ?? null),
      toSeconds,
      assume: (sentence) => void assumptions.push(sentence),
    });
    if (node === null) continue;
    if (!(elements(node.shape) >= 1 && elements(node.shape) <= MAX_ELEMENTS)) {
      problems.push(
        problem(
          "MODEL_SHAPE",
          `node ${node.name}`,
          `shape [${node.shape}]`,
          `1 to ${MAX_ELEMENTS} elements`,
        ),
      );
      continue;
    }
    shapes.set(node.name, node.shape);
    nodes.push(node);
  }
  return nodes;
}

/** In execution order, so that the source of an inferred shape is read before. */
function inOrder({ nodes, edges }: Wiring): RawNode[] {
  const index = new Map(nodes.map((node, k) => [node.name, k]));
  const arcs = edges.map((e) => ({
    source: index.get(e.source) ?? 0,
    target: index.get(e.target) ?? 0,
  }));
  return sourcesFirst(nodes.length, arcs).flatMap((k) => nodes[k] ?? []);
}

/** How many elements a node wants to be given. */
function inputElements(node: SpikingNode): number {
  switch (node.kind) {
    case "Linear":
    case "Affine":
    case "Sparse":
    case "Perceptron":
      return node.inputSize;
    case "Conv1d":
    case "Conv2d":
    case "SumPool2d":
    case "AvgPool2d":
      return elements(node.inputShape);
    default:
      return elements(node.shape);
  }
}

function connect(
  nodes: readonly SpikingNode[],
  edges: readonly RawEdge[],
  problems: Problem[],
  assumptions: string[],
): Edge[] {
  const index = new Map(nodes.map((node, k) => [node.name, k]));
  const connected: Edge[] = [];
  for (const { source, target } of edges) {
    const from = nodes[index.get(source) ?? -1];
    const to = nodes[index.get(target) ?? -1];
    if (from === undefined || to === undefined) continue; // the node's own problem is noted
    if (elements(from.shape) !== inputElements(to)) {
      problems.push(
        problem(
          "MODEL_SHAPE",
          `edge ${source} → ${target}`,
          `${elements(from.shape)} elements [${from.shape}]`,
          `${inputElements(to)} elements`,
        ),
      );
    } else if (to.kind === "Output" && to.shape.join() !== from.shape.join()) {
      assumptions.push(`${source} → ${target}: shape [${from.shape}] is read as [${to.shape}].`);
    }
    connected.push({ source: index.get(source) ?? 0, target: index.get(target) ?? 0, receptor: 0 });
  }
  return connected;
}

function checkEnds(nodes: readonly RawNode[], problems: Problem[]): void {
  for (const type of ["Input", "Output"]) {
    if (!nodes.some((node) => node.type === type)) {
      problems.push(problem("MODEL_FORMAT", "graph", `no ${type} node`, `at least one ${type}`));
    }
  }
}

/** Files in milliseconds exist and cannot be told from files in seconds, but a membrane of a second is rare. */
function warnOfMilliseconds(
  nodes: readonly SpikingNode[],
  options: NirOptions,
  assumptions: string[],
): void {
  if (options.timeUnit !== "s") return;
  const slow = nodes.find((node) => {
    const tau = "tau" in node ? node.tau : "tauMem" in node ? node.tauMem : 0;
    return (typeof tau === "number" ? tau : Math.max(...tau.subarray(0, 1024))) >= 0.5;
  });
  if (slow) {
    assumptions.push(
      `${slow.name} has a time constant of half a second or more: if the file is in milliseconds, pass --time-unit ms.`,
    );
  }
}
