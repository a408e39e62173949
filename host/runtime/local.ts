/** The local target: V8 in this process. Synchronous: a step is one copy in, one call, one copy out. */
import { createHash } from "node:crypto";
import { instantiateSync } from "@assemblyscript/loader";
import { fail } from "../errors.ts";
import { type CheckedModule, checkModule } from "../module/check.ts";
import { countCheck } from "../module/count-limits.ts";
import { requireExact } from "../module/relaxed.ts";
import { type Counters, MARK, type Session, type SetMarks, type Target } from "./target.ts";

/** A session whose methods answer at once. */
export interface LocalSession extends Session {
  step(input: Uint8Array, output: Uint8Array): number;
  reset(): void;
  counters(): Counters;
  read(ptr: number, len: number): Uint8Array;
  readState(): Uint8Array;
  writeState(state: Uint8Array): void;
  close(): void;
}

export interface LocalTarget extends Target {
  load(module: Uint8Array): Promise<LocalSession>;
}

/** @param mark raises pins around each step, for a meter */
export const localTarget = (mark: SetMarks | null = null): LocalTarget => ({
  name: "local",
  async load(module) {
    return open(module, mark);
  },
});

export const sha256 = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

function open(wasm: Uint8Array, mark: SetMarks | null): LocalSession {
  const checked = checkModule(wasm, sha256);
  requireExact(checked.manifest, "module");
  const exports = instantiate(wasm, checked);
  const { manifest, globals } = checked;
  const { inPtr, inLen, outPtr, outLen, statePtr, stateLen, cntPtr, memUsed } = globals;
  const { buffer } = exports.memory;
  // made once: memory never grows, so the views stay valid, and set() on them is all a step allocates
  const memory = new Uint8Array(buffer);
  const input = memory.subarray(inPtr, inPtr + inLen);
  const output = memory.subarray(outPtr, outPtr + outLen);
  const state = memory.subarray(statePtr, statePtr + stateLen);
  const counterView = new DataView(buffer, cntPtr, globals.cntLen);
  const moduleStep = exports.step;
  const checkCounts = countCheck(manifest.inputs);

  const reset = (): void => {
    const result = trapped("init", exports.init);
    if (result !== 0) fail("DEVICE_TRAP", "init()", `${result}`, "0");
  };
  reset();
  return {
    manifest,
    target: "local",
    inputBytes: inLen,
    outputBytes: outLen,
    step(from, to) {
      if (from.length !== inLen) wrongSize("input", from.length, inLen);
      if (to.length !== outLen) wrongSize("output", to.length, outLen);
      checkCounts?.(from, "input");
      mark?.(MARK.work);
      input.set(from);
      mark?.(MARK.work | MARK.step);
      let result: number;
      try {
        result = moduleStep();
      } catch (cause) {
        mark?.(0);
        return stopped("step", cause);
      }
      mark?.(MARK.work);
      if (result >= 0) to.set(output);
      mark?.(0);
      if (result < 0) fail("DEVICE_TRAP", "step()", `${result}`, "0 or more");
      return result;
    },
    reset,
    counters: () => ({
      steps: counterView.getBigUint64(0, true),
      spikes: counterView.getBigUint64(8, true),
      synapticEvents: counterView.getBigUint64(16, true),
      saturations: counterView.getBigUint64(24, true),
    }),
    read(ptr, len) {
      if (ptr < 0 || len < 0 || ptr + len > memUsed) {
        fail("USAGE", "read", `${ptr}, ${len}`, `a range inside ${memUsed} bytes`);
      }
      return memory.slice(ptr, ptr + len);
    },
    readState: () => state.slice(),
    writeState(from) {
      if (from.length !== stateLen) {
        fail("STATE_MISMATCH", "state", `${from.length} bytes`, `${stateLen} bytes`);
      }
      state.set(from);
    },
    close() {},
  };
}

type Exports = {
  readonly memory: WebAssembly.Memory;
  readonly init: () => number;
  readonly step: () => number;
};

function instantiate(wasm: Uint8Array, { pages }: CheckedModule): Exports {
  try {
    // instance.exports, not the loader's own: those wrap every call
    return instantiateSync(wasm as BufferSource).instance.exports as unknown as Exports;
  } catch (cause) {
    if (cause instanceof RangeError) {
      fail("MODULE_TOO_BIG", "memory", `${pages} pages`, "memory that is free", undefined, {
        cause,
      });
    }
    return fail("MODULE_FORMAT", "module", String(cause), "a module that V8 accepts", undefined, {
      cause,
    });
  }
}

function trapped(name: string, call: () => number): number {
  try {
    return call();
  } catch (cause) {
    return stopped(name, cause);
  }
}

function stopped(name: string, cause: unknown): never {
  const got = cause instanceof Error ? cause.message : String(cause);
  return fail("DEVICE_TRAP", `${name}()`, got, "a normal return", undefined, { cause });
}

function wrongSize(what: string, got: number, expected: number): never {
  return fail("INPUT_SIZE", what, `${got} bytes`, `${expected} bytes`);
}
