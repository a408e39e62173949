/**
 * Where variables lie in the state, and what a step does about them. Most networks that keep something shift a window:
 * new rows are set behind those that a variable holds, the whole is read, and its end is the variable again. Such a window
 * lies in the state as a whole: a step begins by moving it by what is new, whoever makes the new rows writes them at its
 * end, and setting side by side, cutting and assigning are nothing more to do. Every other variable is copied when the
 * step ends.
 */
import { at } from "../model/at.ts";
import {
  byteLength,
  type LayeredGraph,
  type NodeOf,
  type Variable,
  variablesOf,
} from "../model/graph.ts";
import { isAlias, type LoweredNode } from "./lower-graph.ts";
import type { Lowering } from "./lowering.ts";
import { NOTHING } from "./ops/place.ts";

/** Kernels may rely on tensors that start at a multiple of this. */
const ALIGN = 8;

export type PlacedVariable = {
  readonly variable: Variable;
  /** into the variables' part of the state: where its contents are between two steps */
  readonly offset: number;
  readonly bytes: number;
  /** of a window: where it begins, and by how much it moves; its last `bytes` are the variable */
  readonly window: { readonly offset: number; readonly by: number } | null;
};

export type Variables = {
  readonly placed: readonly PlacedVariable[];
  readonly bytes: number;
  /** tensors that lie in the state during the step, whoever writes them: offsets into the variables' part */
  readonly homes: ReadonlyMap<number, number>;
  /** the nodes as given, without what windows make needless */
  readonly nodes: readonly LoweredNode[];
};

export function placeVariables(graph: LayeredGraph, nodes: readonly LoweredNode[]): Variables {
  const homes = new Map<number, number>();
  const placed: PlacedVariable[] = [];
  const windows: { readonly joined: Window["joined"]; readonly offset: number }[] = [];
  const lowered = [...nodes];
  const makers = new Map(nodes.map(({ node }, k) => [node.output, k]));
  const bytesOf = (t: number): number => byteLength(at(graph.tensors, t));
  let end = 0;
  for (const variable of variablesOf(graph)) {
    const bytes = bytesOf(variable.tensor);
    const window = windowOf(graph, nodes, makers, variable);
    const offset = end;
    homes.set(variable.tensor, offset);
    if (window === null) {
      placed.push({ variable, offset, bytes, window: null });
      end += Math.ceil(bytes / ALIGN) * ALIGN;
      continue;
    }
    const { joined, cut } = window;
    const whole = bytesOf(joined.output);
    const by = whole - bytes;
    homes.set(joined.output, offset);
    placed.push({ variable, offset: offset + by, bytes, window: { offset, by } });
    windows.push({ joined, offset });
    // a kernel that reads the end of the window by itself needs it where tensors may begin
    if (by % ALIGN === 0 || !isRead(graph, cut.output)) {
      homes.set(cut.output, offset + by);
      lowered[makers.get(cut.output) as number] = { node: cut, lowered: IN_PLACE };
    }
    end += Math.ceil(whole / ALIGN) * ALIGN;
  }
  // once it is known what lies in windows: the end of one may be new in another
  for (const { joined, offset } of windows) {
    const direct = newRows(graph, nodes, makers, homes, joined, offset);
    const k = makers.get(joined.output) as number;
    lowered[k] = { node: joined, lowered: without(at(lowered, k).lowered, direct) };
  }
  return { placed, bytes: end, homes, nodes: lowered };
}

const IN_PLACE: Lowering = { ...NOTHING, form: "in the window", step: [], constants: [] };

type Window = {
  /** what sets new rows behind those that are kept */
  readonly joined: NodeOf<"CONCATENATION">;
  /** what cuts its end off, which is the variable again */
  readonly cut: NodeOf<"STRIDED_SLICE">;
};

/** The window that this variable is the end of, where its rows lie together; else null. */
function windowOf(
  graph: LayeredGraph,
  nodes: readonly LoweredNode[],
  makers: ReadonlyMap<number, number>,
  { tensor, next }: Variable,
): Window | null {
  const makerOf = (t: number) => nodes[makers.get(t) ?? -1]?.node;
  const cut = makerOf(next);
  if (cut?.kind !== "STRIDED_SLICE") return null;
  const joined = makerOf(at(cut.inputs, 0));
  if (joined?.kind !== "CONCATENATION" || joined.inputs.lastIndexOf(tensor) !== 0) return null;
  const [kept, whole] = [at(graph.tensors, tensor).shape, at(graph.tensors, joined.output).shape];
  const { axis } = joined;
  const size = at(kept, axis);
  const end = whole.every(
    (extent, k) =>
      (k >= axis || extent === 1) &&
      at(cut.strides, k) === 1 &&
      at(cut.extents, k) === (k === axis ? size : extent) &&
      at(cut.begin, k) === (k === axis ? extent - size : 0),
  );
  return end ? { joined, cut } : null;
}

/**
 * Which of the joined operands are made in their place in the window, and notes these places. Not those that lie
 * elsewhere already, that no kernel writes, or that would begin where no tensor may.
 */
function newRows(
  graph: LayeredGraph,
  nodes: readonly LoweredNode[],
  makers: ReadonlyMap<number, number>,
  homes: Map<number, number>,
  { inputs }: NodeOf<"CONCATENATION">,
  offset: number,
): ReadonlySet<number> {
  const direct = new Set([0]);
  let to = offset;
  inputs.forEach((t, k) => {
    const maker = nodes[makers.get(t) ?? -1];
    const free = maker !== undefined && !isAlias(maker.lowered) && !homes.has(t);
    if (k > 0 && free && to % ALIGN === 0) {
      homes.set(t, to);
      direct.add(k);
    }
    to += byteLength(at(graph.tensors, t));
  });
  return direct;
}

/** Setting side by side is a call for each operand, in order: those in place need none. */
function without(lowered: LoweredNode["lowered"], direct: ReadonlySet<number>): Lowering {
  if (isAlias(lowered)) throw new Error("a CONCATENATION without kernels");
  const step = lowered.step.filter((_, k) => !direct.has(k));
  return { ...lowered, form: "a window in the state", step };
}

const isRead = ({ nodes, outputs, variables }: LayeredGraph, t: number): boolean =>
  nodes.some(({ inputs }) => inputs.includes(t)) ||
  outputs.some(({ tensor }) => tensor === t) ||
  (variables ?? []).filter(({ next }) => next === t).length > 1;
