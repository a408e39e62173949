/** The compiler: graph → one WebAssembly module. Reads assembly/ as text; knows no file format and no target. */
import type { Graph } from "../model/graph.ts";
import type { Manifest, MemoryEntry } from "../model/manifest.ts";
import type { CompileOptions } from "./options.ts";

export type { CompileOptions } from "./options.ts";
export { DEFAULT_OPTIONS } from "./options.ts";

/** What `inspect` prints of the memory plan: the lines add up to memUsedBytes. */
export type MemorySummary = {
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly stateBytes: number;
  /** live tensors at the worst moment, the preserved input included */
  readonly activationPeakBytes: number;
  readonly activationPeakNode: string;
  readonly scratchBytes: number;
  readonly constantBytes: number;
  readonly memUsedBytes: number;
  readonly pages: number;
};

export type PlannedNode = {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputShape: readonly number[];
  readonly macs: number;
  readonly parameterBytes: number;
  readonly form: string;
};

export type Plan = {
  readonly nodes: readonly PlannedNode[];
  readonly memory: MemorySummary;
  readonly entries: readonly MemoryEntry[];
};

export type Compiled = {
  readonly wasm: Uint8Array;
  readonly manifest: Manifest;
  readonly plan: Plan;
  /** CPU milliseconds of this process spent compiling */
  readonly compileCpuMs: number;
};

/** Plans memory without compiling; fast enough for `inspect`. Raises every problem at once. */
export declare function plan(graph: Graph, options: CompileOptions): Plan;

/** Compiles. Deterministic. Raises every problem at once, before asc runs. */
export declare function compile(graph: Graph, options: CompileOptions): Promise<Compiled>;
