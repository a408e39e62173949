/**
 * Where every tensor lives, and for how long. The inputs keep a region of their own that nothing overwrites, so that a
 * second inference equals the first; the outputs keep theirs; every other activation becomes a buffer of the arena with
 * a lifetime. A RESHAPE shares its input's memory, an in-place kernel takes over that of an input that dies with it.
 */
import { at } from "../model/at.ts";
import { byteLength, type LayeredGraph, type Variable } from "../model/graph.ts";
import type { Lifetime } from "./allocate.ts";
import { isAlias, type LoweredNode } from "./lower-graph.ts";
import type { Variables } from "./variables.ts";

export type Home =
  | { readonly region: "input" | "output"; readonly offset: number }
  | { readonly region: "state"; readonly offset: number }
  | { readonly region: "constant"; readonly tensor: number; readonly offset: number }
  | { readonly region: "arena"; readonly buffer: number; readonly offset: number };

/** A whole tensor that moves between its port, `offset` bytes into the input or output region, and its home. */
export type PortCopy = { readonly tensor: number; readonly offset: number };

export type Liveness = {
  /** per tensor; null for tensors that no node touches */
  readonly homes: readonly (Home | null)[];
  /** arena buffers. Step 0 is before the first node, node k runs in step k + 1, the last step copies outputs */
  readonly buffers: readonly Lifetime[];
  readonly steps: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** inputs that start off alignment in the concatenated input region: copied to the arena first */
  readonly inputCopies: readonly PortCopy[];
  /** outputs that no kernel can write in place: an input, a constant, a tensor listed twice, one off alignment */
  readonly outputCopies: readonly PortCopy[];
  /** where the contents of variables go that are read from another variable, which is assigned as well: first here */
  readonly asides: ReadonlyMap<Variable, Home>;
};

/** Kernels may rely on buffers that start at a multiple of this. */
export const ALIGN = 8;

type Buffer = { bytes: number; first: number; last: number };

/** @param keepLayers every tensor lives to the end in memory of its own */
export function liveness(
  graph: LayeredGraph,
  { nodes, homes: kept, placed }: Variables,
  keepLayers: boolean,
): Liveness {
  const homes = new Array<Home | null>(graph.tensors.length).fill(null);
  const buffers: Buffer[] = [];
  const end = nodes.length + 1;
  const bytes = (t: number): number => byteLength(at(graph.tensors, t));
  const arena = (t: number, step: number): Home => {
    buffers.push({ bytes: bytes(t), first: step, last: step });
    return { region: "arena", buffer: buffers.length - 1, offset: 0 };
  };
  const bufferOf = (t: number): Buffer | undefined => {
    const home = at(homes, t);
    return home?.region === "arena" ? at(buffers, home.buffer) : undefined;
  };

  for (const [t, offset] of kept) homes[t] = { region: "state", offset };

  const inputCopies: PortCopy[] = [];
  let inputBytes = 0;
  for (const { tensor } of graph.inputs) {
    const offset = inputBytes;
    inputBytes += bytes(tensor);
    if (offset % ALIGN === 0) {
      homes[tensor] = { region: "input", offset };
    } else {
      homes[tensor] = arena(tensor, 0);
      inputCopies.push({ tensor, offset });
    }
  }
  graph.tensors.forEach((tensor, t) => {
    if (tensor.data !== null) homes[t] = { region: "constant", tensor: t, offset: 0 };
  });

  // outputs claim the memory of the node that makes them, before in-place kernels can pass another buffer on
  const origin = origins(graph, nodes, () => true);
  const whole = origins(graph, nodes, (from, to) => bytes(from) === bytes(to));
  const written = new Set(nodes.filter((n) => !isAlias(n.lowered)).map((n) => n.node.output));
  const claimed = new Map<number, number>();
  const outputCopies: PortCopy[] = [];
  let outputBytes = 0;
  for (const { tensor } of graph.outputs) {
    const offset = outputBytes;
    outputBytes += bytes(tensor);
    // a part of a tensor is copied: what made the whole of it cannot write it there
    const root = at(whole, tensor);
    const free = written.has(root) && !claimed.has(root) && !kept.has(root);
    if (offset % ALIGN === 0 && free) claimed.set(root, offset);
    else outputCopies.push({ tensor, offset });
  }

  const assigned = placed.filter(({ window }) => window === null).map(({ variable }) => variable);
  const atTheEnd = [
    ...outputCopies.map(({ tensor }) => tensor),
    ...assigned.map(({ next }) => next),
  ];
  const last = lastUses(graph, nodes, origin, atTheEnd, end);
  for (const { tensor } of inputCopies) {
    const buffer = bufferOf(tensor);
    if (buffer) buffer.last = keepLayers ? end : at(last, tensor);
  }
  nodes.forEach(({ node, lowered }, k) => {
    const step = k + 1;
    const output = node.output;
    if (kept.has(output)) return;
    if (isAlias(lowered)) {
      const home = at(homes, lowered.alias);
      homes[output] = home && { ...home, offset: home.offset + lowered.offset };
      return;
    }
    const offset = claimed.get(output);
    if (offset !== undefined) {
      homes[output] = { region: "output", offset };
      return;
    }
    const dying = node.inputs.find(
      (t) =>
        bufferOf(t)?.last === step &&
        bytes(t) === bytes(output) &&
        !overlaps(homes, node.inputs, t),
    );
    if (lowered.inPlace && dying !== undefined && !keepLayers) homes[output] = at(homes, dying);
    else homes[output] = arena(output, step);
    const buffer = bufferOf(output);
    if (buffer) buffer.last = keepLayers ? end : Math.max(step, at(last, output));
  });
  const sources = new Set(assigned.map(({ tensor }) => tensor));
  const asides = new Map<Variable, Home>();
  for (const variable of assigned) {
    const from = at(origin, variable.next);
    if (from !== variable.tensor && sources.has(from))
      asides.set(variable, arena(variable.next, end));
  }
  const copies = { inputCopies, outputCopies, asides };
  return { homes, buffers, steps: end + 1, inputBytes, outputBytes, ...copies };
}

/** Another part of the buffer of tensor t is read as well: who writes over t could write over what is not read yet. */
function overlaps(homes: readonly (Home | null)[], inputs: readonly number[], t: number): boolean {
  const own = homes[t];
  return inputs.some((other) => {
    const home = homes[other];
    const beside =
      own?.region === "arena" && home?.region === "arena" && home.buffer === own.buffer;
    return beside && home.offset !== own.offset;
  });
}

/** Per tensor the tensor whose memory it shares: itself, or the origin of what it renames, where that counts. */
function origins(
  graph: LayeredGraph,
  nodes: readonly LoweredNode[],
  counts: (from: number, to: number) => boolean,
): number[] {
  const origin = graph.tensors.map((_, t) => t);
  for (const { node, lowered } of nodes) {
    if (isAlias(lowered) && counts(lowered.alias, node.output)) {
      origin[node.output] = at(origin, lowered.alias);
    }
  }
  return origin;
}

/** Per origin tensor the last step that reads it. */
function lastUses(
  graph: LayeredGraph,
  nodes: readonly LoweredNode[],
  origin: readonly number[],
  atTheEnd: readonly number[],
  end: number,
): number[] {
  const last = graph.tensors.map(() => 0);
  const use = (t: number, step: number): void => {
    const root = at(origin, t);
    last[root] = Math.max(at(last, root), step);
  };
  nodes.forEach(({ node, lowered }, k) => {
    if (!isAlias(lowered)) for (const t of node.inputs) use(t, k + 1);
  });
  for (const tensor of atTheEnd) use(tensor, end);
  return last;
}
