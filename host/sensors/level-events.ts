/** Events of a source that tells levels alone: they wait here until somebody takes them, and repeats betray losses. */
import type { EventBlock } from "./sensor.ts";

/** Nobody reads for a long time: the oldest go, and are counted. */
const MOST_WAITING = 4096;

export class LevelEvents {
  private level: 0 | 1 | null;
  private readonly told: boolean;
  private waiting: { readonly timeNs: bigint; readonly value: 0 | 1; readonly lost: number }[] = [];
  private dropped = 0;

  /** @param level the first, where every change is told; null where one edge alone is, and repeats are the rule */
  constructor(level: 0 | 1 | null) {
    this.level = level;
    this.told = level !== null;
  }

  add(timeNs: bigint, value: 0 | 1): void {
    // twice the same level: it was another in between
    const lost = this.told && value === this.level ? 1 : 0;
    this.level = value;
    this.waiting.push({ timeNs, value, lost });
    if (this.waiting.length <= MOST_WAITING) return;
    const gone = this.waiting.shift();
    this.dropped += 1 + (gone?.lost ?? 0);
  }

  /** @returns what waits, as far as nothing is missing in it; null where nothing waits */
  take(): EventBlock | null {
    const [first] = this.waiting;
    if (!first) return null;
    const gap = this.waiting.findIndex(({ lost }, k) => k > 0 && lost > 0);
    const run = this.waiting.splice(0, gap < 0 ? this.waiting.length : gap);
    const lostBefore = this.dropped + first.lost;
    this.dropped = 0;
    return {
      timeNs: BigInt64Array.from(run, ({ timeNs }) => timeNs),
      value: Float64Array.from(run, ({ value }) => value),
      lostBefore,
    };
  }
}
