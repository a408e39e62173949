/**
 * The target interface: where a module runs. local (V8), wasm3 (process) and board (serial) implement it, and one
 * conformance suite runs on all of them.
 */
import type { Manifest } from "../module/manifest.ts";

/** Counted by the module since init(). */
export type Counters = {
  readonly steps: bigint;
  readonly spikes: bigint;
  readonly synapticEvents: bigint;
  readonly saturations: bigint;
};

/** Levels of marker pins, a bit each, as boards have them (firmware/core/tw_port.h). */
export const MARK = { step: 1, work: 2 } as const;

/** Sets the pins. They are low before the first step, and after each. */
export type SetMarks = (levels: number) => void;

export type MaybePromise<T> = T | Promise<T>;

/** A loaded module. Not safe for concurrent use: one step at a time. */
export interface Session {
  readonly manifest: Manifest;
  /** what `run` prints as target: "local", "wasm3", "board:/dev/ttyACM0" */
  readonly target: string;
  /** input and output buffers of the module, bytes */
  readonly inputBytes: number;
  readonly outputBytes: number;
  /**
   * Copies the input in, runs one inference or one time step, copies the output out. The local target answers
   * synchronously: callers await only what is a promise, which keeps the host's overhead below a microsecond.
   *
   * @param input  exactly inputBytes (raises INPUT_SIZE otherwise)
   * @param output exactly outputBytes, overwritten
   * @returns step()'s result, ≥ 0. A negative result or a trap raises DEVICE_TRAP
   */
  step(input: Uint8Array, output: Uint8Array): MaybePromise<number>;
  /**
   * Several steps, inputs and outputs back to back: present where that is quicker than step by step.
   *
   * @returns the last step's result
   */
  steps?(inputs: Uint8Array, count: number, outputs: Uint8Array): MaybePromise<number>;
  /**
   * How long the last step took where it ran, copies included: present where the way there takes time of its own, which
   * is none of the module's.
   */
  lastStepNs?(): bigint;
  /** init(): state back to its start, counters to zero. */
  reset(): MaybePromise<void>;
  counters(): MaybePromise<Counters>;
  /** A copy of a range of linear memory: layers for dumps, neurons for recordings. */
  read(ptr: number, len: number): MaybePromise<Uint8Array>;
  readState(): MaybePromise<Uint8Array>;
  writeState(state: Uint8Array): MaybePromise<void>;
  close(): MaybePromise<void>;
}

export interface Target {
  readonly name: string;
  /**
   * Checks the module (format, hash, ABI, ranges) and instantiates it.
   * Raises MODULE_FORMAT, MODULE_DAMAGED, MODULE_ABI, MODULE_TOO_BIG, TARGET_MISSING.
   */
  load(module: Uint8Array): Promise<Session>;
  /**
   * From now on counts what its modules take where they run, without waiting and without the way there: present where
   * that is not this process. On a board every step takes a further request from then on.
   */
  countWork?(): WorkClock;
}

/** Nanoseconds of work so far; null where it cannot be told any more. */
export type WorkClock = () => MaybePromise<bigint | null>;
