/**
 * The superblock, where every HDF5 file begins: sizes of addresses and lengths, and the root group.
 * HDF5 File Format Specification 3.0, II.A.
 */
import { at } from "../../../model/at.ts";
import { cursorAt } from "./cursor.ts";
import type { Hdf5File } from "./file.ts";

const SIGNATURE_BYTES = 8;

/** Sets the sizes of `file`; returns the address of the root group's object header. */
export function readSuperblock(file: Hdf5File): number {
  const c = cursorAt(file, 0);
  c.skip(SIGNATURE_BYTES); // importModel looked at it
  const version = c.u8();
  if (version > 3) file.refuse(`superblock version ${version}`, "0 to 3");
  if (version < 2) c.skip(4); // versions of parts, of which there is only one
  setSizes(file, c.u8(), c.u8());
  // reserved, K of leaves and nodes, consistency flags; version 1 has the K of chunks and more reserved
  c.skip(at([9, 13, 1, 1], version));
  const base = c.address();
  if (base !== 0) file.refuse(`base address ${base}`, "0");
  c.offset(); // free space or the superblock extension: nothing that a reader needs
  const end = c.address();
  if (end > file.bytes.length) {
    file.damaged(c.at, `${file.bytes.length} bytes`, `${end} bytes, as the superblock says`);
  }
  if (version < 2) {
    c.offset(); // driver information
    c.length(); // the root's name
  }
  const root = c.address();
  if (version >= 2) c.checksum();
  return root;
}

function setSizes(file: Hdf5File, offsets: number, lengths: number): void {
  const known = (n: number) => n === 2 || n === 4 || n === 8;
  if (!known(offsets) || !known(lengths)) {
    file.damaged(SIGNATURE_BYTES, `addresses of ${offsets} and lengths of ${lengths} bytes`, "8");
  }
  file.sizeOfOffsets = offsets;
  file.sizeOfLengths = lengths;
}
