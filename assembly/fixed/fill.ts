/** Zeroes `bytes` bytes, a multiple of 8, at a multiple of 8. */
export function zero(at: usize, bytes: i32): void {
  for (const end = at + bytes; at < end; at += 8) store<i64>(at, 0);
}

/** Fills i32[n]. */
export function fillI32(at: usize, value: i32, n: i32): void {
  for (const end = at + (usize(n) << 2); at < end; at += 4) store<i32>(at, value);
}

/** Copies `bytes` bytes. */
export function copyBytes(from: usize, to: usize, bytes: i32): void {
  for (const end = from + bytes; from < end; ++from) store<u8>(to++, load<u8>(from));
}
