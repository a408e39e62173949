/** What a meter on a pseudo-terminal says, and what it has heard. */
import type { PowerMeter, PowerSample } from "../../host/power/meter.ts";

/** So many readings, or those before its stream ended, and the error that ended it. */
export async function read(meter: PowerMeter, most: number) {
  const samples: PowerSample[] = [];
  let error: unknown = null;
  try {
    for await (const sample of meter.samples()) {
      samples.push(sample);
      if (samples.length >= most) break;
    }
  } catch (caught) {
    error = caught;
  }
  return { samples, error };
}

export async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}
