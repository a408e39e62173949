/** The models that the native peer gets: bytes as protobuf has them, and the outputs of our own module where it is installed. */
import { expect, test } from "vitest";
import { importModel } from "../../host/importers/index.ts";
import { at } from "../../host/model/at.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { localTarget } from "../../host/runtime/index.ts";
import { randomOperator } from "../support/random-graph.ts";
import { testUnless } from "../support/skip.ts";
import { MODELS, modelBytes } from "./models.ts";
import { compileFor, randomInput } from "./module.ts";
import { channelsFirst, onnxModel, onnxShape } from "./onnx.ts";
import { openOnnxruntime } from "./onnxruntime.ts";
import { message } from "./protobuf.ts";

const peer = openOnnxruntime(new URL("./", import.meta.url));
const peerTest = testUnless(
  peer ? null : { reason: "onnxruntime-node is not in tests/bench", fix: "npm install there" },
);

test("protobuf: varints, texts and floats, as its documentation writes them", () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  expect(hex(message([[1, 150]]))).toBe("089601");
  expect(hex(message([[2, "testing"]]))).toBe("120774657374696e67");
  expect(hex(message([[2, { float: 1 }]]))).toBe("150000803f");
  expect(hex(message([[20, message([[1, 150]])]]))).toBe("a20103089601");
});

test("channels come before rows", () => {
  expect(onnxShape([1, 2, 3, 4])).toEqual([1, 4, 2, 3]);
  expect(channelsFirst(Int8Array.of(1, 10, 2, 20, 3, 30), [1, 3, 1, 2])).toEqual([
    ...[1, 2, 3, 10, 20, 30],
  ]);
});

test("an operator that it has no form for is named", () => {
  expect(() => onnxModel(randomOperator("LOGISTIC", 1), "u8")).toThrow("is LOGISTIC");
});

peerTest(
  "public networks: bytes as ours but for some units, as it rounds halves to even",
  async () => {
    for (const model of MODELS.filter(({ nativeAim }) => nativeAim !== undefined)) {
      const bytes = modelBytes(model);
      if (bytes === null) continue;
      const graph = (await importModel(bytes, model.name)) as LayeredGraph;
      const { wasm } = await compileFor(graph, "simd", "dot");
      const session = await localTarget().load(wasm);
      const output = new Uint8Array(session.outputBytes);
      session.step(new Uint8Array(randomInput(session.inputBytes).buffer), output);
      const { quantization } = at(graph.tensors, at(graph.outputs, 0).tensor);
      const [scale, zero] = [at(quantization.scales, 0), at(quantization.zeroPoints, 0)];
      const ours = Array.from(new Int8Array(output.buffer), (q) => scale * (q - zero));
      const calls = peer?.calls(graph) ?? [];
      expect(calls.map(({ form }) => form)).toEqual(["u8", "s8", "f32"]);
      for (const { form, output: theirs } of calls) {
        const apart = Math.max(...theirs.map((x, k) => Math.abs(x - at(ours, k)) / scale));
        expect(apart, `${model.name}, ${form}`).toBeLessThan(form === "f32" ? 25 : 12);
      }
    }
  },
);
