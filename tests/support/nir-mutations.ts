/**
 * Damage to the bytes of .nir files: truncation, splices, bits, and extreme words where HDF5 keeps its structure (tree
 * nodes, heaps, object headers and their messages), which is small beside the data.
 */
import type { Random } from "../../host/model/random.ts";
import { dice } from "./random-draft.ts";

const SIGNATURES = ["TREE", "SNOD", "HEAP", "GCOL", "OHDR", "OCHK"].map((text) =>
  Buffer.from(text, "latin1"),
);
const EXTREMES = [0, 1, 2, 7, 8, 0x7f, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
/** Object headers of version 1 have no signature: they follow their version byte and a count of messages. */
const NEAR = 160;

/** Positions of structure: the superblock, around every signature, around everything that looks like a message. */
function structure(file: Uint8Array): readonly number[] {
  const buffer = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const places = [0];
  for (const signature of SIGNATURES) {
    for (let at = buffer.indexOf(signature); at >= 0; at = buffer.indexOf(signature, at + 1)) {
      places.push(at);
    }
  }
  // header version 1, reserved 0, 1 to 16 messages, reference count 1
  for (let at = 96; at + 16 <= file.length; at += 8) {
    const messages = buffer.readUInt16LE(at + 2);
    if (file[at] === 1 && file[at + 1] === 0 && messages >= 1 && messages <= 16) {
      if (buffer.readUInt32LE(at + 4) === 1) places.push(at);
    }
  }
  return places;
}

/** One to three changes, seeded. `donor` lends bytes. */
export function mutateNir(from: Uint8Array, donor: Uint8Array, random: Random): Uint8Array {
  const { int, pick, chance } = dice(random);
  const places = structure(from);
  let file: Uint8Array = new Uint8Array(from);
  for (let k = int(1, 3); k > 0 && file.length > 16; k--) {
    const any = int(0, file.length - 1);
    const inside = Math.min(file.length - 1, pick(places) + int(0, NEAR));
    const at = chance(0.75) ? inside : any;
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const edits: (() => void)[] = [
      () => {
        file = file.slice(0, chance(0.5) ? any : file.length - int(1, 64));
      },
      () => {
        const length = int(1, 64);
        const start = int(0, donor.length - 1);
        const piece = donor.subarray(start, start + Math.min(length, file.length - at));
        file.set(piece, at);
      },
      () => view.setUint8(at, view.getUint8(at) ^ (1 << int(0, 7))),
      () => view.setUint8(at, int(0, 255)),
      () => view.setUint8(at, (view.getUint8(at) + pick([1, 2, 4, 8, 255, 254, 252])) & 255),
      () => {
        const place = Math.min(at & ~3, (file.length & ~3) - 4);
        view.setUint32(place, pick(EXTREMES), true);
      },
      () => {
        const place = Math.min(at & ~7, (file.length & ~7) - 8);
        view.setBigUint64(place, BigInt(chance(0.5) ? int(0, file.length) : pick(EXTREMES)), true);
      },
    ];
    pick(edits)();
  }
  return file;
}
