/** The distribution of how long inferences took, in bounded memory however many there are. */
import { at } from "../model/at.ts";
import { count, significant, table } from "../text.ts";

export type Latency = {
  readonly n: number;
  readonly minUs: number;
  readonly p10Us: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
};

/** 8 MB of samples; beyond it every second, every fourth, … is kept. */
const CAPACITY = 1 << 20;

export class LatencyRecorder {
  private readonly kept: Float64Array;
  private length = 0;
  /** one of this many is kept */
  private stride = 1;
  private n = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = 0;

  constructor(capacity: number = CAPACITY) {
    this.kept = new Float64Array(capacity);
  }

  add(us: number): void {
    if (us < this.min) this.min = us;
    if (us > this.max) this.max = us;
    if (this.n++ % this.stride !== 0) return;
    if (this.length === this.kept.length) this.thin();
    // after thinning, this one may no longer be due
    if ((this.n - 1) % this.stride === 0) this.kept[this.length++] = us;
  }

  /** null before the first sample. Count, minimum and maximum are exact; percentiles are of the kept samples. */
  summary(): Latency | null {
    if (this.n === 0) return null;
    const kept = distribution(this.kept.subarray(0, this.length));
    return { ...kept, n: this.n, minUs: this.min, maxUs: this.max };
  }

  private thin(): void {
    this.length = Math.ceil(this.length / 2);
    for (let k = 0; k < this.length; k++) this.kept[k] = this.kept[2 * k] as number;
    this.stride *= 2;
  }
}

/** Of times in µs, in any order, at least one. */
export function distribution(times: Float64Array | readonly number[]): Latency {
  const sorted = Float64Array.from(times).sort();
  const us = (share: number) => percentile(sorted, share);
  return {
    ...{ n: sorted.length, minUs: us(0), p10Us: us(0.1), p50Us: us(0.5) },
    ...{ p90Us: us(0.9), p99Us: us(0.99), maxUs: us(1) },
  };
}

/** Nearest rank of ascending values; 0 without values. */
export const percentile = (sorted: Float64Array, share: number): number =>
  sorted.length === 0 ? 0 : at(sorted, Math.max(0, Math.ceil(share * sorted.length) - 1));

export function latencyLines({ n, ...us }: Latency): string[] {
  const { minUs, p10Us, p50Us, p90Us, p99Us, maxUs } = us;
  return [
    `copy in, step, copy out: ${count(n)} timed, µs`,
    ...table(
      [
        ["min", "p10", "p50", "p90", "p99", "max"],
        [minUs, p10Us, p50Us, p90Us, p99Us, maxUs].map(significant),
      ],
      Array.from({ length: 6 }, () => "right" as const),
    ),
  ];
}
