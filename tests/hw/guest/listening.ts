/** A sensor as a program has it: opened with the real clock, what it says kept, its blocks taken one by one. */
import { setTimeout as sleep } from "node:timers/promises";
import type { SensorOptions } from "../../../host/sensors/open.ts";
import type { Block, EventBlock, Sensor } from "../../../host/sensors/sensor.ts";
import { waitInRealTime } from "../../../host/sensors/wait.ts";
import { systemClock } from "../../../host/units.ts";
import { within } from "./machine.ts";

export type Said = SensorOptions & { readonly said: string[] };

export function options(): Said {
  const said: string[] = [];
  return {
    said,
    clock: systemClock,
    waitUntil: waitInRealTime(systemClock),
    say: (line) => void said.push(line),
  };
}

export type LineEvent = { readonly value: number; readonly timeNs: bigint };

/** A line is looked at every 3 ms. */
const QUIET_MS = 1000;

/** Events of a line, one after another, and how many were lost before. */
export class Listening {
  readonly #sensor: Sensor<EventBlock>;
  readonly #blocks: AsyncIterator<EventBlock>;
  readonly #waiting: LineEvent[] = [];
  lost = 0;
  delivered = 0;

  constructor(sensor: Sensor<EventBlock>) {
    this.#sensor = sensor;
    this.#blocks = sensor[Symbol.asyncIterator]();
  }

  async next(): Promise<LineEvent> {
    while (this.#waiting.length === 0) await this.#take();
    this.delivered += 1;
    return this.#waiting.shift() as LineEvent;
  }

  /** All that is there: what happened before is in the kernel, and comes at once. */
  async rest(): Promise<LineEvent[]> {
    const events = [await this.next()];
    for (;;) {
      while (this.#waiting.length > 0) events.push(await this.next());
      const more = this.#take().then(() => true);
      if (!(await Promise.race([more, sleep(QUIET_MS, false)]))) {
        more.catch(() => {}); // the test is over when it ends
        return events;
      }
    }
  }

  async #take(): Promise<void> {
    const { value, done } = await within("an event", this.#blocks.next());
    if (done) throw new Error("the line ended");
    const { timeNs, value: values, lostBefore } = value as EventBlock;
    this.lost += lostBefore;
    values.forEach(
      (one, k) => void this.#waiting.push({ value: one, timeNs: timeNs[k] as bigint }),
    );
  }

  close = (): Promise<void> => this.#sensor.close();
}

/** So many samples of a sensor of samples, as blocks. */
export async function take(sensor: Sensor, samples: number): Promise<Block[]> {
  const blocks: Block[] = [];
  let taken = 0;
  const iterator = sensor[Symbol.asyncIterator]();
  while (taken < samples) {
    const { value, done } = await within(`${samples} samples`, iterator.next());
    if (done) throw new Error(`the sensor ended after ${taken} samples`);
    const block = value as Block;
    blocks.push(block);
    taken += block.values.length / block.channels;
  }
  return blocks;
}
