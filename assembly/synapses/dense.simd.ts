import { count, SYNAPTIC_EVENTS } from "../fixed/count";
import { EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { slot } from "../fixed/ring";
import { EXPONENT, TARGETS } from "./shape";

/** dense.ts with four targets per step: the same sums, which do not depend on their order. */
export function dense(
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
    let w = weights + ((usize(load<i32>(e)) * TARGETS) << 1);
    let t = target;
    for (const end = target + ((TARGETS & -4) << 2); t < end; t += 16) {
      const products = i32x4.mul(v128.load_ext<i16>(w), i32x4.splat(factor));
      v128.store(t, i32x4.add(v128.load(t), products));
      w += 8;
    }
    for (const end = target + (TARGETS << 2); t < end; t += 4) {
      store<i32>(t, load<i32>(t) + factor * load<i16>(w));
      w += 2;
    }
  }
  const met = load<i32>(events);
  if (met) count(counters + SYNAPTIC_EVENTS, i64(met) * TARGETS);
}
