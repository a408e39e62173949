/**
 * Runs modules on whatever processor this Node is for, and prints the SHA-256 of all their outputs. Plain WebAssembly
 * and plain Node: under emulation nothing else of the project has to start.
 *
 *   node digest.mjs FOLDER    every NAME.wasm with its NAME.input: inputs back to back
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2] ?? ".";
/** @type {Record<string, string>} */
const outputs = {};
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith(".wasm")) continue;
  const name = file.slice(0, -".wasm".length);
  outputs[name] = await digest(join(folder, file), readFileSync(join(folder, `${name}.input`)));
}
console.log(JSON.stringify({ arch: process.arch, outputs }));

/**
 * @param {string} file
 * @param {Uint8Array} inputs
 */
async function digest(file, inputs) {
  const { instance } = await WebAssembly.instantiate(readFileSync(file));
  const { memory, init, step, in_ptr, in_len, out_ptr, out_len } = /** @type {any} */ (
    instance.exports
  );
  const bytes = new Uint8Array(memory.buffer);
  const hash = createHash("sha256");
  if (init() !== 0) throw new Error(`${file}: init failed`);
  for (let from = 0; from < inputs.length; from += in_len.value) {
    bytes.set(inputs.subarray(from, from + in_len.value), in_ptr.value);
    if (step() !== 0) throw new Error(`${file}: step failed`);
    hash.update(bytes.subarray(out_ptr.value, out_ptr.value + out_len.value));
  }
  return hash.digest("hex");
}
