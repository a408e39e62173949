/** Strings of fixed length, and of variable length through the global heap. ASCII is read as the UTF-8 it is part of. */
import type { StringType } from "./datatype.ts";
import type { Hdf5File } from "./file.ts";
import type { GlobalHeap } from "./global-heap.ts";

const utf8 = new TextDecoder();
const decode = (bytes: Uint8Array): string => utf8.decode(bytes);

const untilNul = (bytes: Uint8Array): Uint8Array => {
  const nul = bytes.indexOf(0);
  return nul < 0 ? bytes : bytes.subarray(0, nul);
};

function withoutTrailing(bytes: Uint8Array, pad: number): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === pad) end--;
  return bytes.subarray(0, end);
}

const UNPAD = {
  terminated: untilNul,
  nul: (bytes: Uint8Array) => withoutTrailing(bytes, 0),
  space: (bytes: Uint8Array) => withoutTrailing(bytes, 0x20),
} as const;

export function decodeStrings(raw: Uint8Array, { size, padding }: StringType): string[] {
  return Array.from({ length: raw.length / size }, (_, k) =>
    decode(UNPAD[padding](raw.subarray(k * size, (k + 1) * size))),
  );
}

/** Each element: u32 length, the address of a collection, u32 index in it. A null reference is an empty string. */
export function decodeVariableStrings(file: Hdf5File, heap: GlobalHeap, raw: Uint8Array): string[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const size = 8 + file.sizeOfOffsets;
  return Array.from({ length: raw.length / size }, (_, k) => {
    const at = k * size;
    const length = view.getUint32(at, true);
    let address = 0;
    for (let byte = size - 5; byte >= 4; byte--) address = address * 256 + view.getUint8(at + byte);
    const index = view.getUint32(at + size - 4, true);
    if (length === 0 || address === 0) return "";
    const object = heap.object(address, index);
    if (length > object.length) {
      file.damaged(address, `a string of ${length} bytes`, `at most ${object.length}`);
    }
    file.spendDecoded(length, `strings of ${length} bytes`);
    return decode(untilNul(object.subarray(0, length)));
  });
}
