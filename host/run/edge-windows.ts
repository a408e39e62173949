/** A marker pin wired to a line of this computer: what lies between its edges, by the kernel's times, is a step. */
import type { StepWindow } from "../power/index.ts";
import { isEvents, type Sensor } from "../sensors/sensor.ts";

/** Reads until the sensor is closed. A pulse with an edge among those that were lost is none. */
export async function edgeWindows(
  sensor: Sensor,
  add: (window: StepWindow) => void,
): Promise<void> {
  let roseNs: bigint | null = null;
  for await (const block of sensor) {
    if (!isEvents(block)) continue;
    if (block.lostBefore > 0) roseNs = null;
    for (const [k, atNs] of block.timeNs.entries()) {
      const high = (block.value[k] as number) > 0;
      if (!high && roseNs !== null) {
        add({ fromNs: roseNs, toNs: atNs, ns: Number(atNs - roseNs) });
      }
      roseNs = high ? atNs : null;
    }
  }
}
