/**
 * The native peer: onnxruntime on its CPU, one thread, from onnxruntime-node (MIT). Users never get it. Its package holds
 * the binaries of every system; where they are not, the table says that the peer is missing.
 */
import { createRequire } from "node:module";
import { at } from "../../host/model/at.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import type { Timed } from "../../host/run/timing.ts";
import { randomInput } from "./module.ts";
import { channelsFirst, FORMS, type Form, onnxModel, onnxShape } from "./onnx.ts";

export const ONNXRUNTIME = "onnxruntime-node";

type TensorLike = { readonly data: ArrayLike<number> };
/** What is used of the package; its binding's run() is synchronous, run() of its sessions waits for a turn of the loop. */
type Package = {
  readonly Tensor: new (type: string, data: unknown, shape: readonly number[]) => TensorLike;
};
type Session = {
  loadModel(model: ArrayBuffer, from: number, bytes: number, options: object): void;
  run(feeds: object, fetches: object, options: object): Record<string, TensorLike>;
};
type Binding = {
  readonly binding: { readonly InferenceSession: new () => Session };
  readonly initOrt: () => void;
};

export type NativePeer = {
  readonly version: string;
  /** One call of each form that the engine takes. Raises nothing: a form that it refuses is not there. */
  calls(graph: LayeredGraph): readonly NativeCall[];
};

export type NativeCall = {
  readonly form: Form;
  readonly call: Timed;
  /** as real numbers, of randomInput() */
  readonly output: readonly number[];
};

/** @param folder tests/bench. @returns null where the package, or its binary for this system, is not there */
export function openOnnxruntime(folder: URL): NativePeer | null {
  const load = createRequire(new URL("package.json", folder));
  try {
    const { Tensor }: Package = load(ONNXRUNTIME);
    const { binding, initOrt }: Binding = load(`${ONNXRUNTIME}/dist/binding.js`);
    const { version } = load(`${ONNXRUNTIME}/package.json`);
    initOrt();
    return {
      version,
      calls: (graph) =>
        FORMS.flatMap((form) => {
          try {
            return callOf(graph, form, Tensor, new binding.InferenceSession());
          } catch {
            return [];
          }
        }),
    };
  } catch {
    return null;
  }
}

function callOf(
  graph: LayeredGraph,
  form: Form,
  Tensor: Package["Tensor"],
  session: Session,
): NativeCall {
  const model = onnxModel(graph, form);
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential" };
  session.loadModel(model.buffer as ArrayBuffer, model.byteOffset, model.byteLength, {
    ...{ ...options, graphOptimizationLevel: "all", executionProviders: ["cpu"] },
  });
  const [from, to] = [at(graph.inputs, 0).tensor, at(graph.outputs, 0).tensor];
  const { shape, quantization } = at(graph.tensors, from);
  const [scale, zero] = [at(quantization.scales, 0), at(quantization.zeroPoints, 0)];
  const bytes = channelsFirst(randomInput(shape.reduce((a, b) => a * b, 1)), shape);
  const data = {
    u8: () => Uint8Array.from(bytes, (q) => q + 128),
    s8: () => Int8Array.from(bytes),
    f32: () => Float32Array.from(bytes, (q) => scale * (q - zero)),
  }[form]();
  const type = { u8: "uint8", s8: "int8", f32: "float32" }[form];
  const feeds = { [`t${from}`]: new Tensor(type, data, onnxShape(shape)) };
  const fetched = `t${to}`;
  const call = () => at([session.run(feeds, { [fetched]: null }, {})], 0);
  const out = at(graph.tensors, to).quantization;
  const [unit, origin] = [at(out.scales, 0), at(out.zeroPoints, 0) + (form === "u8" ? 128 : 0)];
  const found = Array.from(call()[fetched]?.data ?? []);
  return { form, call, output: form === "f32" ? found : found.map((q) => unit * (q - origin)) };
}
