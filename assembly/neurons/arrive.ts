import { slot } from "../fixed/ring";

/** What is due in this step joins the currents: s ← s + arrived, arrived ← 0. Both i32[n], |sum| < 2^31. */
export function arrive(s: usize, ring: usize, position: usize, slots: i32, n: i32): void {
  let arrived = slot(ring, position, 0, slots, n);
  for (const end = s + (usize(n) << 2); s < end; s += 4) {
    const more = load<i32>(arrived);
    if (more) {
      store<i32>(s, load<i32>(s) + more);
      store<i32>(arrived, 0);
    }
    arrived += 4;
  }
}
