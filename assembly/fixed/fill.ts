/** Zeroes `bytes` bytes, eight at a time from the first multiple of eight on: boards fault at other addresses. */
export function zero(at: usize, bytes: i32): void {
  const end = at + bytes;
  for (; at & 7 && at < end; ++at) store<u8>(at, 0);
  for (const whole = at + (usize(end - at) & -32); at < whole; at += 32) {
    store<i64>(at, 0);
    store<i64>(at, 0, 8);
    store<i64>(at, 0, 16);
    store<i64>(at, 0, 24);
  }
  for (const words = at + (usize(end - at) & -8); at < words; at += 8) store<i64>(at, 0);
  for (; at < end; ++at) store<u8>(at, 0);
}

/** Fills i32[n]. */
export function fillI32(at: usize, value: i32, n: i32): void {
  for (const end = at + (usize(n) << 2); at < end; at += 4) store<i32>(at, value);
}

/** Copies `bytes` bytes. */
export function copyBytes(from: usize, to: usize, bytes: i32): void {
  for (const end = from + bytes; from < end; ++from) store<u8>(to++, load<u8>(from));
}
