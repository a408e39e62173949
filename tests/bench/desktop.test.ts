/**
 * Files of int8 and int16 in TensorFlow Lite itself, its WebAssembly build, against the oracle in single rounding: what
 * host/model/desktop.ts says of each kind of layer. Where `npm run bench` has installed it.
 */
import { expect } from "vitest";
import { at } from "../../host/model/at.ts";
import { byteLength, type LayeredGraph } from "../../host/model/graph.ts";
import { interpret } from "../support/oracle/index.ts";
import { inputBytes, interestingInputs, randomOperator } from "../support/random-graph.ts";
import type { RandomKind } from "../support/random-operators.ts";
import { testUnless } from "../support/skip.ts";
import { tfliteBytes } from "../support/tflite-from-graph.ts";
import { openTfliteWasm, type PeerModel, tfliteWasmInstalled } from "./tflite-wasm.ts";

const folder = new URL("./", import.meta.url);
const missing = tfliteWasmInstalled(folder)
  ? null
  : {
      reason: "TFLite's WebAssembly build is not installed",
      fix: "npm install --no-package-lock --prefix tests/bench",
    };

const KINDS: readonly RandomKind[] = [
  ...(["CONV_2D", "ADD", "MUL", "AVERAGE_POOL_2D", "MAX_POOL_2D", "MEAN", "SOFTMAX"] as const),
  ...(["LOGISTIC", "TANH", "RELU", "RELU6", "LEAKY_RELU", "PRELU", "ABS", "HARD_SWISH"] as const),
  ...(["QUANTIZE", "DEQUANTIZE_QUANTIZE", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"] as const),
  ...(["CONCATENATION", "TRANSPOSE", "GATHER", "PACK", "MAXIMUM", "MINIMUM"] as const),
  ...(["ADD_I16", "SUB_I16", "MUL_I16", "RELU_I16", "RELU6_I16", "LEAKY_RELU_I16"] as const),
  ...(["SOFTMAX_I16", "AVERAGE_POOL_2D_I16", "MAX_POOL_2D_I16"] as const),
];

/** Files that this old build refuses or ends at (QUANTIZE to int16, scalars) are no part of it. */
const taken = ({ nodes, tensors }: LayeredGraph): boolean =>
  tensors.every(({ shape }) => shape.length > 0) &&
  nodes.every(({ kind, output }) => kind !== "QUANTIZE" || at(tensors, output).dtype !== "i16");

function outputs(peer: PeerModel, graph: LayeredGraph, input: Int8Array): Uint8Array {
  let from = 0;
  graph.inputs.forEach(({ tensor }, k) => {
    const length = byteLength(at(graph.tensors, tensor));
    peer.inputBytes(k).set(new Uint8Array(input.buffer, input.byteOffset + from, length));
    from += length;
  });
  peer.infer();
  return Uint8Array.from(graph.outputs.flatMap((_, k) => [...peer.outputBytes(k)]));
}

testUnless(missing)(
  "single rounding is TensorFlow Lite's on a PC, kind by kind",
  async () => {
    for (const kind of KINDS) {
      let load = await openTfliteWasm(folder);
      let models = 0;
      for (let seed = 0; seed < 20; seed++) {
        const graph = randomOperator(kind, seed);
        if (!taken(graph)) continue;
        const expected = interestingInputs(inputBytes(graph), seed).map((input) => ({
          ...{ input, output: interpret(graph, input, "single").output },
        }));
        try {
          const peer = load(tfliteBytes(graph));
          for (const { input, output } of expected) {
            const found = outputs(peer, graph, input);
            const same = Buffer.compare(found, new Uint8Array(output));
            expect(same, `${kind}, seed ${seed}`).toBe(0);
          }
          models += 1;
        } catch (error) {
          if (!(error instanceof WebAssembly.RuntimeError)) throw error;
          load = await openTfliteWasm(folder); // it aborted
        }
      }
      expect(models, kind).toBeGreaterThan(7);
    }
  },
  300_000,
);
