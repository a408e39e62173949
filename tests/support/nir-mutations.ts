/**
 * Damage to the bytes of .nir files. Bytes alone rarely get far, so most changes go where the structure is: addresses,
 * lengths, counts and dimensions, messages and their types, links that lead back, gzip data that never ends. Checksums
 * are mostly mended afterwards, or the newest form of HDF5 would hide everything behind them.
 */
import { deflateSync } from "node:zlib";
import { lookup3 } from "../../host/importers/nir/hdf5/checksum.ts";
import type { Random } from "../../host/model/random.ts";
import type { Anatomy } from "./nir-anatomy.ts";
import { type Dice, dice } from "./random-draft.ts";

const WORDS = [0n, 1n, 2n, 7n, 8n, 255n, 65_536n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n];
const EXTREMES = [...WORDS, 2n ** 61n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n];
const MESSAGE_TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 15, 16, 17, 18, 21, 255];
const MENDED = 0.85;
/** 4 MiB of zeros in 4 kB. */
const BOMB = deflateSync(new Uint8Array(2 ** 22), { level: 9 });

/** One to three changes, seeded. `donor` lends bytes. */
export function mutateNir(from: Anatomy, donor: Uint8Array, random: Random): Uint8Array {
  const d = dice(random);
  let file: Uint8Array = new Uint8Array(from.file);
  for (let k = d.int(1, 3); k > 0 && file.length > 16; k--) file = change(file, from, donor, d);
  return d.chance(MENDED) ? mended(file, from) : file;
}

function mended(file: Uint8Array, { sealed }: Anatomy): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (const { from, to } of sealed) {
    if (to + 4 <= file.length) view.setUint32(to, lookup3(file.subarray(from, to)), true);
  }
  return file;
}

function change(file: Uint8Array, from: Anatomy, donor: Uint8Array, d: Dice): Uint8Array {
  const { int, pick, chance } = d;
  const { words, zones, messages, structures, streams } = from;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const any = int(0, file.length - 1);
  const zone = pick(zones);
  const inside = Math.min(file.length - 1, int(zone.from, zone.to - 1));
  const at = chance(0.8) ? inside : any;
  const setWord = (value: (old: bigint) => bigint): void => {
    const place = words.length > 0 ? pick(words) : at;
    if (place + 8 > file.length) return;
    view.setBigUint64(place, BigInt.asUintN(64, value(view.getBigUint64(place, true))), true);
  };
  const inMessage = (edit: (message: number) => void): void => {
    const message = messages.length > 0 ? pick(messages) : at;
    if (message + 16 <= file.length) edit(message);
  };
  const cuts: readonly (() => Uint8Array)[] = [
    () => file.slice(0, chance(0.5) ? any : file.length - int(1, 64)),
    () => new Uint8Array(Buffer.concat([file.subarray(0, at), file.subarray(at + int(1, 8))])),
  ];
  if (chance(0.1)) return withEnd(pick(cuts)(), d);
  const edits: readonly (() => void)[] = [
    () => splice(file, chance(0.5) ? donor : file, at, d),
    () => view.setUint8(at, view.getUint8(at) ^ (1 << int(0, 7))),
    () => view.setUint8(at, view.getUint8(at) ^ (1 << int(0, 7))),
    () => view.setUint8(at, int(0, 255)),
    () => view.setUint8(at, (view.getUint8(at) + pick([1, 2, 4, 8, 255, 254, 252])) & 255),
    // an address, a length, a dimension: extreme, anywhere, beside, twice as large
    () => setWord(() => pick(EXTREMES)),
    () => setWord(() => pick(EXTREMES)),
    () => setWord(() => BigInt(int(0, file.length + 16))),
    () => setWord((old) => old + BigInt(int(-9, 9))),
    () => setWord((old) => old * pick([2n, 3n, 16n, 1000n, 65_536n])),
    // a link to another structure: cycles, groups that are datasets, trees that are heaps
    () => setWord(() => BigInt(pick(structures.length > 0 ? structures : [0]))),
    () => setWord(() => BigInt(pick(structures.length > 0 ? structures : [0]))),
    // a message of another type, of another size, shared, with another version or count
    () => inMessage((message) => view.setUint16(message, pick(MESSAGE_TYPES), true)),
    () =>
      inMessage((message) =>
        view.setUint16(message + 2, pick([0, 4, 8, 16, 24, 512, 65_535]), true),
      ),
    () => inMessage((message) => view.setUint8(message + 4, int(0, 255))),
    () => inMessage((message) => view.setUint8(message + int(8, 15), int(0, 12))),
    // a dimension, alone or in every place that has it: shapes stay consistent
    () => inflateDimension(view, from, d),
    () => inflateDimension(view, from, d),
    () => {
      const stream = streams.length > 0 ? pick(streams) : at;
      if (stream < file.length) file.set(BOMB.subarray(0, file.length - stream), stream);
    },
  ];
  pick(edits)();
  return file;
}

/** The end of the file, which the superblock knows, mostly follows: or nothing else would be read. */
function withEnd(file: Uint8Array, { chance }: Dice): Uint8Array {
  const at = (file[8] ?? 0) < 2 ? 40 : 28;
  if (chance(0.8) && file.length > at + 8) {
    new DataView(file.buffer).setBigUint64(at, BigInt(file.length), true);
  }
  return file;
}

function splice(file: Uint8Array, donor: Uint8Array, at: number, { int }: Dice): void {
  const start = int(0, donor.length - 1);
  file.set(donor.slice(start, start + Math.min(int(1, 64), file.length - at)), at);
}

function inflateDimension(view: DataView, { words, axes }: Anatomy, { pick, chance }: Dice): void {
  const chosen = axes.length > 0 ? pick(axes) : 0;
  if (chosen + 8 > view.byteLength) return;
  const old = view.getBigUint64(chosen, true);
  const value = pick([2n * old, old + 1n, 64n * old, 4096n, 65_536n, 2n ** 24n, pick(EXTREMES)]);
  const places = chance(0.2) ? [chosen] : words;
  for (const place of places) {
    if (place + 8 <= view.byteLength && view.getBigUint64(place, true) === old) {
      view.setBigUint64(place, BigInt.asUintN(64, value), true);
    }
  }
}
