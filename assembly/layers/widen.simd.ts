import { WIDE } from "./shape";

/** Stages eight neighbouring bytes. */
export function widen8(to: usize, from: usize): void {
  if (WIDE) v128.store(to, v128.load_ext<i8>(from));
  else store<u64>(to, load<u64>(from));
}

/** Stages n ≥ 1 neighbouring bytes, rounded up to 8. */
export function widen(to: usize, from: usize, n: i32): void {
  const end = from + n;
  do {
    widen8(to, from);
    to += WIDE ? 16 : 8;
    from += 8;
  } while (from < end);
}
