import { WIDE } from "./shape";

/** Stages n ≥ 1 neighbouring bytes, rounded up to 8. */
export function widen(to: usize, from: usize, n: i32): void {
  const end = from + n;
  do {
    if (WIDE) {
      v128.store(to, v128.load_ext<i8>(from));
      to += 16;
    } else {
      store<u64>(to, load<u64>(from));
      to += 8;
    }
    from += 8;
  } while (from < end);
}
