/**
 * How much a device's clock gains on ours. Its bytes come late and never early, so the least late ones of each second lie on a
 * line, and the line's slope is what the two clocks differ by: least squares over those seconds.
 */
import { t95 } from "./interval.ts";
import type { Figure } from "./meter.ts";

/** Two seconds make a line and tell nothing of how well it fits. */
const LEAST = 3;

export class Skew {
  /** of the second that goes on: by how much its least late burst was late, and when */
  #second: { readonly number: number; readonly seconds: number; readonly late: number } | null =
    null;
  #count = 0;
  #sums = { x: 0, y: 0, xx: 0, xy: 0, yy: 0 };

  /** @param device, host when the same thing happened, in seconds since any origin of each */
  add(device: number, host: number): void {
    const number = Math.floor(device);
    const late = host - device;
    if (this.#second?.number === number) {
      if (late < this.#second.late) this.#second = { number, seconds: device, late };
      return;
    }
    if (this.#second) this.#take(this.#second.seconds, this.#second.late);
    this.#second = { number, seconds: device, late };
  }

  /** In parts per million, with its 95 % interval; null before three whole seconds. Above 0: the device's clock is the faster one. */
  get ppm(): Figure | null {
    const n = this.#count;
    const { x, y, xx, xy, yy } = this.#sums;
    const spread = xx - (x * x) / n;
    if (n < LEAST || spread <= 0) return null;
    const slope = (xy - (x * y) / n) / spread;
    const residual = Math.max(0, yy - (y * y) / n - slope * slope * spread);
    // the slope is of its seconds, the gain is of ours; what comes later and later is sent by a clock that is slower
    const ours = 1 + slope;
    const half = (1e6 * t95(n - 2) * Math.sqrt(residual / (n - 2) / spread)) / (ours * ours);
    const value = (-1e6 * slope) / ours;
    return { value, low: value - half, high: value + half };
  }

  #take(x: number, y: number): void {
    this.#count += 1;
    const { x: sx, y: sy, xx, xy, yy } = this.#sums;
    this.#sums = { x: sx + x, y: sy + y, xx: xx + x * x, xy: xy + x * y, yy: yy + y * y };
  }
}
