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
  Number.isInteger(sampleRateHz)
    ? startNs + (BigInt(k) * 1_000_000_000n) / BigInt(sampleRateHz)
    : startNs + BigInt(Math.round(k * (1e9 / sampleRateHz)));

/** One channel, endless until closed: what was taken of the last block is a block, too. */
export async function* pacedBlocks(
  next: () => number,
  { sampleRateHz, blockLength, clock, waitUntil }: Pace,
  closed: AbortSignal,
): AsyncGenerator<Block> {
  const startNs = clock.nowNs();
  for (let k = 0; !closed.aborted; k += blockLength) {
    const values = Float64Array.from({ length: blockLength }, next);
    await waitUntil(sampleTimeNs(startNs, k + blockLength, sampleRateHz), closed);
    const passed = Math.floor((Number(clock.nowNs() - startNs) * sampleRateHz) / 1e9);
    const taken = closed.aborted ? Math.min(blockLength, passed - k) : blockLength;
    if (taken <= 0) return;
    const timeNs = sampleTimeNs(startNs, k, sampleRateHz);
    yield { timeNs, values: values.subarray(0, taken), channels: 1, lostBefore: 0 };
  }
}
