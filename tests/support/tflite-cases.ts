/** The fixtures of one operator each (data/tflite-cases), side by side in one graph, so that they share a compilation. */
import { importModel } from "../../host/importers/index.ts";
import { at } from "../../host/model/at.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import type { Rounding } from "../../host/model/multiplier.ts";
import { readData } from "./data.ts";
import { bundle, inputBytes, outputBytes } from "./random-graph.ts";

export const TFLITE_CASES: readonly string[] = [
  "mean_channels",
  "mean_1d",
  "mean_h_keep",
  "rounding_mean_h",
  "uint8_edges",
  "uint8_in_int8_out",
  "slice_last_rows",
  "slice_channels",
  "slice_stride2",
  "slice_shrink",
  "split_v_channels",
  "split_2",
  "transpose_nchw",
  "resize_nearest_2x",
];

/** Inferences of the fixtures; one has fewer, and begins anew. */
export const CASE_INFERENCES = 12;

const graphOf = async (name: string): Promise<LayeredGraph> =>
  (await importModel(readData(`tflite-cases/${name}.tflite`), name)) as LayeredGraph;

const file = (name: string, what: string): Uint8Array =>
  readData(`tflite-cases/${name}.${what}.bin`);

export async function tfliteCases(): Promise<LayeredGraph> {
  return bundle(await Promise.all(TFLITE_CASES.map(graphOf)));
}

/** What goes in, inference by inference, all fixtures back to back. */
export const caseInputs = (): Promise<Uint8Array> => together("input", inputBytes);

/** What must come out. */
export const caseOutputs = (rounding: Rounding): Promise<Uint8Array> =>
  together(`expected.${rounding}`, outputBytes);

async function together(
  what: string,
  bytesOf: (graph: LayeredGraph) => number,
): Promise<Uint8Array> {
  const graphs = await Promise.all(TFLITE_CASES.map(graphOf));
  const parts = Array.from({ length: CASE_INFERENCES }, (_, k) =>
    TFLITE_CASES.map((name, g) => {
      const all = file(name, what);
      const length = bytesOf(at(graphs, g));
      return all.subarray((k * length) % all.length, ((k * length) % all.length) + length);
    }),
  );
  return new Uint8Array(Buffer.concat(parts.flat()));
}
