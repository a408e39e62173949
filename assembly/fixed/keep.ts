/** What is written over in the next step, kept one after another. */
import { copyBytes } from "./fill";

/** Appends `bytes` bytes to those behind the eight at `kept`, whose first word counts them. */
export function keep(from: usize, bytes: i32, kept: usize): void {
  const there = load<i32>(kept);
  copyBytes(from, kept + 8 + usize(there), bytes);
  store<i32>(kept, there + bytes);
}
