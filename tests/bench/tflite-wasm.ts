/** The strongest WebAssembly peer: TFLite with XNNPACK and SIMD, from @tensorflow/tfjs-tflite (Apache-2.0). */
import { existsSync, readFileSync } from "node:fs";
import { compileFunction } from "node:vm";

export const TFLITE_WASM = "TFLite-wasm, XNNPACK, SIMD (@tensorflow/tfjs-tflite 0.0.1-alpha.10)";

/** A model loaded in the peer. The views stay valid: its memory does not grow while it infers. */
export type PeerModel = {
  readonly input: () => Int8Array;
  readonly output: () => Int8Array;
  /** of a model with several: the bytes of input or output k */
  readonly inputBytes: (k: number) => Uint8Array;
  readonly outputBytes: (k: number) => Uint8Array;
  readonly infer: () => boolean;
};

/** What is used of the Emscripten module; embind objects. */
type TfliteModule = {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  readonly TFLiteWebModelRunner: {
    CreateFromBufferAndOptions(
      ptr: number,
      bytes: number,
      options: Readonly<Record<string, number | boolean>>,
    ): { ok(): boolean; errorMessage(): string; value(): Runner };
  };
};
type Data = Int8Array | Uint8Array | Int16Array | Int32Array;
type Tensors = { get(k: number): { data(): Data } };
type Runner = { GetInputs(): Tensors; GetOutputs(): Tensors; Infer(): boolean };
type Factory = (settings: { readonly wasmBinary: Uint8Array }) => Promise<TfliteModule>;

/** @param folder tests/bench */
export const tfliteWasmFolder = (folder: URL): URL =>
  new URL("node_modules/@tensorflow/tfjs-tflite/wasm/", folder);

export const tfliteWasmInstalled = (folder: URL): boolean =>
  existsSync(new URL("tflite_web_api_cc_simd.wasm", tfliteWasmFolder(folder)));

/** Loads the engine once; the returned function loads models into it. */
export async function openTfliteWasm(folder: URL): Promise<(model: Uint8Array) => PeerModel> {
  const wasm = tfliteWasmFolder(folder);
  const script = readFileSync(new URL("tflite_web_api_cc_simd.js", wasm), "utf8");
  // an Emscripten build for browsers: it gets the few browser names it looks for, and no global is touched
  const load = compileFunction(`${script}; return tflite_web_api_ModuleFactory;`, [
    "window",
    "self",
    "document",
    "importScripts",
  ]);
  const page = { currentScript: { src: wasm.href }, addEventListener: () => {} };
  const factory: Factory = load(globalThis, globalThis, page, undefined);
  const tflite = await factory({
    wasmBinary: readFileSync(new URL("tflite_web_api_cc_simd.wasm", wasm)),
  });

  return (model) => {
    const ptr = tflite._malloc(model.length);
    tflite.HEAPU8.set(model, ptr);
    const created = tflite.TFLiteWebModelRunner.CreateFromBufferAndOptions(ptr, model.length, {
      numThreads: 1,
      enableWebNNDelegate: false,
      webNNDevicePreference: 0,
      enableProfiling: false,
      maxProfilingBufferEntries: 1024,
    });
    if (!created.ok()) throw new Error(`TFLite-wasm refuses the model: ${created.errorMessage()}`);
    const runner = created.value();
    const [inputs, outputs] = [runner.GetInputs(), runner.GetOutputs()];
    const [input, output] = [inputs.get(0), outputs.get(0)];
    return {
      input: () => input.data() as Int8Array,
      output: () => output.data() as Int8Array,
      inputBytes: (k) => bytesOf(inputs.get(k).data()),
      outputBytes: (k) => bytesOf(outputs.get(k).data()),
      infer: () => runner.Infer(),
    };
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Data): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
