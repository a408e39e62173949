/**
 * Offline memory allocation: every buffer's size and lifetime is known, so offsets are chosen once, at compile time.
 * The problem is NP-hard (dynamic storage allocation); first fit over a few good orders meets the lower bound on nearly
 * every real network, and the search ends as soon as it does.
 */
import { at } from "../model/at.ts";

/** A buffer that lives from step `first` to step `last`, both inclusive. */
export type Lifetime = { readonly bytes: number; readonly first: number; readonly last: number };

export type Allocation = {
  /** one per buffer, multiples of `align` */
  readonly offsets: readonly number[];
  /** bytes from offset 0 to the end of the last buffer */
  readonly bytes: number;
};

/** Live bytes of every step 0 … steps − 1; their maximum is the lower bound of any allocation. */
export function liveBytes(buffers: readonly Lifetime[], steps: number): number[] {
  const change = new Array<number>(steps + 1).fill(0);
  for (const { bytes, first, last } of buffers) {
    change[first] = at(change, first) + bytes;
    change[last + 1] = at(change, last + 1) - bytes;
  }
  let live = 0;
  return change.slice(0, steps).map((delta) => {
    live += delta;
    return live;
  });
}

type Order = (a: Lifetime, b: Lifetime) => number;
const duration = (b: Lifetime): number => b.last - b.first + 1;
const ORDERS: readonly Order[] = [
  (a, b) => b.bytes - a.bytes || a.first - b.first,
  (a, b) => b.bytes - a.bytes || duration(b) - duration(a),
  (a, b) => b.bytes * duration(b) - a.bytes * duration(a),
  (a, b) => duration(b) - duration(a) || b.bytes - a.bytes,
  (a, b) => a.first - b.first || b.bytes - a.bytes,
  (a, b) => b.last - a.last || b.bytes - a.bytes,
];

/** Buffers beyond which only the first order is tried: first fit is quadratic. */
const MANY = 500;
/** Swaps tried when no order meets the lower bound. */
const SWAPS = 300;

/** The best allocation found. Deterministic. */
export function allocate(buffers: readonly Lifetime[], align: number): Allocation {
  const padded = buffers.map((b) => ({ ...b, bytes: Math.ceil(b.bytes / align) * align }));
  const steps = padded.reduce((end, b) => Math.max(end, b.last + 1), 0);
  const bound = liveBytes(padded, steps).reduce((a, b) => Math.max(a, b), 0);

  let best: Allocation = { offsets: [], bytes: Number.POSITIVE_INFINITY };
  let bestOrder: number[] = [];
  const attempt = (order: number[]): void => {
    const found = firstFit(padded, order);
    if (found.bytes < best.bytes) {
      best = found;
      bestOrder = order;
    }
  };
  for (const compare of padded.length > MANY ? ORDERS.slice(0, 1) : ORDERS) {
    attempt(padded.map((_, k) => k).sort((a, b) => compare(at(padded, a), at(padded, b)) || a - b));
    if (best.bytes === bound) return best;
  }
  if (padded.length > MANY) return best;

  // a multiplicative congruential generator (Park and Miller): the same swaps on every machine
  let seed = 1;
  const below = (n: number): number => {
    seed = (seed * 48271) % 0x7fffffff;
    return seed % n;
  };
  for (let k = 0; k < SWAPS && best.bytes > bound; k++) {
    const order = [...bestOrder];
    const [i, j] = [below(order.length), below(order.length)];
    [order[i], order[j]] = [at(order, j), at(order, i)];
    attempt(order);
  }
  return best;
}

/** Places the buffers in this order, each at the lowest offset free during its whole life. */
function firstFit(buffers: readonly Lifetime[], order: readonly number[]): Allocation {
  const offsets = new Array<number>(buffers.length).fill(0);
  const placed = new Placed();
  let end = 0;
  for (const k of order) {
    const buffer = at(buffers, k);
    let offset = 0;
    const others = placed.during(buffer).filter((other) => {
      const neighbour = at(buffers, other);
      return neighbour.first <= buffer.last && neighbour.last >= buffer.first;
    });
    // of equal offsets whichever comes first: both are passed, or neither
    others.sort((a, b) => at(offsets, a) - at(offsets, b) || a - b);
    for (const other of others) {
      const neighbour = at(buffers, other);
      const start = at(offsets, other);
      if (start >= offset + buffer.bytes) break;
      offset = Math.max(offset, start + neighbour.bytes);
    }
    offsets[k] = offset;
    end = Math.max(end, offset + buffer.bytes);
    placed.add(k, buffer);
  }
  return { offsets, bytes: end };
}

/** Steps of a stretch: most buffers live in one or two, and meet those of no other. */
const STRETCH = 16;

/** Buffers that have a place, by the stretches of steps that they live in. */
class Placed {
  readonly #stretches: number[][] = [];

  add(k: number, { first, last }: Lifetime): void {
    for (let s = Math.floor(first / STRETCH); s <= Math.floor(last / STRETCH); s++) {
      const found = this.#stretches[s];
      if (found) found.push(k);
      else this.#stretches[s] = [k];
    }
  }

  /** Each once: all that may live at the same time as this one, and a few more. */
  during({ first, last }: Lifetime): number[] {
    const [from, to] = [Math.floor(first / STRETCH), Math.floor(last / STRETCH)];
    if (from === to) return [...(this.#stretches[from] ?? [])];
    const found = new Set<number>();
    for (let s = from; s <= to; s++) for (const k of this.#stretches[s] ?? []) found.add(k);
    return [...found];
  }
}
