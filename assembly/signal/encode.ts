/** From the newest rows of features to the counts of spikes that a network takes in one of its steps. */

/** Spikes in what is left of an interval: Q10.22. */
const PLACES = 22;
/** A step of the network takes a byte; more is never owed. */
const MOST_DUE: u32 = 255 << PLACES;

/** Hops since the state began: 1 in the first that has a row, 2 in all later ones. Behind it the encoder is silent. */
export function nextHop(hops: usize): void {
  const next = load<i32>(hops) + 1;
  store<i32>(hops, min(next, 2));
}

/** As many hops as the first window takes to fill are not counted. */
export function beginHops(hops: usize, waiting: i32): void {
  store<i32>(hops, -waiting);
}

/**
 * Regular spikes at a rate: what a feature is worth in each step is added up, and whole spikes are given out. A feature
 * below `least` is worth nothing.
 *
 * @param features i8[n]
 * @param gain     spikes per step and int8 step, Q31.32; `offset` the same of a feature of 0
 * @param most     spikes of one channel and step, 1 … 255: more of them wait
 * @param due      u32[n], state, Q10.22
 * @param counts   u8[n]
 */
export function rateSpikes(
  features: usize,
  n: i32,
  least: i32,
  gain: i64,
  offset: i64,
  most: i32,
  hops: usize,
  due: usize,
  counts: usize,
): void {
  const silent = load<i32>(hops) < 1;
  for (const end = features + n; features < end; ++features) {
    let owed = load<u32>(due);
    const q = i32(load<i8>(features));
    if (!silent && q >= least) {
      const worth = (i64(q) * gain + offset) >> (32 - PLACES);
      owed = min(owed + u32(min(i64(MOST_DUE), max(i64(0), worth))), MOST_DUE);
    }
    const spikes = min(owed >> PLACES, u32(most));
    store<u32>(due, owed - (spikes << PLACES));
    store<u8>(counts, u8(spikes));
    due += 4;
    counts += 1;
  }
}

/** Where every feature is in its first row: nothing has changed. @param levels i32[n], Q16.16 */
export function firstLevels(features: usize, n: i32, hops: usize, levels: usize): void {
  if (load<i32>(hops) !== 1) return;
  for (const end = features + n; features < end; ++features) {
    store<i32>(levels, i32(load<i8>(features)) << 16);
    levels += 4;
  }
}

/**
 * ON spikes u8[n] of the features that rose, OFF spikes u8[n] behind them of those that fell.
 *
 * @param apart  between two levels, Q16.16, at least one step of int8
 * @param every  1: a spike for each level between, and the level moves by as many; 0: one spike, and the level is the feature
 * @param levels i32[n], state, Q16.16: within int8
 */
export function changeSpikes(
  features: usize,
  n: i32,
  apart: i32,
  every: i32,
  most: i32,
  hops: usize,
  levels: usize,
  counts: usize,
): void {
  const silent = load<i32>(hops) < 1;
  for (const end = features + n; features < end; ++features) {
    const value = i32(load<i8>(features)) << 16;
    const rise = silent ? 0 : value - load<i32>(levels);
    const spikes = min((rise < 0 ? -rise : rise) / apart, every ? most : 1);
    store<u8>(counts, rise > 0 ? u8(spikes) : 0);
    store<u8>(counts + n, rise < 0 ? u8(spikes) : 0);
    const moved = rise > 0 ? spikes * apart : -spikes * apart;
    if (!silent) store<i32>(levels, every ? load<i32>(levels) + moved : value);
    levels += 4;
    counts += 1;
  }
}

/** Spikes of a step u8[n] onto those of the hop, u8[n]: a hop has at most 255 steps. */
export function gather(spikes: usize, n: i32, sums: usize): void {
  for (const end = spikes + n; spikes < end; ++spikes) {
    store<u8>(sums, u8(i32(load<u8>(sums)) + i32(load<u8>(spikes))));
    sums += 1;
  }
}
