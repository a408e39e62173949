/** A list in bounded memory: where it is full every second one goes, and of those that come every second, fourth, … is kept. */
export class Thinned<T> {
  readonly #most: number;
  #items: T[] = [];
  #seen = 0;
  #stride = 1;

  /** @param most kept at a time, at least 2 */
  constructor(most: number) {
    this.#most = most;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  /** For how many each one stands. */
  get stride(): number {
    return this.#stride;
  }

  add(item: T): void {
    if (this.#seen++ % this.#stride !== 0) return;
    if (this.#items.length === this.#most) {
      this.#items = this.#items.filter((_, k) => k % 2 === 0);
      this.#stride *= 2;
      if ((this.#seen - 1) % this.#stride !== 0) return;
    }
    this.#items.push(item);
  }

  clear(): void {
    this.#items = [];
    this.#seen = 0;
    this.#stride = 1;
  }
}

/** Steps of a window: more say nothing new of their mean. */
export const MOST_STEPS = 1_000_000;
