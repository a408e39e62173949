/**
 * The memory plan: every byte of linear memory has one owner, and every kernel call gets literal addresses.
 *
 *   0        reserved: address 0 is never valid
 *   16       inputs, back to back        preserved by step()
 *            outputs, back to back
 *            state                       of a front end: samples, and the network's input; variables
 *            counters                    four u64
 *            constants, tables           packed weights; what init() computes
 *            activations                 shared by lifetime
 *            scratch                     shared by all nodes
 *            slack                       kernels may read, never write, this far past a buffer
 *            rom                         constants that only native kernels read: a board leaves them in flash
 *   mem_used
 */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import {
  byteLength,
  type LayeredGraph,
  type LayerNode,
  layerName,
  perTensor,
  variablesOf,
} from "../model/graph.ts";
import type { MemoryEntry } from "../module/manifest.ts";
import { allocate, liveBytes } from "./allocate.ts";
import { BlockPool } from "./block-pool.ts";
import type { Layout, PlacedCall, Range } from "./layout.ts";
import { ALIGN, type Home, type Liveness, liveness, type PortCopy } from "./liveness.ts";
import { isAlias, type LoweredNode } from "./lower-graph.ts";
import type { Arg, KernelCall } from "./lowering.ts";
import type { CompileOptions } from "./options.ts";
import { isNative, romBytes, romSegment } from "./rom.ts";
import type { LoweredFront } from "./signal/lowered.ts";
import { placeFront } from "./signal/place.ts";
import type { PlannedNode } from "./summary.ts";
import { placeVariables, type Variables } from "./variables.ts";

const RESERVED = 16;
const COUNTER_BYTES = 32;
/** Wide enough for SCRATCH's and any constant's alignment. */
const AREA_ALIGN = 16;
/** Vector kernels read whole registers: up to this many bytes past the end of a buffer. */
const SLACK = 64;
export const PAGE = 65536;
/** 256 MiB: far above any int8 network for sensors, far below what harms the host. */
export const MAX_PAGES = 4096;

