/** What a front end becomes: calls whose addresses the plan settles, state by name, constants. */
import type { ConstantBlock } from "../lowering.ts";
import type { Reading } from "../spiking/draft.ts";
import type { PlannedNode } from "../summary.ts";

export type SignalArg =
  | number
  /** into the input region, the state, the work memory */
  | { readonly region: "input" | "state" | "work"; readonly offset: number }
  /** address of the k-th constant */
  | { readonly constant: number };

export type SignalCall = {
  readonly file: string;
  readonly entry: string;
  readonly args: readonly SignalArg[];
  readonly comment: string;
};

export type StateBlock = {
  readonly name: string;
  readonly offset: number;
  readonly len: number;
} & Reading;

export type LoweredFront = {
  readonly inputBytes: number;
  readonly stateBytes: number;
  /** where in the state the network's input is */
  readonly featuresOffset: number;
  readonly state: readonly StateBlock[];
  readonly constants: readonly ConstantBlock[];
  readonly workBytes: number;
  readonly init: readonly SignalCall[];
  readonly step: readonly SignalCall[];
  readonly nodes: readonly PlannedNode[];
};
