import { count, SATURATIONS } from "../fixed/count";
import { slot } from "../fixed/ring";
import { leak } from "./leak.simd";
import { receptorPart } from "./receptor";
import { CONSTANT, FIRST, MANTISSA, RECEPTOR_LIMIT, SHIFT } from "./shape";

/** receptor.ts for neurons with shared parameters, four per step, and the same bytes. */
export function receptor(
  s: usize,
  ring: usize,
  position: usize,
  slots: i32,
  total: usize,
  parameters: usize,
  n: i32,
  counters: usize,
): void {
  let arrived = slot(ring, position, 0, slots, n);
  const limit = i32x4.splat(RECEPTOR_LIMIT);
  let saturations: i64 = 0;
  for (const end = s + (usize(n & -4) << 2); s < end; s += 16) {
    const before = v128.load(s);
    const kept = i32x4.add(i32x4.sub(before, leak(before, MANTISSA, SHIFT)), i32x4.splat(CONSTANT));
    const exact = i32x4.add(kept, v128.load(arrived));
    const now = i32x4.max_s(i32x4.min_s(exact, limit), i32x4.neg(limit));
    const held = i32x4.ne(now, exact);
    if (v128.any_true(held)) saturations += i64(popcnt(i32x4.bitmask(held)));
    v128.store(s, now);
    v128.store(arrived, i32x4.splat(0));
    v128.store(total, FIRST ? now : i32x4.add(v128.load(total), now));
    arrived += 16;
    total += 16;
  }
  if (saturations) count(counters + SATURATIONS, saturations);
  receptorPart(s, arrived, total, FIRST, parameters, 0, SHIFT, RECEPTOR_LIMIT, n & 3, counters);
}