export function planLayered(
  graph: LayeredGraph,
  given: readonly LoweredNode[],
  options: CompileOptions,
  front: LoweredFront | null = null,
): Layout {
  const variables = placeVariables(graph, given);
  const { nodes } = variables;
  const live = liveness(graph, variables, options.keepLayers);
  const arena = allocate(live.buffers, ALIGN);
  const pool = new BlockPool();
  const graphConstants = placeGraphConstants(graph, nodes, live, options.keepLayers, pool);
  const romPool = new BlockPool();
  const native = nodes.map(({ lowered }) => !isAlias(lowered) && isNative(lowered, options));
  const blocks = nodes.map(({ lowered }, k) =>
    isAlias(lowered)
      ? { constants: [], tables: [] }
      : {
          constants: lowered.constants.map((b) =>
            (at(native, k) ? romPool : pool).constant(b.bytes, b.align),
          ),
          tables: lowered.tables.map((b) => pool.table(b.bytes, b.align)),
        },
  );
  const signal = front?.constants.map((b) => pool.constant(b.bytes, b.align)) ?? [];
  // fill() stores words, copy() only where both ends allow it
  const starts = variables.placed.map(({ variable: { initial }, offset }) =>
    isUniform(initial) && offset % ALIGN === 0 ? null : pool.constant(initial, ALIGN),
  );

  let end = RESERVED;
  const area = (len: number, align: number): Range => {
    const ptr = Math.ceil(end / align) * align;
    end = ptr + len;
    return { ptr, len };
  };
  const input = area(front?.inputBytes ?? live.inputBytes, ALIGN);
  const output = area(live.outputBytes, ALIGN);
  const frontBytes = Math.ceil((front?.stateBytes ?? 0) / ALIGN) * ALIGN;
  const state = area(
    variables.bytes > 0 ? frontBytes + variables.bytes : (front?.stateBytes ?? 0),
    ALIGN,
  );
  const kept = state.ptr + frontBytes;
  const counters = area(COUNTER_BYTES, ALIGN);
  const constants = area(pool.bytes, AREA_ALIGN);
  const activations = area(arena.bytes, AREA_ALIGN);
  // a front end is done before the network begins: its work lies over activations and scratch
  const scratch = area(
    nodes.reduce(
      (n, { lowered }) => Math.max(n, isAlias(lowered) ? 0 : lowered.scratchBytes),
      Math.max(0, (front?.workBytes ?? 0) - arena.bytes),
    ),
    AREA_ALIGN,
  );
  area(SLACK, ALIGN);
  const rom = area(romBytes(romPool), AREA_ALIGN);
  const memUsed = end;
  const pages = Math.ceil(memUsed / PAGE);
  if (pages > MAX_PAGES) {
    fail("MODULE_TOO_BIG", graph.source.name, `${memUsed} bytes of memory`, `${MAX_PAGES * PAGE}`);
  }

  const address = (home: Home | null): number => {
    switch (home?.region) {
      case "input":
        return (front ? state.ptr + front.featuresOffset : input.ptr) + home.offset;
      case "output":
        return output.ptr + home.offset;
      case "state":
        return kept + home.offset;
      case "arena":
        return activations.ptr + at(arena.offsets, home.buffer) + home.offset;
      case "constant":
        return constants.ptr + pool.offset(at(graphConstants, home.tensor)) + home.offset;
      default:
        throw new Error("a kernel asks for a tensor without memory");
    }
  };
  const resolve = (k: number, arg: Arg): number => {
    if (typeof arg === "number") return arg;
    const { node } = at(nodes, k);
    if ("input" in arg) {
      const ptr = address(at(live.homes, at(node.inputs, arg.input)));
      return "plus" in arg ? ptr + arg.plus : ptr;
    }
    if ("output" in arg) return address(at(live.homes, node.output));
    if ("scratch" in arg) return scratch.ptr;
    const own = at(blocks, k);
    if ("table" in arg) return constants.ptr + pool.offset(at(own.tables, arg.table));
    const block = at(own.constants, arg.constant);
    return at(native, k) ? rom.ptr + romPool.offset(block) : constants.ptr + pool.offset(block);
  };
  const place = (k: number, calls: readonly KernelCall[]): PlacedCall[] => {
    const { node } = at(nodes, k);
    const comment = `${node.index} ${node.kind} ${node.name}`;
    return calls.map((kernel) => {
      return { kernel, args: kernel.args.map((arg) => resolve(k, arg)), comment };
    });
  };
  const copyIn = ({ tensor, offset }: PortCopy): PlacedCall =>
    copy(input.ptr + offset, address(at(live.homes, tensor)), bytesOf(graph, tensor), "input");
  const copyOut = ({ tensor, offset }: PortCopy): PlacedCall =>
    copy(address(at(live.homes, tensor)), output.ptr + offset, bytesOf(graph, tensor), "output");
  const ahead =
    front &&
    placeFront(front, {
      ...{ input: input.ptr, state: state.ptr, work: activations.ptr },
      constants: signal.map((block) => constants.ptr + pool.offset(block)),
    });
  const moved = variables.placed.flatMap(({ variable, bytes, window }): PlacedCall[] => {
    if (window === null || window.by === 0) return [];
    const args = [kept + window.offset, window.by, bytes];
    return [{ ...call("slide", args), comment: `variable ${variable.name}` }];
  });
  const step = [
    ...(ahead?.step ?? []),
    ...moved,
    ...live.inputCopies.map(copyIn),
    ...nodes.flatMap(({ lowered }, k) => (isAlias(lowered) ? [] : place(k, lowered.step))),
    ...live.outputCopies.map(copyOut),
    ...assignments(variables, live, (home) => address(home), kept),
  ];
  const init = [
    ...(ahead?.init ?? []),
    ...variables.placed.flatMap(({ variable, offset, bytes, window }, k) => {
      const comment = `variable ${variable.name}`;
      const from = kept + (window?.offset ?? offset);
      const block = at(starts, k);
      const first = at(variable.initial, 0);
      const contents =
        block === null
          ? { ...call("fill", [kept + offset, bytes, first], "place"), comment }
          : copy(constants.ptr + pool.offset(block), kept + offset, bytes, comment);
      const before = window?.by ?? 0;
      return before === 0
        ? [contents]
        : [{ ...call("fill", [from, before, 0], "place"), comment }, contents];
    }),
    ...nodes.flatMap(({ lowered }, k) => (isAlias(lowered) ? [] : place(k, lowered.init))),
  ];

  const peaks = liveBytes(live.buffers, live.steps);
  const activationPeakBytes = Math.max(0, ...peaks);
  const peakNode =
    nodes[Math.min(Math.max(peaks.indexOf(activationPeakBytes) - 1, 0), nodes.length - 1)];
  const constantBytes = pool.payloadBytes + romPool.payloadBytes;
  return {
    input,
    output,
    state,
    counters,
    memUsed,
    pages,
    stepsHint: 1,
    init,
    step,
    segments: pool.segments(constants.ptr),
    rom: romSegment(romPool, rom),
    entries: [
      ...(ahead ? named("samples", "input", input) : ports(graph, "input", input.ptr)),
      ...ports(graph, "output", output.ptr),
      ...(ahead?.entries ?? []),
      ...variables.placed.map(({ variable, offset, bytes }) => ({
        ...{
          name: `${variable.name}.state`,
          ptr: kept + offset,
          len: bytes,
          kind: "state" as const,
        },
        shape: at(graph.tensors, variable.tensor).shape,
        ...perTensor(at(graph.tensors, variable.tensor)),
      })),
      ...named("counters", "counters", counters),
      ...named("constants", "constant", constants),
      ...named("activations", "activation", activations),
      ...named("scratch", "scratch", scratch),
      ...named("rom", "constant", rom),
      ...(options.keepLayers ? layers(graph, nodes, (t) => address(at(live.homes, t))) : []),
    ],
    nodes: nodes.map((lowered) => plannedNode(graph, lowered)),
    memory: {
      inputBytes: input.len,
      outputBytes: output.len,
      stateBytes: state.len,
      activationPeakBytes,
      activationPeakNode: peakNode?.node.name ?? "",
      scratchBytes:
        memUsed - input.len - output.len - state.len - activationPeakBytes - constantBytes,
      constantBytes,
      memUsedBytes: memUsed,
      pages,
    },
  };
}

