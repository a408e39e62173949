/** A .tflite model that C or C++ text holds as an array of bytes, as `xxd -i` writes it and examples for boards keep it. */
import { fail } from "../../errors.ts";
import { nearest, plural } from "../../text.ts";
import { pickedArray } from "./picked.ts";
import { type CArray, scanArrays } from "./scan.ts";

/** Text as programs have it: no byte of its beginning is a control character. */
export const isText = (bytes: Uint8Array): boolean =>
  bytes.length > 0 &&
  bytes.subarray(0, 4096).every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));

/**
 * The bytes of the model.
 *
 * @param isModel recognises one by its first bytes
 * @param name    of the file, with the array behind a # where there are several
 */
export function modelInC(
  text: Uint8Array,
  name: string,
  isModel: (bytes: Uint8Array) => boolean,
): Uint8Array {
  const { array } = pickedArray(name);
  const all = scanArrays(text);
  const models = all.filter(({ bytes }) => isModel(bytes));
  if (models.length === 0) return refuseOther(name, all);
  const named = array === null ? models : models.filter((one) => one.name === array);
  const [model] = named;
  if (model === undefined) return refuseName(name, String(array), all, models);
  if (named.length > 1) return refuseSeveral(name, named);
  if (model.trouble === null) return model.bytes;
  return fail(
    "MODEL_FORMAT",
    `${name}: array ${model.name}, line ${model.line}`,
    model.trouble,
    "bytes from the first to the last",
    "Take the whole file as it was generated; leave one of several versions.",
  );
}

/** The longest first: a model is rarely the smallest. */
const listed = (arrays: readonly CArray[]): string => {
  const longest = arrays.toSorted((a, b) => b.bytes.length - a.bytes.length);
  const first = longest
    .slice(0, 3)
    .map(({ name, bytes }) => `${name} (${plural(bytes.length, "byte")})`);
  const more = arrays.length - first.length;
  return `${first.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
};

function refuseOther(name: string, all: readonly CArray[]): never {
  return fail(
    "MODEL_FORMAT",
    name,
    all.length === 0 ? "text without an array of bytes" : `text with the arrays ${listed(all)}`,
    "a model, or C text with the bytes of a .tflite file in an array",
    "Give the file that holds the array itself; `xxd -i model.tflite` writes one.",
  );
}

function refuseName(
  name: string,
  array: string,
  all: readonly CArray[],
  models: readonly CArray[],
): never {
  const there = all.some(({ name }) => name === array);
  const names = models.map(({ name }) => name);
  const meant = nearest(array, names) ?? names[0];
  return fail(
    "MODEL_FORMAT",
    name,
    there ? `array ${array}, which is no .tflite file` : `no array ${array}`,
    `one of ${names.slice(0, 8).join(", ")}`,
    `Write ${pickedArray(name).file}#${meant}.`,
  );
}

function refuseSeveral(name: string, models: readonly CArray[]): never {
  const [first] = models;
  const same = models.every(({ name }) => name === first?.name);
  return fail(
    "MODEL_FORMAT",
    name,
    `${models.length} models: ${listed(models)}`,
    "one",
    same
      ? "They have one name: leave one of them in the file."
      : `Say which one behind a #: ${pickedArray(name).file}#${first?.name}.`,
  );
}
