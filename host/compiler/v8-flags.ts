/** How V8 runs Binaryen: a WebAssembly module of 9 MB, of which a compilation uses a part, once. */
import { setFlagsFromString } from "node:v8";

/**
 * While work() runs, V8 compiles WebAssembly with the baseline compiler alone, and validates a function when it is first
 * called: optimising and validating all of Binaryen would cost more than it saves. The flags are as before when our
 * modules are made.
 */
export async function withBaselineCompiler<T>(work: () => Promise<T>): Promise<T> {
  for (const flag of ["--liftoff-only", "--wasm-lazy-validation"]) setFlagsFromString(flag);
  try {
    return await work();
  } finally {
    // --liftoff-only switched the two of tiering off
    for (const flag of [
      "--no-liftoff-only",
      "--wasm-tier-up",
      "--wasm-dynamic-tiering",
      "--no-wasm-lazy-validation",
    ]) {
      setFlagsFromString(flag);
    }
  }
}
