/** The global heap: collections of objects, here strings of variable length. HDF5 File Format Specification 3.0, III.E. */
import { cursorAt } from "./cursor.ts";
import type { Hdf5File } from "./file.ts";

type Collection = ReadonlyMap<number, Uint8Array>;

export class GlobalHeap {
  readonly #file: Hdf5File;
  readonly #collections = new Map<number, Collection>();

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  object(address: number, index: number): Uint8Array {
    let collection = this.#collections.get(address);
    if (collection === undefined) {
      collection = readCollection(this.#file, address);
      this.#collections.set(address, collection);
    }
    const object = collection.get(index);
    return object ?? this.#file.damaged(address, `no heap object ${index}`, "a string");
  }
}

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

function readCollection(file: Hdf5File, address: number): Collection {
  const head = cursorAt(file, address);
  head.signature("GCOL");
  head.expect(1, "global heap version");
  head.skip(3);
  const size = head.length();
  const c = cursorAt(file, address, size);
  c.skip(aligned(head.at - address));
  const objects = new Map<number, Uint8Array>();
  const prefixBytes = aligned(8 + file.sizeOfLengths);
  while (c.left >= prefixBytes) {
    const index = c.u16();
    c.skip(6); // references, reserved
    const bytes = c.length();
    c.skip(prefixBytes - 8 - file.sizeOfLengths);
    if (index === 0) break; // free space up to the end
    objects.set(index, c.take(bytes));
    c.skip(Math.min(c.left, aligned(bytes) - bytes));
  }
  return objects;
}
