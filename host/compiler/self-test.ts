/** One recorded run that travels with the module: any target can prove that it computes the same bits. */
import type { SelfTest } from "../module/manifest.ts";
import type { Layout } from "./layout.ts";

/** What a self-test feeds: any bytes, rare spikes, or values of moderate size. */
export type Trial = "bytes" | "spikes" | "values";

/** Steps of a spiking network: its first spikes come late. */
export const SPIKING_STEPS = 16;

/** Runs the finished module on seeded pseudo-random input. */
export async function selfTest(
  wasm: Uint8Array,
  layout: Layout,
  trial: Trial,
  steps: number,
): Promise<SelfTest> {
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource);
  const exports = instance.exports as {
    memory: WebAssembly.Memory;
    init: () => number;
    step: () => number;
  };
  const { input, output } = layout;
  const inputs = noise(input.len * steps).map((byte, k) => shaped(byte, k, trial));
  const outputs = new Uint8Array(output.len * steps);
  const memory = new Uint8Array(exports.memory.buffer);
  exports.init();
  for (let k = 0; k < steps; k++) {
    memory.set(inputs.subarray(k * input.len, (k + 1) * input.len), input.ptr);
    exports.step();
    outputs.set(memory.subarray(output.ptr, output.ptr + output.len), k * output.len);
  }
  return { steps, input: base64(inputs), output: base64(outputs) };
}

function shaped(byte: number, k: number, trial: Trial): number {
  if (trial === "spikes") return byte < 64 ? 1 : 0;
  // i16: the high byte in −8 … 7
  return trial === "values" && k % 2 === 1 ? ((byte & 0x0f) - 8) & 0xff : byte;
}

/** xorshift32 (Marsaglia 2003), top byte of each state. */
function noise(length: number): Uint8Array {
  let x = 0x20c0ffee;
  return Uint8Array.from({ length }, () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 24;
  });
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
