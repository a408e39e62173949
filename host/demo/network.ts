/**
 * What the demonstration knows of a network: how a window of samples becomes the inputs of one or more steps, and how
 * their outputs become a probability per machine state. The layered network takes one step per window; a spiking one
 * takes many, and stands beside it by being another value of this type.
 */
import type { Graph } from "../model/graph.ts";
import type { Manifest } from "../module/manifest.ts";

export type DemoNetwork = {
  readonly name: string;
  readonly graph: () => Graph;
  /** inputs of all steps of this window, back to back */
  readonly encode: (window: Float64Array) => Uint8Array;
  /** outputs of all steps, back to back → one score per machine state, at most 1 each */
  readonly decode: (outputs: Uint8Array) => readonly number[];
};

/** What a module of spikes has counted. */
export type WorkDone = { readonly spikes: bigint; readonly synapticEvents: bigint };

/** A loaded module: the part of a runtime session that the demonstration needs. */
export type DemoSession = {
  readonly manifest: Manifest;
  readonly target: string;
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** since the last reset */
  counters(): WorkDone | Promise<WorkDone>;
  step(input: Uint8Array, output: Uint8Array): number | Promise<number>;
  /** state back to its start: every window is judged by itself */
  reset(): void | Promise<void>;
  close(): void | Promise<void>;
};

/** A network compiled and loaded. */
export type LoadedNetwork = {
  readonly session: DemoSession;
  readonly moduleBytes: number;
  readonly compileMs: number;
};

export type Classifier = DemoNetwork & LoadedNetwork;

/** Runs all steps of one window. Awaits only what is a promise: the local target answers at once. */
export async function infer(session: DemoSession, inputs: Uint8Array): Promise<Uint8Array> {
  const { inputBytes, outputBytes, manifest } = session;
  const steps = inputs.length / inputBytes;
  const outputs = new Uint8Array(steps * outputBytes);
  if (manifest.dtSeconds !== null) await session.reset();
  for (let k = 0; k < steps; ++k) {
    const pending = session.step(
      inputs.subarray(k * inputBytes, (k + 1) * inputBytes),
      outputs.subarray(k * outputBytes, (k + 1) * outputBytes),
    );
    if (pending instanceof Promise) await pending;
  }
  return outputs;
}

/** The index of the largest score: the decision. */
export const largest = (scores: readonly number[]): number => scores.indexOf(Math.max(...scores));
