/** Files that are no models are named as what they are, with what to do about it. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { importModel } from "../../../host/importers/index.ts";

const latin = (text: string): Uint8Array => Buffer.from(text, "latin1");
/** One field of a protocol buffer that has a length. */
const field = (number: number, content: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.of(number * 8 + 2, content.length), content]);
const zipOf = (name: string): Uint8Array =>
  Buffer.concat([
    Buffer.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 0, 0, ...new Array(16).fill(0), name.length, 0, 0, 0),
    latin(name),
  ]);
/** ir_version 8, producer, graph with a name, opset 13 of the standard domain: as exporters begin and end. */
const ONNX = Buffer.concat([
  Buffer.of(0x08, 8),
  field(2, latin("pytorch")),
  field(7, field(2, latin("main_graph"))),
  field(8, Buffer.concat([field(1, latin("")), Buffer.of(0x10, 13)])),
]);

const FILES: readonly (readonly [string, Uint8Array, string])[] = [
  [
    "a Git LFS pointer, not the file it stands for",
    latin("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab\nsize 12345\n"),
    "git lfs pull",
  ],
  ["an HTML page, as a failed download leaves it", latin("<!DOCTYPE html>\n<html></html>"), "Raw"],
  ["an HTML page, as a failed download leaves it", latin("\xef\xbb\xbf\n\n <html lang=en>"), "Raw"],
  ["a zip archive", zipOf("model/model.tflite"), "Unpack it"],
  ["a Keras model (.keras)", zipOf("model.weights.h5"), "TFLiteConverter"],
  ["a PyTorch file", zipOf("archive/data.pkl"), "int8 .tflite"],
  ["a file packed with gzip", gzipSync("anything"), "gunzip"],
  ["an ONNX model", ONNX, "onnx2tf"],
  [
    "a TensorFlow SavedModel",
    Buffer.concat([Buffer.of(8, 1), field(2, latin("..__saved_model_init_op.."))]),
    "TFLiteConverter",
  ],
  [
    "a Keras model (HDF5)",
    latin(`\x89HDF\r\n\x1a\n${"\0".repeat(80)}keras_version`),
    "TFLiteConverter",
  ],
];

test.each(FILES)("%s", async (got, bytes, remedy) => {
  const refused = await importModel(bytes, "model.tflite").catch((error) => error);
  expect(refused).toBeInstanceOf(TwentyWattError);
  expect((refused as TwentyWattError).problems).toEqual([
    {
      ...{ code: "MODEL_FORMAT", where: "model.tflite", got, expected: "a model file" },
      remedy: expect.stringContaining(remedy),
    },
  ]);
});

test("what only begins like an ONNX model is not called one", async () => {
  const others = [ONNX.subarray(0, -1), ONNX.subarray(2), Buffer.concat([ONNX, Buffer.of(0)])];
  for (const bytes of others) {
    await expect(importModel(bytes, "m")).rejects.toThrow(/got bytes [0-9a-f ]+ …/);
  }
});
