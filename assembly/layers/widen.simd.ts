import { FLIP, WIDE } from "./shape";

/** Stages eight neighbouring bytes. */
export function widen8(to: usize, from: usize): void {
  if (WIDE) v128.store(to, v128.load_ext<i8>(from));
  else if (FLIP) v128.store_lane<i64>(to, flipped(v128.load_zero<i64>(from)), 0);
  else store<u64>(to, load<u64>(from));
}

/** Stages n ≥ 1 neighbouring bytes, rounded up to 8, where they stay bytes to 16. */
export function widen(to: usize, from: usize, n: i32): void {
  const end = from + n;
  do {
    if (WIDE) {
      widen8(to, from);
      from += 8;
    } else {
      const bytes = v128.load(from);
      v128.store(to, FLIP ? flipped(bytes) : bytes);
      from += 16;
    }
    to += 16;
  } while (from < end);
}

/** x + 128 of sixteen bytes, which as unsigned ones are 0 … 255. */
function flipped(bytes: v128): v128 {
  return v128.xor(bytes, i8x16.splat(-128));
}
