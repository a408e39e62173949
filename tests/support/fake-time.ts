/** Time that stands still until a test moves it: a clock and timers. */
import type { Timers } from "../../host/lines/timers.ts";

/** Of real time: a file that is read meanwhile comes late on a busy computer. */
const PATIENCE_MS = 60_000;

type Due = { readonly atNs: bigint; readonly number: number; readonly call: () => void };

export class FakeTime implements Timers {
  private now = 0n;
  private number = 0;
  private readonly due = new Set<Due>();
  private readonly lookNs: bigint;

  /** @param lookNs by so much it moves when it is looked at, where work shall take time */
  constructor(lookNs = 0n) {
    this.lookNs = lookNs;
  }

  nowNs = (): bigint => {
    this.now += this.lookNs;
    return this.now;
  };

  after = (ms: number, call: () => void): (() => void) => {
    const atNs = this.now + BigInt(Math.round(ms * 1e6));
    const one = { atNs, number: this.number++, call };
    this.due.add(one);
    return () => this.due.delete(one);
  };

  get waiting(): number {
    return this.due.size;
  }

  /** Moves to the next thing that is due and does it. False when nothing is. */
  next(): boolean {
    let first: Due | null = null;
    for (const one of this.due) {
      const earlier = first === null || one.atNs < first.atNs;
      if (earlier || (one.atNs === first?.atNs && one.number < first.number)) first = one;
    }
    if (first === null) return false;
    this.due.delete(first);
    if (first.atNs > this.now) this.now = first.atNs;
    first.call();
    return true;
  }

  /** Moves on by so much, doing what is due on the way. */
  pass(ms: number): void {
    const end = this.now + BigInt(Math.round(ms * 1e6));
    for (;;) {
      const times = [...this.due].map(({ atNs }) => atNs);
      if (!times.some((atNs) => atNs <= end)) break;
      this.next();
    }
    this.now = end;
  }

  /** Lets promises have their turn and moves to whatever they wait for, until `work` is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = () => {
      done = true;
    };
    work.then(end, end);
    for (let idleSince = performance.now(); !done; ) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (done) break;
      if (this.next()) idleSince = performance.now();
      else if (performance.now() - idleSince > PATIENCE_MS) {
        throw new Error("waits for something that no timer brings");
      }
    }
    return work;
  }
}
