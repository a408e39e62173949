/** The models of a folder: .tflite files and those that C text holds, each once however often it is there. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { isText } from "../../host/importers/c-array/index.ts";
import { scanArrays } from "../../host/importers/c-array/scan.ts";
import { isTflite, type RawModel, readModel } from "../../host/importers/tflite/read.ts";

export type Found = {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** what it computes with, or "unreadable" */
  readonly type: ModelType;
  /** models of one architecture differ in their constants alone */
  readonly architecture: string;
};

export type ModelType =
  | "int8"
  | "uint8 (legacy)"
  | "int16×8"
  | "dynamic range"
  | "float"
  | "unreadable";

const MOST_BYTES = 64 * 2 ** 20;
const TEXT = /\.(c|cc|cpp|cxx|h|hpp|ino|inl)$/i;

/** @param folder walked whole; what cannot be read is passed over */
export function modelsIn(folder: string): readonly Found[] {
  const seen = new Map<string, Found>();
  for (const path of filesIn(folder)) {
    for (const { name, bytes } of modelsOf(path)) {
      const hash = createHash("sha256").update(bytes).digest("hex");
      if (!seen.has(hash)) seen.set(hash, { name, bytes, ...describe(bytes) });
    }
  }
  return [...seen.values()];
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size <= MOST_BYTES)
    .sort();
}

function modelsOf(path: string): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  const bytes = new Uint8Array(readFileSync(path));
  // by its name one of them, whatever it is: a Git LFS pointer, a page, half a file
  if (isTflite(bytes) || path.endsWith(".tflite")) return [{ name: path, bytes }];
  if (!TEXT.test(basename(path)) || !isText(bytes)) return [];
  return scanArrays(bytes)
    .filter((array) => array.trouble === null && isTflite(array.bytes))
    .map((array) => ({ name: `${path}#${array.name}`, bytes: array.bytes }));
}

function describe(bytes: Uint8Array): Pick<Found, "type" | "architecture"> {
  try {
    const model = readModel(bytes);
    return { type: typeOf(model), architecture: architectureOf(model) };
  } catch {
    return {
      ...{ type: "unreadable", architecture: createHash("sha256").update(bytes).digest("hex") },
    };
  }
}

/** By its weights and by what they are multiplied with. */
function typeOf({ tensors, operators }: RawModel): ModelType {
  const type = (k: number | undefined) => tensors[k ?? -1]?.type;
  const weighted = operators.filter(({ inputs }) => tensors[inputs[1] ?? -1]?.data != null);
  const has = (activation: string, weights: string) =>
    weighted.some(({ inputs }) => type(inputs[0]) === activation && type(inputs[1]) === weights);
  if (has("int16", "int8")) return "int16×8";
  if (has("uint8", "uint8")) return "uint8 (legacy)";
  if (has("int8", "int8")) return "int8";
  if (has("float32", "int8") || has("float32", "uint8")) return "dynamic range";
  return tensors.some((tensor) => tensor.type === "int8" && tensor.data === null)
    ? "int8"
    : "float";
}

/** Operators, their operands' places, types and shapes; not what constants hold, nor how they are scaled. */
function architectureOf({ tensors, operators, inputs, outputs }: RawModel): string {
  const text = JSON.stringify([
    tensors.map(({ shape, type, data }) => [shape, type, data !== null]),
    operators.map(({ kind, inputs: from, outputs: to }) => [kind, from, to]),
    ...[inputs, outputs],
  ]);
  return createHash("sha256").update(text).digest("hex");
}
