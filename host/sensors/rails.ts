/**
 * A converter stuck at a rail: a channel that gives the lowest or the highest number there is, again and again, is a loose
 * wire or an input beyond its range, not a measurement. Told once for each channel and end; the samples go on.
 */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import type { Uri } from "../uri.ts";
import {
  type Block,
  type Description,
  type EventBlock,
  isEvents,
  type Range,
  type Sensor,
} from "./sensor.ts";

/** Both must have passed: a sound touches its ends for a moment, a slow sensor may have nothing else to say. */
const LEAST_SECONDS = 1;
const LEAST_SAMPLES = 50;

/** range=LOW:HIGH of a source that cannot know what its numbers come from. @throws USAGE */
export function rangeOf({ text, query }: Uri): Range | null {
  const written = query.get("range");
  if (written === undefined) return null;
  const ends = written.split(":").map((end) => (end.trim() === "" ? Number.NaN : Number(end)));
  const [low, high] = ends;
  if (ends.length === 2 && low !== undefined && high !== undefined && low < high) {
    return [low, high];
  }
  return fail("USAGE", text, `range=${written}`, "LOW:HIGH, such as range=0:1023");
}

/** The same range for each of so many channels, where there is one. */
export const rangesOf = (range: Range | null, channels: number): Pick<Description, "ranges"> =>
  range === null ? {} : { ranges: Array.from({ length: channels }, () => range) };

/** The same sensor, whose channels with a range are watched. */
export function watchRails(sensor: Sensor, warn: (line: string) => void): Sensor {
  const { channels, sampleRateHz, ranges = [] } = sensor.describe();
  if (ranges.every((range) => range === null)) return sensor;
  const least = Math.max(LEAST_SAMPLES, Math.ceil(LEAST_SECONDS * (sampleRateHz ?? 0)));
  const watches = ranges.flatMap((range, k) =>
    range === null
      ? []
      : [{ k, name: at(channels, k).name, range, run: 0, end: 0, told: new Set<number>() }],
  );

  function look(block: Block | EventBlock): void {
    if (isEvents(block)) return;
    for (const watch of watches) {
      const [low, high] = watch.range;
      for (let k = watch.k; k < block.values.length; k += block.channels) {
        const value = block.values[k] as number;
        if (value > low && value < high) {
          watch.run = 0;
          continue;
        }
        const end = value <= low ? low : high;
        watch.run = end === watch.end ? watch.run + 1 : 1;
        watch.end = end;
        if (watch.run < least || watch.told.has(end)) continue;
        watch.told.add(end);
        const which = end === low ? "lowest" : "highest";
        warn(
          `${sensor.uri}: ${watch.name} is stuck at ${Number(end.toPrecision(6))}, the ${which} value there is, for ` +
            `${least} samples: look at its wiring, and at what it measures`,
        );
      }
    }
  }

  return {
    uri: sensor.uri,
    get name() {
      return sensor.name;
    },
    get evidence() {
      return sensor.evidence;
    },
    describe: () => sensor.describe(),
    close: () => sensor.close(),
    async *[Symbol.asyncIterator]() {
      for await (const block of sensor) {
        look(block);
        yield block;
      }
    },
  };
}
