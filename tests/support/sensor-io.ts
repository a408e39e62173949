/** What sensors are opened with in tests: virtual time, and what they said. */
import type { SensorOptions } from "../../host/sensors/open.ts";
import { type Block, isEvents, type Sensor } from "../../host/sensors/sensor.ts";

export type SensorIo = SensorOptions & { readonly said: string[]; pass(ns: bigint): void };

/** Every wait ends at once, at the time that was waited for. */
export function sensorIo(): SensorIo {
  let nowNs = 1_000n;
  const said: string[] = [];
  return {
    said,
    pass(ns) {
      nowNs += ns;
    },
    clock: { nowNs: () => nowNs },
    async waitUntil(timeNs) {
      // others have their turn, as while one waits
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (timeNs > nowNs) nowNs = timeNs;
    },
    say: (line) => void said.push(line),
  };
}

/** All blocks until the sensor ends, or until there are so many samples. */
export async function allBlocks(
  sensor: Sensor,
  samples = Number.POSITIVE_INFINITY,
): Promise<Block[]> {
  const blocks: Block[] = [];
  let taken = 0;
  for await (const block of sensor) {
    if (isEvents(block)) throw new Error("events");
    blocks.push(block);
    taken += block.values.length / block.channels;
    if (taken >= samples) break;
  }
  return blocks;
}

export const valuesOf = (blocks: readonly Block[]): number[] =>
  blocks.flatMap(({ values }) => [...values]);

export const lostOf = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, { lostBefore }) => sum + lostBefore, 0);
