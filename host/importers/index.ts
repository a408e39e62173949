/** Which format is this? Recognised by content, never by name. */
import { createHash } from "node:crypto";
import { fail, TwentyWattError } from "../errors.ts";
import type { Graph, Source } from "../model/graph.ts";
import { isText, modelInC } from "./c-array/index.ts";
import { foreignFile, kerasFile } from "./foreign.ts";
import { importGraphJson, isGraphJson } from "./graph/index.ts";
import { importNir } from "./nir/index.ts";
import { importTflite, isTflite } from "./tflite/index.ts";
import { type ImportOptions, timed, timeOptions } from "./time-options.ts";

export { graphJson } from "./graph/index.ts";
export type { NirOptions } from "./nir/index.ts";
export type { ImportOptions } from "./time-options.ts";

const HDF5_SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const isHdf5 = (bytes: Uint8Array): boolean => HDF5_SIGNATURE.every((b, k) => bytes[k] === b);

/**
 * Reads a model file into a graph. Never crashes or hangs on any bytes: raises one TwentyWattError that carries every
 * problem found.
 *
 * @param bytes   the whole file
 * @param name    shown in messages and kept in the manifest: the file name without folders; for one of several arrays of
 *                C text `FILE#ARRAY`
 * @param options what a NIR file leaves open: time step (s), time unit, discretisation, reset, kind of input. Where one is
 *                absent a NIR file is read with the default (1e-4, s, norse, its own reset, spikes), a graph as it was written
 * @throws USAGE for an option that does not exist or cannot be
 */
export async function importModel(
  bytes: Uint8Array,
  name: string,
  options: ImportOptions = {},
): Promise<Graph> {
  const time = timeOptions(options);
  const source = (format: Source["format"], content = bytes): Source => ({
    ...{ name, format, sha256: createHash("sha256").update(content).digest("hex") },
  });
  if (isTflite(bytes)) return importTflite(bytes, source("tflite"));
  if (isHdf5(bytes)) return nirOrKeras(bytes, name, () => importNir(bytes, source("nir"), time));
  if (isGraphJson(bytes)) return timed(importGraphJson(bytes, source("graph")), time);
  const foreign = foreignFile(bytes, name);
  if (foreign !== null) throw foreign;
  if (isText(bytes)) {
    // a model is the same one in a file of its own
    const model = modelInC(bytes, name, isTflite);
    return importTflite(model, source("tflite", model));
  }
  const start = [...bytes.subarray(0, 8)].map((b) => b.toString(16).padStart(2, "0")).join(" ");
  return fail(
    "MODEL_FORMAT",
    name,
    bytes.length === 0 ? "an empty file" : `bytes ${start} …`,
    "a model file",
  );
}

function nirOrKeras(bytes: Uint8Array, name: string, read: () => Graph): Graph {
  try {
    return read();
  } catch (error) {
    const foreign = error instanceof TwentyWattError ? kerasFile(bytes, name) : null;
    throw foreign ?? error;
  }
}
