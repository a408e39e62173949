/** Streaming networks of the shared data: their files, inputs step by step, and what must come out. */
import { importModel } from "../../host/importers/index.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import type { Rounding } from "../../host/model/multiplier.ts";
import { readData } from "./data.ts";

export const STREAMING = ["streaming_state", "okay_nabu", "vad"] as const;

/** So many steps the resuming is tried over; the inputs come again where they end. */
export const HOPS = 200;

export type Streaming = {
  readonly graph: LayeredGraph;
  readonly inputs: Int8Array;
  readonly expected: Readonly<Record<Rounding, Int8Array>>;
};

const signed = (bytes: Uint8Array): Int8Array =>
  new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);

export async function streamingModel(name: (typeof STREAMING)[number]): Promise<Streaming> {
  const path = `${name === "streaming_state" ? "tflite-cases" : "models-public"}/${name}`;
  const read = (end: string): Uint8Array => readData(`${path}.${end}`);
  return {
    graph: (await importModel(read("tflite"), `${name}.tflite`)) as LayeredGraph,
    inputs: signed(read("input.bin")),
    expected: {
      double: signed(read("expected.double.bin")),
      single: signed(read("expected.single.bin")),
    },
  };
}
