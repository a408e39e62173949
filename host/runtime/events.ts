/** Steps on the wire: as bytes, or as events where most bytes are zero. Bytes: firmware/README.md, "Requests". */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";

/** bytes of a count, and of an event */
const COUNT = 2;
const EVENT = 3;
/** instead of a count: more events than fit a frame */
const TOO_MANY = 0xffff;
/** an index is a u16 */
const INDICES = 65536;

export const FORM = { inputEvents: 1, outputEvents: 2 } as const;

/** Bytes of a row as events; more than any frame where it cannot be written so. */
export function eventBytes(row: Uint8Array): number {
  if (row.length > INDICES) return Number.POSITIVE_INFINITY;
  let active = 0;
  for (let k = 0; k < row.length; k++) if (row[k] !== 0) active++;
  return active < TOO_MANY ? COUNT + EVENT * active : Number.POSITIVE_INFINITY;
}

/** What eventBytes() would be for so many events. */
export const bytesOfEvents = (count: number): number => COUNT + EVENT * count;

/** Writes a row as events. Returns the position after it. */
export function writeEvents(row: Uint8Array, to: Uint8Array, start: number): number {
  let end = start + COUNT;
  let count = 0;
  for (let k = 0; k < row.length; k++) {
    const value = row[k] as number;
    if (value === 0) continue;
    to[end] = k & 0xff;
    to[end + 1] = k >>> 8;
    to[end + 2] = value;
    end += EVENT;
    count++;
  }
  to[start] = count & 0xff;
  to[start + 1] = count >>> 8;
  return end;
}

/**
 * Reads events into a row, which becomes zero everywhere else.
 *
 * @returns how many there were, or null when they were too many for a frame
 */
export function readEvents(bytes: Uint8Array, row: Uint8Array): number | null {
  const count = bytes.length < COUNT ? 0 : at(bytes, 0) | (at(bytes, 1) << 8);
  if (count === TOO_MANY) return null;
  if (bytes.length !== COUNT + EVENT * count) {
    fail("DEVICE_PROTOCOL", "STEP", `${bytes.length} bytes`, `${count} events`);
  }
  row.fill(0);
  // whole events, as the length says
  for (let k = COUNT; k < bytes.length; k += EVENT) {
    const index = (bytes[k] as number) | ((bytes[k + 1] as number) << 8);
    if (index >= row.length) {
      fail("DEVICE_PROTOCOL", "STEP", `an event at ${index}`, `below ${row.length}`);
    }
    row[index] = bytes[k + 2] as number;
  }
  return count;
}
