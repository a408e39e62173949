/** Compiles a module with what flags this Node was given, and computes one step. Plain WebAssembly: node step.mjs MODULE */
import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2] ?? ""));
const { init, step } = /** @type {any} */ (new WebAssembly.Instance(module).exports);
if (init() !== 0 || step() !== 0) throw new Error("the module failed");
