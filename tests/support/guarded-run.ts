/**
 * Runs the kernel calls of one operator with every byte guarded that it must not write, and its buffers at the ends of
 * memory in turn: what reads further than the compiler's plan allows leaves memory and traps.
 */
import type { Arg, KernelCall, Lowering } from "../../host/compiler/lowering.ts";
import { randomInput } from "./random-graph.ts";

export type KernelFunction = (...args: number[]) => number;

/** The plan's reserved bytes before the first buffer. */
const FIRST = 16;
/** Kernels may read, never write, this far past a buffer. */
const SLACK = 64;
/** Guarded bytes between the buffers at the two ends. */
const MARGIN = 256;

/**
 * @param turn which buffer ends at the end of memory, less the slack; the next one stands first
 * @returns the output; throws where a guarded byte changed
 */
export function guardedRun(
  memory: WebAssembly.Memory,
  functionOf: (call: KernelCall) => KernelFunction,
  lowering: Lowering,
  input: Int8Array,
  outputBytes: number,
  turn: number,
): Int8Array {
  const bytes = new Uint8Array(memory.buffer);
  const { init, step, constants, tables, scratchBytes } = lowering;
  const buffers = [
    { kind: "input", length: input.length },
    { kind: "output", length: outputBytes },
    { kind: "scratch", length: scratchBytes },
    ...constants.map(({ bytes }) => ({ kind: "constant", length: bytes.length })),
    ...tables.map(({ bytes }) => ({ kind: "table", length: bytes })),
  ];
  const lengths = buffers.map(({ length }) => length);
  const at = places(lengths, bytes.length, turn);
  const place = (kind: string, k = 0): number =>
    at[buffers.findIndex((buffer) => buffer.kind === kind) + k] ?? Number.NaN;
  const address = (arg: Arg): number => {
    if (typeof arg === "number") return arg;
    if ("input" in arg) return place("input");
    if ("output" in arg) return place("output");
    if ("scratch" in arg) return place("scratch");
    return "constant" in arg ? place("constant", arg.constant) : place("table", arg.table);
  };

  const parts = watched(at, lengths, bytes.length, turn).map(([from, to]) =>
    bytes.subarray(from, to),
  );
  for (const part of parts) part.set(noise(part.length, turn));
  bytes.set(input, place("input"));
  constants.forEach((block, k) => {
    bytes.set(block.bytes, place("constant", k));
  });
  /** Calls may change the buffers of these kinds, and nothing else. */
  const guarded = (calls: readonly KernelCall[], ...kinds: readonly string[]): void => {
    if (calls.length === 0) return;
    const before = parts.map((part) => part.slice());
    for (const call of calls) functionOf(call)(...call.args.map(address));
    parts.forEach((part, p) => {
      const expected = before[p] ?? part;
      buffers.forEach(({ kind, length }, k) => {
        const from = (at[k] ?? 0) - part.byteOffset;
        if (!kinds.includes(kind) || from < 0 || from >= part.length) return;
        expected.set(part.subarray(from, from + length), from);
      });
      if (Buffer.compare(part, expected) === 0) return;
      const wrong = part.byteOffset + part.findIndex((byte, k) => byte !== expected[k]);
      const areas = buffers.map(({ kind, length }, k) => `${kind} at ${at[k]} + ${length}`);
      throw new Error(`${calls[0]?.entry} wrote to byte ${wrong}: ${areas.join(", ")}`);
    });
  };
  guarded(init, "table");
  guarded(step, "output", "scratch");
  const output = place("output");
  return new Int8Array(bytes.slice(output, output + outputBytes).buffer);
}

/** Addresses of buffers of these lengths: one at the end, the others from the beginning, 16-byte aligned. */
function places(lengths: readonly number[], memoryBytes: number, turn: number): number[] {
  const last = turn % lengths.length;
  const at: number[] = [];
  let end = FIRST;
  for (let k = 1; k < lengths.length; k++) {
    const buffer = (last + k) % lengths.length;
    at[buffer] = end;
    end = Math.ceil((end + (lengths[buffer] ?? 0) + SLACK) / 16) * 16;
  }
  at[last] = memoryBytes - SLACK - (lengths[last] ?? 0);
  return at;
}

/** The two ends of memory, as far as buffers lie there and a margin more. */
function watched(
  at: readonly number[],
  lengths: readonly number[],
  memoryBytes: number,
  turn: number,
): readonly (readonly [from: number, to: number])[] {
  const last = turn % at.length;
  const low = MARGIN + Math.max(...at.map((a, k) => (k === last ? 0 : a + (lengths[k] ?? 0))));
  const high = (at[last] ?? 0) - MARGIN;
  if (low > high) throw new Error(`${memoryBytes} bytes of memory are not enough`);
  return [
    [0, low],
    [high, memoryBytes],
  ];
}

let noiseBytes = new Uint8Array();

/** Another one for every turn: what depends on guard bytes differs between turns. */
function noise(length: number, turn: number): Uint8Array {
  if (noiseBytes.length < length + 64) noiseBytes = Uint8Array.from(randomInput(length + 64, 1));
  return noiseBytes.subarray(turn % 64, (turn % 64) + length);
}
