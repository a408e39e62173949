/**
 * Saturations node by node: kernels count into one counter, and this books to a node what has come since the last call.
 *
 * @param booked u64: of all, what is booked already
 * @param own    u64: the node's
 */
import { SATURATIONS } from "./count";

export function book(counters: usize, booked: usize, own: usize): void {
  const all = load<u64>(counters + SATURATIONS);
  store<u64>(own, load<u64>(own) + all - load<u64>(booked));
  store<u64>(booked, all);
}
