/**
 * Runs a plan without kernels: every byte of memory carries the number of the tensor it belongs to. A kernel checks that
 * its operands are whole, then writes its output and spoils the scratch area. A plan that lets two live tensors overlap
 * is caught at the byte, whatever the allocator thinks.
 */
import type { Layout, PlacedCall } from "../../host/compiler/layout.ts";
import type { Lowering, Rows } from "../../host/compiler/lowering.ts";
import { byteLength, elements, type LayeredGraph, type LayerNode } from "../../host/model/graph.ts";

const FREE = 0;
const SCRATCH = -1;
const RESERVED = -2;

/** Rows whose kernels take (inputs…, output, constants…, tables…, scratch) in this order. */
export function shadowRows(options: {
  readonly inPlace: (node: LayerNode) => boolean;
  readonly scratch: (node: LayerNode) => number;
  readonly constant: (node: LayerNode) => Uint8Array;
}): Rows {
  const row = (node: LayerNode, graph: LayeredGraph): Lowering => ({
    form: "shadow",
    init: [],
    step: [
      {
        file: "layers/shadow",
        entry: String(graph.nodes.indexOf(node)),
        shape: {},
        args: [
          ...node.inputs.map((_, input) => ({ input })),
          { output: true },
          { constant: 0 },
          { table: 0 },
          { scratch: true },
        ],
      },
    ],
    constants: [{ name: "weights", bytes: options.constant(node), align: 8 }],
    tables: [{ name: "table", bytes: 24, align: 16 }],
    scratchBytes: options.scratch(node),
    macs: 0,
    inPlace: options.inPlace(node),
  });
  const alias = (node: LayerNode) => ({ alias: node.inputs[0] ?? -1, offset: 0 });
  return new Proxy({} as Rows, {
    get: (_, kind) => (kind === "RESHAPE" ? alias : row),
  });
}

/** Executes step() `times` times; throws where a tensor is not whole when it is read. */
export function runShadow(
  graph: LayeredGraph,
  layout: Layout,
  scratchBytes: (node: LayerNode) => number,
  times: number,
): void {
  const memory = new Int32Array(layout.memUsed).fill(FREE);
  const tag = (tensor: number, step: number): number => 1 + tensor + step * graph.tensors.length;
  const size = (t: number): number => {
    const tensor = graph.tensors[t];
    if (!tensor) throw new Error(`no tensor ${t}`);
    return byteLength(tensor);
  };
  const write = (ptr: number, bytes: number, value: number): void => {
    if (ptr < 16 || ptr + bytes > layout.memUsed)
      throw new Error(`write at ${ptr}, ${bytes} bytes`);
    memory.fill(value, ptr, ptr + bytes);
  };
  const origin = graph.tensors.map((_, t) => t);
  for (const node of graph.nodes) {
    if (node.kind === "RESHAPE") origin[node.output] = origin[node.inputs[0] ?? -1] ?? -1;
  }
  const check = (t: number, ptr: number, step: number, where: string): void => {
    const root = origin[t] ?? t;
    const expected = graph.tensors[root]?.data ? tag(root, 0) : tag(root, step);
    for (let k = 0; k < size(t); k++) {
      if (memory[ptr + k] !== expected) {
        throw new Error(`${where}: tensor ${t} at ${ptr} + ${k} holds ${memory[ptr + k]}`);
      }
    }
  };

  memory.fill(RESERVED, 0, 16);
  const constantRanges: (readonly [number, number])[] = [];
  for (const { ptr, bytes } of layout.segments) {
    if (ptr % 8 !== 0) throw new Error(`constant at ${ptr}`);
    constantRanges.push([ptr, bytes.length]);
    // a graph constant is found by its bytes: blocks with equal bytes are shared
    const same = graph.tensors.findIndex(
      ({ data }) => data && Buffer.compare(Buffer.from(data), Buffer.from(bytes)) === 0,
    );
    write(ptr, bytes.length, same < 0 ? SCRATCH - 2 : tag(same, 0));
  }

  const kernel = (call: PlacedCall, step: number): void => {
    const node = graph.nodes[Number(call.kernel.entry)];
    if (!node) throw new Error(`no node ${call.kernel.entry}`);
    const args = [...call.args];
    for (const t of node.inputs) check(t, args.shift() ?? -1, step, node.name);
    const [output, constant, table, scratch] = args;
    if (output === undefined || constant === undefined || table === undefined) throw new Error();
    if (output % 8 || constant % 8 || table % 16 || (scratch ?? 0) % 16) {
      throw new Error(`${node.name}: misaligned ${args}`);
    }
    write(scratch ?? 0, scratchBytes(node), SCRATCH);
    write(output, size(node.output), tag(node.output, step));
  };
  const copy = ([from, to, bytes]: readonly number[]): void => {
    memory.copyWithin(to ?? 0, from ?? 0, (from ?? 0) + (bytes ?? 0));
  };

  const before = memory.slice();
  for (let step = 1; step <= times; step++) {
    // the host writes all inputs back to back, and reads all outputs back to back
    let ptr = layout.input.ptr;
    for (const { tensor } of graph.inputs) {
      write(ptr, size(tensor), tag(tensor, step));
      ptr += size(tensor);
    }
    const input = memory.slice(layout.input.ptr, ptr);
    for (const call of layout.step) {
      if (call.kernel.file === "layers/copy") copy(call.args);
      else kernel(call, step);
    }
    ptr = layout.output.ptr;
    for (const { tensor } of graph.outputs) {
      check(tensor, ptr, step, "output");
      ptr += size(tensor);
    }
    const kept = memory.slice(layout.input.ptr, layout.input.ptr + layout.input.len);
    if (Buffer.compare(Buffer.from(input.buffer), Buffer.from(kept.buffer)) !== 0) {
      throw new Error("the input was overwritten");
    }
    for (const [start, length] of [[0, 16] as const, ...constantRanges]) {
      for (let k = start; k < start + length; k++) {
        if (memory[k] !== before[k]) throw new Error(`constant at ${k} was overwritten`);
      }
    }
  }
}

