/** The counters of a module: four u64 (steps, spikes, synaptic events, saturations). */
export const SPIKES: usize = 8;
export const SYNAPTIC_EVENTS: usize = 16;
export const SATURATIONS: usize = 24;

export function count(counter: usize, n: i64): void {
  store<i64>(counter, load<i64>(counter) + n);
}
