/** What plan.ts decides and emit.ts writes down: every address, every call with its literal arguments. */
import type { MemoryEntry } from "../module/manifest.ts";
import type { MemorySummary } from "../module/memory-summary.ts";
import type { KernelCall } from "./lowering.ts";
import type { PlannedNode } from "./summary.ts";

export type Range = { readonly ptr: number; readonly len: number };

/** A kernel call whose arguments are numbers: addresses and literals. */
export type PlacedCall = {
  readonly kernel: KernelCall;
  readonly args: readonly number[];
  /** what the line in the generated entry.ts says: "3 CONV_2D conv1" */
  readonly comment: string;
};

/** Bytes that stand in memory before init(). */
export type Segment = { readonly ptr: number; readonly bytes: Uint8Array };

export type Layout = {
  readonly input: Range;
  readonly output: Range;
  readonly state: Range;
  readonly counters: Range;
  readonly memUsed: number;
  readonly pages: number;
  readonly stepsHint: number;
  readonly init: readonly PlacedCall[];
  readonly step: readonly PlacedCall[];
  /** what step() does after that, so many times: the steps of a network behind a front end */
  readonly rounds?: { readonly times: number; readonly calls: readonly PlacedCall[] };
  /** ascending, disjoint */
  readonly segments: readonly Segment[];
  /** what kernels that boards have themselves read, and nothing else: the last bytes of memory; null where there is nothing */
  readonly rom: Segment | null;
  readonly entries: readonly MemoryEntry[];
  readonly nodes: readonly PlannedNode[];
  readonly memory: MemorySummary;
};
