/**
 * LZF as h5py's filter 32000 stores it. A control byte below 32 begins a run of that many bytes and one; any other begins
 * a copy of what stands before: three bits of length, five bits and a byte of distance. A length of seven goes on in a
 * byte of its own.
 */
import { at as element } from "../../../model/at.ts";
import type { Hdf5File } from "./file.ts";

const LONGEST_RUN = 32;
const LONG = 7;

/**
 * @param at   where the chunk stands, for messages
 * @param most bytes that may come out
 */
export function unpacked(file: Hdf5File, at: number, data: Uint8Array, most: number): Uint8Array {
  const out = new Uint8Array(most);
  const wrong = (got: string): never =>
    file.damaged(at, `lzf data that cannot be read (${got})`, `${most} bytes`);
  let [from, end] = [0, 0];
  const next = (): number =>
    from < data.length ? element(data, from++) : wrong("it is cut short");
  while (from < data.length) {
    const control = next();
    if (control < LONGEST_RUN) {
      const run = data.subarray(from, from + control + 1);
      if (run.length <= control) wrong("it is cut short");
      if (end + run.length > most) wrong("more than its shape says");
      out.set(run, end);
      from += run.length;
      end += run.length;
      continue;
    }
    const short = control >> 5;
    const length = (short === LONG ? short + next() : short) + 2;
    const source = end - (((control & 0x1f) << 8) | next()) - 1;
    if (source < 0) wrong("a copy from before its beginning");
    if (end + length > most) wrong("more than its shape says");
    // what it copies may be what it has just written
    for (let k = 0; k < length; k++) out[end + k] = element(out, source + k);
    end += length;
  }
  return out.subarray(0, end);
}
