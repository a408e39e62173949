/** What elements hold that were never written. HDF5 File Format Specification 3.0, IV.A.2.e and IV.A.2.f. */
import type { Cursor } from "./cursor.ts";
import type { Hdf5File } from "./file.ts";
import { findBody, MESSAGE, type Message } from "./object-header.ts";

/** Bytes of one element; none for zeros. */
export type FillValue = Uint8Array;

const ZEROS: FillValue = new Uint8Array(0);

export function fillValueOf(file: Hdf5File, messages: readonly Message[]): FillValue {
  const body = findBody(file, messages, MESSAGE.fillValue);
  if (body !== null) return readFillValue(body);
  const old = findBody(file, messages, MESSAGE.fillValueOld);
  return old === null ? ZEROS : old.take(old.u32());
}

function readFillValue(c: Cursor): FillValue {
  const { at, file } = c;
  const version = c.u8();
  if (version < 1 || version > 3) file.damaged(at, `fill value version ${version}`, "1 to 3");
  if (version === 3) return c.u8() & 0x20 ? c.take(c.u32()) : ZEROS;
  c.skip(2); // when space is allocated, and when the value is written
  const defined = c.u8() !== 0;
  return version === 1 || defined ? c.take(c.u32()) : ZEROS;
}

/** `bytes` whole elements of the fill value. */
export function filled(file: Hdf5File, value: FillValue, bytes: number, size: number): Uint8Array {
  const out = new Uint8Array(bytes);
  if (value.length === 0) return out;
  if (value.length !== size) {
    file.refuse(`a fill value of ${value.length} bytes`, `${size} bytes, as the elements`);
  }
  out.set(value.subarray(0, bytes));
  for (let done = size; done < bytes; done *= 2) out.copyWithin(done, 0, done);
  return out;
}
