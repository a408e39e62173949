/** channel=x or channel=0: one channel of several, by its name or from 0, for what takes one alone. */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import type { Uri } from "../uri.ts";
import { type Block, isEvents, type Sensor, type SensorChannel } from "./sensor.ts";

/**
 * The sensor with that channel alone, or as it is where the URI asks for none.
 *
 * @throws USAGE with the names there are; then the sensor is closed
 */
export async function chosenChannel(sensor: Sensor, { text, query }: Uri): Promise<Sensor> {
  const wanted = query.get("channel");
  if (wanted === undefined) return sensor;
  const { channels, ranges, ...rest } = sensor.describe();
  const index = indexOf(wanted, channels);
  if (index === null) {
    await sensor.close();
    const names = channels.map(({ name }) => name).join(", ");
    const numbers = channels.length > 1 ? `, or 0 to ${channels.length - 1}` : ", or 0";
    return fail("USAGE", text, `channel=${wanted}`, `one of ${names}${numbers}`);
  }
  return {
    ...{ uri: sensor.uri, name: sensor.name, evidence: sensor.evidence },
    describe: () => ({
      ...rest,
      channels: [at(channels, index)],
      ...(ranges && { ranges: [at(ranges, index)] }),
    }),
    close: () => sensor.close(),
    async *[Symbol.asyncIterator]() {
      for await (const block of sensor) yield isEvents(block) ? block : columnOf(block, index);
    },
  };
}

/** A name comes first: a table may have columns 2024 and 2025. */
function indexOf(wanted: string, channels: readonly SensorChannel[]): number | null {
  const named = channels.findIndex(({ name }) => name === wanted);
  if (named >= 0) return named;
  return /^\d+$/.test(wanted) && Number(wanted) < channels.length ? Number(wanted) : null;
}

function columnOf({ values, channels, ...rest }: Block, index: number): Block {
  const samples = values.length / channels;
  const column = Float64Array.from({ length: samples }, (_, k) => at(values, k * channels + index));
  return { ...rest, values: column, channels: 1 };
}
