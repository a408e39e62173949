import { count, SATURATIONS } from "../fixed/count";
import { leak } from "../fixed/leak";
import { slot } from "../fixed/ring";

/**
 * A synaptic current of CubaLI and CubaLIF, in the format of its population:
 *
 *     s ← clamp(s − κ·s + constant + arrived, −limit, limit)       total ← s, or total + s
 *
 * @param s          i32[n], |s| < 2^29
 * @param ring       i32[slots][n]: what has arrived is at `position`, |arrived| ≤ 2^30; left at 0
 * @param total      i32[n]: the sum of the receptors
 * @param first      1 for a population's first receptor, which starts the sum
 * @param parameters (mantissa i32, constant i32)[1 or n], |constant| ≤ 2^28
 * @param stride     bytes from one neuron's parameters to the next: 8, or 0 where all share them
 * @param shift      of κ, see fixed/leak.ts
 */
export function receptor(
  s: usize,
  ring: usize,
  position: usize,
  slots: i32,
  total: usize,
  first: i32,
  parameters: usize,
  stride: i32,
  shift: i32,
  limit: i32,
  n: i32,
  counters: usize,
): void {
  const arrived = slot(ring, position, 0, slots, n);
  receptorPart(s, arrived, total, first, parameters, stride, shift, limit, n, counters);
}

/** The same for n neurons in a row. @param arrived i32[n] */
export function receptorPart(
  s: usize,
  arrived: usize,
  total: usize,
  first: i32,
  parameters: usize,
  stride: i32,
  shift: i32,
  limit: i32,
  n: i32,
  counters: usize,
): void {
  let saturations: i64 = 0;
  for (const end = s + (usize(n) << 2); s < end; s += 4) {
    const before = load<i32>(s);
    const lost = leak(before, i64.load32_s(parameters), i64(shift));
    const exact = before - lost + load<i32>(parameters, 4) + load<i32>(arrived); // < 2^29 + 2^28 + 2^30
    const now = min(max(exact, -limit), limit);
    if (now !== exact) ++saturations;
    store<i32>(s, now);
    store<i32>(arrived, 0);
    store<i32>(total, (first ? 0 : load<i32>(total)) + now);
    arrived += 4;
    total += 4;
    parameters += stride;
  }
  if (saturations) count(counters + SATURATIONS, saturations);
}

/**
 * The input of IF, LI and LIF, which acts in its own step only: s ← clamp(constant + arrived). Arguments as above;
 * parameters are (0, constant).
 */
export function memoryless(
  s: usize,
  ring: usize,
  position: usize,
  slots: i32,
  total: usize,
  first: i32,
  parameters: usize,
  stride: i32,
  limit: i32,
  n: i32,
  counters: usize,
): void {
  let saturations: i64 = 0;
  let arrived = slot(ring, position, 0, slots, n);
  for (const end = s + (usize(n) << 2); s < end; s += 4) {
    const exact = load<i32>(parameters, 4) + load<i32>(arrived);
    const now = min(max(exact, -limit), limit);
    if (now !== exact) ++saturations;
    store<i32>(s, now);
    store<i32>(arrived, 0);
    store<i32>(total, (first ? 0 : load<i32>(total)) + now);
    arrived += 4;
    total += 4;
    parameters += stride;
  }
  if (saturations) count(counters + SATURATIONS, saturations);
}
