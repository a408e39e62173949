/** Our side: a graph compiled for this machine, called as users call it and called bare. */
import { type Compiled, compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import type { Graph } from "../../host/model/graph.ts";
import { mulberry32 } from "../../host/model/random.ts";
import type { Build, Flavour } from "../../host/module/manifest.ts";
import { relaxedHere } from "../../host/module/relaxed.ts";
import type { Timed } from "../../host/run/timing.ts";
import { localTarget } from "../../host/runtime/index.ts";

/** Without relaxed products, and with them where this engine computes them exactly: what users get. */
export const PLAIN_FLAVOUR: Flavour = process.arch === "arm64" ? "extmul" : "dot";
export const FLAVOUR: Flavour = relaxedHere() ?? PLAIN_FLAVOUR;

export const compileFor = (
  graph: Graph,
  build: Build,
  flavour: Flavour = FLAVOUR,
): Promise<Compiled> => compile(graph, { ...DEFAULT_OPTIONS, build, flavour, selfTest: false });

/** One seeded input for every engine. */
export function randomInput(bytes: number): Int8Array {
  const random = mulberry32(20);
  return Int8Array.from({ length: bytes }, () => Math.floor(random() * 256) - 128);
}

/** copy in + step + copy out, through the runtime: what a user pays. */
export async function sessionCall(wasm: Uint8Array): Promise<Timed> {
  const session = await localTarget().load(wasm);
  const input = new Uint8Array(randomInput(session.inputBytes).buffer);
  const output = new Uint8Array(session.outputBytes);
  return () => {
    session.step(input, output);
  };
}

/** step() alone, without copies and without the runtime. */
export function bareCall(wasm: Uint8Array): Timed {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource));
  const memory = exports.memory as WebAssembly.Memory;
  const [at, length] = ["in_ptr", "in_len"].map(
    (name) => (exports[name] as WebAssembly.Global).value as number,
  );
  (exports.init as () => number)();
  new Int8Array(memory.buffer, at, length).set(randomInput(length as number));
  return exports.step as Timed;
}
