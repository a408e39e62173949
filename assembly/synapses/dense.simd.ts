import { count, SYNAPTIC_EVENTS } from "../fixed/count";
import { EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { slot } from "../fixed/ring";
import { EXPONENT, TARGETS } from "./shape";

/** dense.ts with four targets per step: the same sums, which do not depend on their order. */
export function dense<W>(
  events: usize,
  weights: usize,
  ring: usize,
  position: usize,
  ahead: i32,
  slots: i32,
  counters: usize,
): void {
  const target = slot(ring, position, ahead, slots, TARGETS);
  const last = eventsEnd(events);
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    const factor = load<i32>(e, 4) << EXPONENT;
    let w = weights + usize(load<i32>(e)) * TARGETS * sizeof<W>();
    let t = target;
    for (const end = target + ((TARGETS & -4) << 2); t < end; t += 16) {
      const products = i32x4.mul(four<W>(w), i32x4.splat(factor));
      v128.store(t, i32x4.add(v128.load(t), products));
      w += 4 * sizeof<W>();
    }
    for (const end = target + (TARGETS << 2); t < end; t += 4) {
      store<i32>(t, load<i32>(t) + factor * i32(load<W>(w)));
      w += sizeof<W>();
    }
  }
  const met = load<i32>(events);
  if (met) count(counters + SYNAPTIC_EVENTS, i64(met) * TARGETS);
}

/** Four weights as i32. */
function four<W>(w: usize): v128 {
  if (sizeof<W>() === 2) return v128.load_ext<i16>(w);
  return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(w)));
}
