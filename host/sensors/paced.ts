/** Simulated samples at their own pace: a block is there when its last sample has been taken. */
import type { Clock } from "../units.ts";
import type { Block } from "./sensor.ts";
import type { WaitUntil } from "./wait.ts";

export type Pace = {
  readonly sampleRateHz: number;
  /** samples per block */
  readonly blockLength: number;
  readonly clock: Clock;
  readonly waitUntil: WaitUntil;
};

/** When sample k of a source that began at startNs was taken. */
export const sampleTimeNs = (startNs: bigint, k: number, sampleRateHz: number): bigint =>
  startNs + (BigInt(k) * 1_000_000_000n) / BigInt(sampleRateHz);

/** One channel, endless until closed. */
export async function* pacedBlocks(
  next: () => number,
  { sampleRateHz, blockLength, clock, waitUntil }: Pace,
  closed: AbortSignal,
): AsyncGenerator<Block> {
  const startNs = clock.nowNs();
  for (let k = 0; !closed.aborted; k += blockLength) {
    const values = Float64Array.from({ length: blockLength }, next);
    await waitUntil(sampleTimeNs(startNs, k + blockLength, sampleRateHz), closed);
    if (closed.aborted) return;
    yield { timeNs: sampleTimeNs(startNs, k, sampleRateHz), values, channels: 1, lostBefore: 0 };
  }
}