/**
 * Constants of the graph that need memory: a kernel reads them as they are (the operand of an ADD, perhaps reshaped),
 * they are outputs, or they are kept as layers.
 *
 * @returns per tensor its block, nothing for all others
 */
function placeGraphConstants(
  graph: LayeredGraph,
  nodes: readonly LoweredNode[],
  live: Liveness,
  keepLayers: boolean,
  pool: BlockPool,
): readonly number[] {
  const placed: number[] = [];
  const add = (t: number): void => {
    const home = at(live.homes, t);
    if (home?.region !== "constant") return;
    const { data } = at(graph.tensors, home.tensor);
    if (data) placed[home.tensor] = pool.constant(data, ALIGN);
  };
  for (const { node, lowered } of nodes) {
    if (keepLayers) add(node.output);
    if (isAlias(lowered)) continue;
    for (const { args } of [...lowered.init, ...lowered.step]) {
      for (const arg of args) {
        if (typeof arg === "object" && "input" in arg) add(at(node.inputs, arg.input));
      }
    }
  }
  for (const { tensor } of live.outputCopies) add(tensor);
  for (const { next } of variablesOf(graph)) add(next);
  return placed;
}

const call = (entry: string, args: readonly number[], file = entry) => ({
  kernel: { file: `layers/${file}`, entry, shape: {}, args: [] },
  args,
});

const copy = (from: number, to: number, bytes: number, comment: string): PlacedCall => ({
  ...call("copy", [from, to, bytes]),
  comment,
});

/**
 * What goes into variables that are no windows when a step ends. They all are assigned at once: what one of them gets from
 * another is taken aside before any of them changes.
 */
function assignments(
  { placed }: Variables,
  { homes, asides }: Liveness,
  address: (home: Home | null) => number,
  kept: number,
): PlacedCall[] {
  const aside: PlacedCall[] = [];
  const into: PlacedCall[] = [];
  for (const { variable, offset, bytes, window } of placed) {
    const from = address(at(homes, variable.next));
    if (window !== null || from === kept + offset) continue;
    const comment = `variable ${variable.name}`;
    const between = asides.get(variable);
    if (between) aside.push(copy(from, address(between), bytes, comment));
    into.push(copy(between ? address(between) : from, kept + offset, bytes, comment));
  }
  return [...aside, ...into];
}

const isUniform = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === bytes[0]);

const bytesOf = (graph: LayeredGraph, t: number): number => byteLength(at(graph.tensors, t));

const named = (name: string, kind: MemoryEntry["kind"], range: Range): MemoryEntry[] =>
  range.len > 0 ? [{ name, ...range, kind }] : [];

function ports(graph: LayeredGraph, kind: "input" | "output", ptr: number): MemoryEntry[] {
  let end = ptr;
  return (kind === "input" ? graph.inputs : graph.outputs).map(({ tensor }) => {
    const len = bytesOf(graph, tensor);
    end += len;
    return { name: at(graph.tensors, tensor).name, ptr: end - len, len, kind };
  });
}

/** Every operator's output under the name that dumps of layers use: op03_CONV_2D. */
function layers(
  graph: LayeredGraph,
  nodes: readonly LoweredNode[],
  address: (tensor: number) => number,
): MemoryEntry[] {
  return nodes.map(({ node }) => ({
    name: layerName(node),
    ptr: address(node.output),
    len: bytesOf(graph, node.output),
    kind: "layer",
  }));
}

function plannedNode(graph: LayeredGraph, { node, lowered }: LoweredNode): PlannedNode {
  return {
    index: node.index,
    name: node.name,
    kind: node.kind,
    ...shapesOf(graph, node),
    macs: isAlias(lowered) ? 0 : lowered.macs,
    form: isAlias(lowered) ? "renames memory" : lowered.form,
  };
}

export function shapesOf(
  graph: LayeredGraph,
  node: LayerNode,
): Pick<PlannedNode, "inputShapes" | "outputShape" | "parameterBytes"> {
  const constants = node.inputs.filter((t) => at(graph.tensors, t).data);
  return {
    inputShapes: node.inputs
      .map((t) => at(graph.tensors, t))
      .filter(({ data }) => data === null)
      .map(({ shape }) => shape),
    outputShape: at(graph.tensors, node.output).shape,
    parameterBytes: constants.reduce((n, t) => n + bytesOf(graph, t), 0),
  };
}
