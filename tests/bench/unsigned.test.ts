/** Files of uint8 in TensorFlow Lite itself, its WebAssembly build, against the oracle: where `npm run bench` installed it. */
import { expect } from "vitest";
import { interpret } from "../support/oracle/index.ts";
import { inputBytes, interestingInputs } from "../support/random-graph.ts";
import { unsignedFile, unsignedOperator } from "../support/random-unsigned.ts";
import { testUnless } from "../support/skip.ts";
import { writeTflite } from "../support/tflite-writer.ts";
import { openTfliteWasm, tfliteWasmInstalled } from "./tflite-wasm.ts";

const folder = new URL("./", import.meta.url);
const missing = tfliteWasmInstalled(folder)
  ? null
  : {
      reason: "TFLite's WebAssembly build is not installed",
      fix: "npm install --no-package-lock --prefix tests/bench",
    };

/** Those that its XNNPACK or its own kernels of uint8 compute as the reference kernels do. */
const KINDS = [
  ...(["CONV_2D", "FULLY_CONNECTED", "ADD", "SUB", "AVERAGE_POOL_2D_U8", "MAX_POOL_2D"] as const),
  ...(["MEAN", "SOFTMAX", "LOGISTIC", "TANH", "RELU6", "HARD_SWISH", "CONCATENATION"] as const),
  ...(["MUL", "RELU", "LEAKY_RELU", "PRELU", "RESIZE_BILINEAR"] as const),
];

testUnless(missing)("networks of uint8: TensorFlow Lite's bytes, in single rounding", async () => {
  const load = await openTfliteWasm(folder);
  for (const kind of KINDS) {
    for (let seed = 0; seed < 12; seed++) {
      const graph = unsignedOperator(kind, seed);
      const plain =
        graph.inputs.length === 1 && graph.tensors.every((t) => t.dtype !== "u8" || t.data);
      if (!plain || graph.tensors.some(({ shape }) => shape.length === 0)) continue;
      const peer = load(writeTflite(unsignedFile(graph)));
      for (const input of interestingInputs(inputBytes(graph), seed)) {
        const expected = interpret(graph, input, "single").output;
        peer.input().set(input.map((byte) => byte ^ 0x80));
        peer.infer();
        const found = Int8Array.from(peer.output(), (byte) => byte ^ 0x80);
        expect([...found], `${kind}, seed ${seed}`).toEqual([...expected]);
      }
    }
  }
});
