/** A graph as JSON: its fields by their names, constants in base64. */
import { createHash } from "node:crypto";
import { fail } from "../../errors.ts";
import {
  GRAPH_VERSION,
  type Graph,
  type LayeredGraph,
  type LayerNode,
  type Window2d,
} from "../../model/graph.ts";
import { type AttributeRule, OPERATORS } from "../../model/operators/index.ts";
import type { SpikingGraph, SpikingNode } from "../../model/spiking-graph.ts";
import { type Known, NODES, RECEPTOR, type Rule } from "./spiking-nodes.ts";

/** What readers of this program take; base64 needs four bytes for three. */
const MAX_BYTES = 192 * 2 ** 20;

/**
 * The graph as one line of JSON with its end, version 2: the file that `compile -o FILE.json` writes. What reads it back compiles to the same module, byte for byte.
 *
 * @throws MODEL_FORMAT where it would be longer than importModel() and the command line read
 */
export function graphJson(graph: Graph): string {
  let total = 0;
  const written = document(graph, (bytes) => {
    total += bytes.length;
    if (total > MAX_BYTES) {
      const expected = `at most ${MAX_BYTES}`;
      const remedy = "Keep the code or the name that builds this network instead.";
      fail("MODEL_FORMAT", graph.source.name, "more bytes of arrays", expected, remedy);
    }
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  });
  const { name, format, sha256 } = graph.source;
  const source = { name, format, sha256, content: contentDigest(graph) };
  return `${JSON.stringify({ ...written, source })}\n`;
}

/**
 * SHA-256 of what a graph says, its origin left out: a document that was changed after it was written is no longer what
 * its source says.
 */
export function contentDigest(graph: Graph): string {
  const hash = createHash("sha256");
  const written = document(graph, (bytes) => {
    hash.update(bytes);
    return `${bytes.length} bytes`;
  });
  return hash.update(JSON.stringify(written)).digest("hex");
}

/** How the bytes of an array are written. */
type Encode = (bytes: Uint8Array) => string;

/** Fields in one order, whoever built the graph. */
function document(graph: Graph, encode: Encode) {
  const { front } = graph;
  return {
    version: GRAPH_VERSION,
    // as it is: its digest, which the module keeps, knows the order of its fields
    ...(front === undefined ? {} : { front }),
    ...(graph.kind === "layered" ? layered(graph, encode) : spiking(graph, encode)),
  };
}

function layered(graph: LayeredGraph, encode: Encode) {
  const { kind, tensors, nodes, inputs, outputs, variables, labels } = graph;
  return {
    kind,
    tensors: tensors.map(({ name, shape, dtype, quantization, data }) => {
      const { scales, zeroPoints, axis } = quantization;
      return {
        ...{ name, shape, dtype, quantization: { scales, zeroPoints, axis } },
        data: data && encode(data),
      };
    }),
    nodes: nodes.map(layer),
    inputs: inputs.map(({ tensor, edge }) => ({ tensor, edge })),
    outputs: outputs.map(({ tensor, edge }) => ({ tensor, edge })),
    ...(variables === undefined
      ? {}
      : {
          variables: variables.map(({ name, tensor, next, initial }) => {
            return { name, tensor, next, initial: encode(initial) };
          }),
        }),
    labels,
  };
}

function layer(node: LayerNode) {
  const { index, name, kind, inputs, output, part } = node;
  const own = { index, name, kind, inputs, output, ...(part === undefined ? {} : { part }) };
  const given = node as unknown as Readonly<Record<string, unknown>>;
  const attributes = Object.entries<AttributeRule>(OPERATORS[kind].attributes).map(
    ([field, { type }]) =>
      [field, type === "window" ? window(given[field] as Window2d) : given[field]] as const,
  );
  return { ...own, ...Object.fromEntries(attributes) };
}

const window = ({ strideH, strideW, dilationH, dilationW, padding }: Window2d) => {
  const { top, bottom, left, right } = padding;
  return { strideH, strideW, dilationH, dilationW, padding: { top, bottom, left, right } };
};

function spiking({ kind, semantics, nodes, edges, labels }: SpikingGraph, encode: Encode) {
  const { dtSeconds, timeUnit, discretisation, reset, inputKind, refractory, assumptions } =
    semantics;
  return {
    kind,
    semantics: { dtSeconds, timeUnit, discretisation, reset, inputKind, refractory, assumptions },
    nodes: nodes.map((node) => spikingNode(node, encode)),
    edges: edges.map(({ source, target, receptor }) => ({ source, target, receptor })),
    labels,
  };
}

function spikingNode(node: SpikingNode, encode: Encode) {
  const { kind, name, shape } = node;
  const given = node as unknown as Readonly<Record<string, unknown>>;
  // a kind with arrays has the fields that decide their shapes
  const synapses = (given.post as Uint32Array | undefined)?.length;
  const known = { ...given, shape, synapses } as unknown as Known;
  const fields = Object.entries<Rule>(NODES[kind]).map(
    ([field, rule]) => [field, written(given[field], rule, known, encode)] as const,
  );
  return { kind, name, shape, ...Object.fromEntries(fields) };
}

function written(value: unknown, rule: Rule, known: Known, encode: Encode): unknown {
  if (rule.type === "receptors") {
    return (value as readonly Readonly<Record<string, unknown>>[]).map((receptor) => ({
      name: receptor.name,
      tauSyn: written(receptor.tauSyn, RECEPTOR.tauSyn, known, encode),
      wIn: written(receptor.wIn, RECEPTOR.wIn, known, encode),
    }));
  }
  if (!ArrayBuffer.isView(value)) return value;
  const shape = rule.type === "values" ? rule.of(known) : "shape" in rule && rule.shape(known);
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return { dtype: DTYPE_OF[value.constructor.name], shape, data: encode(bytes) };
}

const DTYPE_OF: Readonly<Record<string, string>> = {
  Uint8Array: "u8",
  Uint32Array: "u32",
  Float64Array: "f64",
};
