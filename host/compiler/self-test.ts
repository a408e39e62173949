/** One recorded inference that travels with the module: any target can prove that it computes the same bits. */
import type { SelfTest } from "../model/manifest.ts";
import type { Layout } from "./layout.ts";

/** Runs the finished module once on seeded pseudo-random bytes. */
export async function selfTest(wasm: Uint8Array, layout: Layout): Promise<SelfTest> {
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource);
  const exports = instance.exports as {
    memory: WebAssembly.Memory;
    init: () => number;
    step: () => number;
  };
  const input = noise(layout.input.len);
  exports.init();
  new Uint8Array(exports.memory.buffer).set(input, layout.input.ptr);
  exports.step();
  const output = new Uint8Array(exports.memory.buffer, layout.output.ptr, layout.output.len);
  return { steps: 1, input: base64(input), output: base64(output) };
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
