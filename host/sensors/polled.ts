/** Sensors that are asked: one sample every 1 / rate. A moment that passed before it could be asked is a lost sample. */
import type { Clock } from "../units.ts";
import { sampleTimeNs } from "./paced.ts";
import type { Block } from "./sensor.ts";
import type { WaitUntil } from "./wait.ts";

export type Poll = {
  readonly rateHz: number;
  readonly channels: number;
  readonly clock: Clock;
  readonly waitUntil: WaitUntil;
};

/** @param read one sample, a number for each channel */
export async function* polledBlocks(
  read: () => readonly number[],
  { rateHz, channels, clock, waitUntil }: Poll,
  closed: AbortSignal,
): AsyncGenerator<Block> {
  const startNs = clock.nowNs();
  const periodNs = 1e9 / rateHz;
  let lostBefore = 0;
  for (let k = 0; !closed.aborted; k++) {
    const late = Math.floor(Number(clock.nowNs() - sampleTimeNs(startNs, k, rateHz)) / periodNs);
    if (late > 0) {
      lostBefore += late;
      k += late;
    }
    await waitUntil(sampleTimeNs(startNs, k, rateHz), closed);
    if (closed.aborted) return;
    const timeNs = clock.nowNs();
    const values = Float64Array.from(read());
    yield { timeNs, values, channels, lostBefore };
    lostBefore = 0;
  }
}
