import { inWords } from "../fixed/words";

/**
 * Moves bytes towards the start of memory, where they may lie over their old place: what a window keeps of the last step.
 *
 *   at[k] = at[k + by], in the order of k
 *
 * @param at i8[by + n]
 * @param by 1 … 2^30
 * @param n  0 … 2^30
 */
export function slide(at: usize, by: i32, n: i32): void {
  const from = at + usize(by);
  const words = inWords(from, at, n);
  let k = 0;
  // eight bytes are read before they are written, and what is read later lies behind them
  for (; k < words; k += 8) store<u64>(at + k, load<u64>(from + k));
  for (; k < n; ++k) store<u8>(at + k, load<u8>(from + k));
}
