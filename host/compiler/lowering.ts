/**
 * What one row of the operator table says about one node: which kernel computes it, with which constants and how much
 * working memory. Rows live in ops/, one file per operator; plan.ts places what they ask for, emit.ts writes the calls.
 */
import type { LayeredGraph, LayerKind, LayerNode, NodeOf } from "../model/graph.ts";
import type { CompileOptions } from "./options.ts";

/** An argument of a kernel call: an address the plan assigns, or a literal i32. */
export type Arg =
  /** address of the node's k-th *activation or constant* input, as in node.inputs */
  | { readonly input: number }
  /** the same, so many bytes behind it */
  | { readonly input: number; readonly plus: number }
  | { readonly output: true }
  /** address of the lowering's k-th constant block */
  | { readonly constant: number }
  /** address of the lowering's k-th table block */
  | { readonly table: number }
  /** address of the scratch area, shared by all nodes and 16-byte aligned */
  | { readonly scratch: true }
  | number;

/** Bytes the compiler prepares (packed weights, biases, multipliers): a data segment. */
export type ConstantBlock = {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly align: 4 | 8 | 16;
};

/** Bytes that init() fills by a kernel call and step() only reads (lookup tables). Outside the state. */
export type TableBlock = {
  readonly name: string;
  readonly bytes: number;
  readonly align: 4 | 8 | 16;
};

export type KernelCall = {
  /** file below assembly/, without .ts: "layers/conv-2d.simd" */
  readonly file: string;
  /** the exported function, with its type arguments: `dense<i8>` */
  readonly entry: string;
  /**
   * Compile-time constants. A file and what it imports ask "./shape" for them: the compiler serves one copy of each
   * file per distinct set of values (specialise.ts). Empty for kernels that take everything as arguments.
   */
  readonly shape: Readonly<Record<string, number>>;
  readonly args: readonly Arg[];
};

export type Lowering = {
  /** short name of the chosen kernel form, shown by inspect: "dot 4x8", "3 pixels per i64" */
  readonly form: string;
  /** calls of init(): fill tables. Empty for nearly every operator */
  readonly init: readonly KernelCall[];
  /** calls of step(), in order */
  readonly step: readonly KernelCall[];
  readonly constants: readonly ConstantBlock[];
  readonly tables: readonly TableBlock[];
  /** bytes of scratch this node needs while it runs, slack included */
  readonly scratchBytes: number;
  /** MACs as in TFLite's convention: one multiply and one add, taps in the padding included */
  readonly macs: number;
  /** the output may share the input's memory, byte for byte: the kernel reads every element before it writes it */
  readonly inPlace: boolean;
  /** a slower form of the same results in less memory, where there is one */
  readonly smaller?: () => Lowering;
};

/**
 * Operators that only rename memory (RESHAPE, …) lower to this: the output is the input's buffer, or the part of it that
 * begins `offset` bytes behind its start.
 */
export type Alias = { readonly alias: number; readonly offset: number };

/** One row of the operator table. */
export type Row<K extends LayerKind> = (
  node: NodeOf<K>,
  graph: LayeredGraph,
  options: CompileOptions,
) => Lowering | Alias;

export type Rows = { readonly [K in LayerKind]: Row<K> };

/** Looks the node's row up; the one cast that TypeScript cannot follow. */
export function lower(
  rows: Rows,
  node: LayerNode,
  graph: LayeredGraph,
  options: CompileOptions,
): Lowering | Alias {
  const row = rows[node.kind] as Row<LayerKind>;
  return row(node as NodeOf<LayerKind>, graph, options);
}
