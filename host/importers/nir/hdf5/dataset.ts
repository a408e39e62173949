/** From the messages of a dataset to its numbers or strings. */
import { elements } from "../../../model/graph.ts";
import { readChunks } from "./chunks/assemble.ts";
import { type Dataspace, readDataspace } from "./dataspace.ts";
import { type Datatype, datatypeOf } from "./datatype.ts";
import type { Hdf5File } from "./file.ts";
import { filled, fillValueOf } from "./fill-value.ts";
import { readFilterPipeline } from "./filters.ts";
import type { GlobalHeap } from "./global-heap.ts";
import { readLayout } from "./layout.ts";
import { decodeNumbers } from "./numbers.ts";
import { findBody, MESSAGE, type Message, messageOf } from "./object-header.ts";
import { decodeStrings, decodeVariableStrings } from "./strings.ts";
import type { Hdf5Numbers, Hdf5Strings } from "./tree.ts";

/** What an element costs once decoded: a float64, or a string and its place in a list. */
const NUMBER_BYTES = 8;
const STRING_BYTES = 64;

/** null for an object that is no dataset. */
export function readDataset(
  file: Hdf5File,
  heap: GlobalHeap,
  messages: readonly Message[],
): Hdf5Numbers | Hdf5Strings | null {
  const spaceBody = findBody(file, messages, MESSAGE.dataspace);
  const typeMessage = messageOf(messages, MESSAGE.datatype);
  if (spaceBody === null || typeMessage === null) return null;
  const space = readDataspace(spaceBody);
  const type = datatypeOf(file, typeMessage);
  const { shape } = space;
  const count = elements(shape);
  const text = type.kind === "string" || type.kind === "variable string";
  const each = text ? STRING_BYTES + type.size : NUMBER_BYTES;
  file.spendDecoded(count * each, `shape [${shape}] of ${type.size}-byte elements`);
  const raw = count === 0 ? new Uint8Array(0) : readRaw(file, messages, space, type);
  if (type.kind === "string") return { kind: "strings", shape, strings: decodeStrings(raw, type) };
  if (type.kind === "variable string") {
    return { kind: "strings", shape, strings: decodeVariableStrings(file, heap, raw) };
  }
  return { kind: "numbers", shape, numbers: decodeNumbers(raw, type) };
}

/** The elements as they are stored: as many bytes as the shape asks for. */
function readRaw(
  file: Hdf5File,
  messages: readonly Message[],
  space: Dataspace,
  { size }: Datatype,
): Uint8Array {
  if (messageOf(messages, MESSAGE.externalFiles) !== null) {
    const remedy = "Write the file again with nir.write(), which keeps all values in it.";
    file.refuse("values in another file", "its values in this file", remedy);
  }
  const body = findBody(file, messages, MESSAGE.layout);
  if (body === null) return file.refuse("no data layout", "a dataset with a value");
  const layout = readLayout(body);
  const bytes = elements(space.shape) * size;
  switch (layout.kind) {
    case "compact":
      if (layout.data.length !== bytes) {
        file.damaged(body.start, `${layout.data.length} bytes`, `${bytes} for [${space.shape}]`);
      }
      return layout.data;
    case "contiguous":
      if (layout.address !== null) return file.slice(layout.address, bytes);
      return filled(file, fillValueOf(file, messages), bytes, size);
    case "chunked": {
      const pipeline = findBody(file, messages, MESSAGE.filterPipeline);
      const filters = pipeline === null ? [] : readFilterPipeline(pipeline);
      return readChunks(file, layout, space, filters, fillValueOf(file, messages), size);
    }
  }
}
