/**
 * Seeded random graphs: single operators with their corners met on purpose, short chains, and bundles of many small
 * graphs in one, because compiling costs more than computing.
 */
import {
  byteLength,
  elements,
  type LayeredGraph,
  type LayerNode,
  type Port,
  type Tensor,
  type Variable,
  variablesOf,
} from "../../host/model/graph.ts";
import { mulberry32, subseed } from "../../host/model/random.ts";
import { type Draft, dice, emptyDraft, shapeOf } from "./random-draft.ts";
import { inputFor, KINDS, OPERATORS, type RandomKind } from "./random-operators.ts";

/** One operator and its inputs. */
export function randomOperator(kind: RandomKind, seed: number): LayeredGraph {
  const draft = emptyDraft(mulberry32(subseed(seed, KINDS.indexOf(kind))));
  OPERATORS[kind].append(draft, inputFor(draft, kind));
  // of two in a row the one between is seen too
  return finish(
    draft,
    `${kind}#${seed}`,
    draft.nodes.map(({ output }) => output),
  );
}

/** What may follow an image, and still be one. */
const IMAGE_KINDS = KINDS.filter(
  (kind) =>
    ![
      ...["MEAN", "SUM", "RESHAPE", "SQUEEZE", "EXPAND_DIMS", "FULLY_CONNECTED"],
      ...["ARG_MAX", "ARG_MIN"], // the last layer
      "AVERAGE_POOL_2D_U8", // no file has it beside int8
    ].includes(kind) && !kind.endsWith("_I16"),
);

/** Three to seven operators in a row; now and then an earlier tensor is an output as well. */
export function randomChain(seed: number): LayeredGraph {
  const draft = emptyDraft(mulberry32(seed));
  const { chance, int, pick } = draft.dice;
  let last = inputFor(draft, "CONV_2D");
  const outputs: number[] = [];
  for (let k = int(2, 5); k > 0; k--) {
    // an image that grew past a few thousand values goes on through a pool
    const large = elements(shapeOf(draft, last)) > 4000;
    const kind = large ? pick(["AVERAGE_POOL_2D", "MAX_POOL_2D"] as const) : pick(IMAGE_KINDS);
    last = OPERATORS[kind].append(draft, last);
    if (chance(0.15)) outputs.push(last);
  }
  const dense: readonly RandomKind[] = ["RESHAPE", "FULLY_CONNECTED", "SOFTMAX"];
  const small = elements(shapeOf(draft, last)) <= 4000;
  const tail = pick<readonly RandomKind[]>([[], ["MEAN"], small ? dense : []]);
  for (const kind of tail) last = OPERATORS[kind].append(draft, last);
  return finish(draft, `chain#${seed}`, [...new Set([...outputs, last])]);
}

export function finish(draft: Draft, name: string, outputs: readonly number[]): LayeredGraph {
  return {
    kind: "layered",
    source: { name, format: "graph", sha256: "0".repeat(64) },
    tensors: draft.tensors,
    nodes: draft.nodes,
    inputs: draft.inputs.map((tensor) => port(draft, tensor)),
    outputs: outputs.map((tensor) => port(draft, tensor)),
    labels: null,
  };
}

const port = ({ tensors }: Draft, tensor: number): Port => ({
  tensor,
  edge: EDGES[tensors[tensor]?.dtype ?? "i8"],
});

const EDGES = { i8: "i8", i16: "i16", u8: "u8", i32: "i32", i64: "i8" } as const;

/** Graphs side by side in one: inputs and outputs follow one another in order. */
export function bundle(graphs: readonly LayeredGraph[]): LayeredGraph {
  const tensors: LayeredGraph["tensors"][number][] = [];
  const nodes: LayerNode[] = [];
  const inputs: LayeredGraph["inputs"][number][] = [];
  const outputs: LayeredGraph["outputs"][number][] = [];
  const variables: Variable[] = [];
  for (const graph of graphs) {
    const first = tensors.length;
    const { name } = graph.source;
    const moved = <T extends { tensor: number }>(port: T) => ({
      ...port,
      tensor: port.tensor + first,
    });
    tensors.push(...graph.tensors.map((t) => ({ ...t, name: `${name}/${t.name}` })));
    for (const node of graph.nodes) {
      nodes.push({
        ...node,
        index: nodes.length,
        name: `${name}/${node.name}`,
        inputs: node.inputs.map((t) => t + first),
        output: node.output + first,
      });
    }
    inputs.push(...graph.inputs.map(moved));
    outputs.push(...graph.outputs.map(moved));
    for (const one of variablesOf(graph)) {
      variables.push({ ...moved(one), next: one.next + first, name: `${name}/${one.name}` });
    }
  }
  const source = { name: "bundle", format: "graph", sha256: "0".repeat(64) } as const;
  const kept = variables.length > 0 ? { variables } : {};
  return { kind: "layered", source, tensors, nodes, inputs, outputs, ...kept, labels: null };
}

const portBytes = (graph: LayeredGraph, ports: LayeredGraph["inputs"]): number =>
  ports.reduce((n, { tensor }) => n + byteLength(graph.tensors[tensor] as Tensor), 0);

export const inputBytes = (graph: LayeredGraph): number => portBytes(graph, graph.inputs);
export const outputBytes = (graph: LayeredGraph): number => portBytes(graph, graph.outputs);

/** Inputs that find mistakes: the ends of int8, both in turn, and random values. */
export function interestingInputs(length: number, seed: number): readonly Int8Array[] {
  const { int, chance } = dice(mulberry32(seed));
  return [
    () => -128,
    () => 127,
    (k: number) => (k % 2 === 0 ? -128 : 127),
    () => (chance(0.5) ? -128 : 127),
    () => int(-128, 127),
    () => int(-20, 20),
  ].map((value) => Int8Array.from({ length }, (_, k) => value(k)));
}

/** The same for graphs whose inputs are all int16, at its ends. */
export function inputsOf(graph: LayeredGraph, seed: number): readonly Int8Array[] {
  const wide = graph.inputs.every(({ edge }) => edge === "i16");
  if (!wide) return interestingInputs(inputBytes(graph), seed);
  const { int, chance } = dice(mulberry32(seed));
  return [
    () => -32768,
    () => 32767,
    (k: number) => (k % 2 === 0 ? -32768 : 32767),
    () => (chance(0.5) ? -32768 : 32767),
    () => int(-32768, 32767),
    () => int(-300, 300),
  ].map(
    (value) =>
      new Int8Array(Int16Array.from({ length: inputBytes(graph) / 2 }, (_, k) => value(k)).buffer),
  );
}

export const randomInput = (length: number, seed: number): Int8Array => {
  const random = mulberry32(seed);
  return Int8Array.from({ length }, () => Math.floor(random() * 256) - 128);
};