/** A random network: `count` nodes, each reading one or two earlier tensors; skip connections, aliases, constants. */
export function randomGraph(random: () => number, count: number): LayeredGraph {
  const below = (n: number): number => Math.floor(random() * n);
  const tensors: LayeredGraph["tensors"][number][] = [];
  const add = (shape: number[], data: Uint8Array | null = null): number =>
    tensors.push({
      name: `t${tensors.length}`,
      shape,
      dtype: "i8",
      quantization: { scales: [1], zeroPoints: [0], axis: 0 },
      data,
    }) - 1;
  const size = (): number => (below(2) ? 1 + below(64) : 64 * (1 + below(40)));
  const inputs = Array.from({ length: 1 + below(3) }, () => add([1, size()]));
  const readable = [...inputs];
  if (below(2)) {
    const bytes = Uint8Array.from({ length: 16 + below(100) }, () => below(256));
    readable.push(add([bytes.length], bytes));
  }
  const nodes: LayerNode[] = [];
  for (let k = 0; k < count; k++) {
    const pick = (): number => {
      const recent = readable.slice(-3);
      const from = below(4) ? recent : readable;
      return from[below(from.length)] ?? 0;
    };
    const first = pick();
    const shape = tensors[first]?.shape ?? [];
    const base = { index: k, name: `n${k}` };
    if (below(6) === 0) {
      const output = add([1, 1, elements(shape)]);
      nodes.push({ ...base, kind: "RESHAPE", inputs: [first], output });
      readable.push(output);
      continue;
    }
    const output = add(below(2) ? [...shape] : [1, size()]);
    const operands = below(3) ? [first] : [first, pick()];
    nodes.push({ ...base, kind: "ADD", activation: "NONE", inputs: operands, output });
    readable.push(output);
  }
  const outputs = Array.from({ length: 1 + below(3) }, (_, k) =>
    k === 0 ? (readable.at(-1) ?? 0) : (readable[below(readable.length)] ?? 0),
  );
  const port = (tensor: number) => ({ tensor, edge: "i8" as const });
  return {
    kind: "layered",
    source: { name: "random", format: "graph", sha256: "" },
    tensors,
    nodes,
    inputs: inputs.map(port),
    outputs: outputs.map(port),
    labels: null,
  };
}
