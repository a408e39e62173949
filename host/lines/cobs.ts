/**
 * Consistent overhead byte stuffing: bytes written without zeros, so that a zero can end them. Cheshire and Baker 1999,
 * listings 1 and 2: each block begins with its length, and a zero follows every block but the last and those of 254.
 */

/** Bytes of a block that no zero follows, and the byte in front of it. */
const FULL = 0xff;

/** Bytes on the line for `length` bytes, at most. */
export const cobsBound = (length: number): number => length + Math.floor(length / 254) + 1;

/** Writes `bytes` stuffed to `to`, from `start`. Returns the position after them. */
export function cobsEncode(bytes: Uint8Array, to: Uint8Array, start: number): number {
  let head = start;
  let end = start + 1;
  for (let k = 0; k < bytes.length; k++) {
    const byte = bytes[k] as number;
    if (byte !== 0) to[end++] = byte;
    if (byte === 0 || end - head === FULL) {
      to[head] = end - head;
      head = end++;
    }
  }
  to[head] = end - head;
  return end;
}

/**
 * Takes stuffed bytes apart, in place. A last block of 254 bytes may be followed by an empty one or by nothing.
 *
 * @returns how many bytes they were, or -1 when a block is longer than what is there
 */
export function cobsDecode(bytes: Uint8Array, length: number): number {
  let end = 0;
  for (let from = 0; from < length; ) {
    const code = bytes[from++] as number;
    if (code === 0 || from + code - 1 > length) return -1;
    bytes.copyWithin(end, from, from + code - 1);
    end += code - 1;
    from += code - 1;
    if (code !== FULL && from < length) bytes[end++] = 0;
  }
  return end;
}
