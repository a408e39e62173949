/** rec:FILE[?source=N&from=SECONDS&speed=X]: one source of a recording, as it was or as fast as it is asked for. */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import type { SensorOptions } from "./open.ts";
import { firstTimeNs } from "./recording-format.ts";
import { RecordingReader } from "./recording-reader.ts";
import { type Block, type EventBlock, isEvents, type Sensor } from "./sensor.ts";

export async function openRecorded(
  uri: Uri,
  { clock, waitUntil, say }: SensorOptions,
): Promise<Sensor> {
  onlyKeys(uri, ["source", "from", "speed", "channel"]);
  const reader = await RecordingReader.open(uri.rest);
  const closed = new AbortController();
  const close = async () => {
    if (closed.signal.aborted) return;
    closed.abort();
    await reader.close();
  };
  try {
    const { sources, label } = reader.head;
    const number = numberOf(uri, "source", 0, [0, sources.length - 1]);
    if (!Number.isInteger(number)) fail("USAGE", uri.text, `source=${number}`, "a whole number");
    const fromNs = BigInt(Math.round(numberOf(uri, "from", 0, [0, 1e9]) * 1e9));
    const speed = numberOf(uri, "speed", 0, [0, 1e6]);
    const source = at(sources, number);
    const others = sources.length > 1 ? `, source ${number} of ${sources.length}` : "";
    const said = `recorded from ${source.uri}${others}${label === null ? "" : `, labelled ${label}`}`;
    say(`${uri.text}: ${said}`);

    async function* untilClosed(): AsyncGenerator<Block | EventBlock> {
      try {
        yield* blocks();
      } catch (error) {
        // who closes it while it reads wants no more, and has done nothing wrong
        if (!closed.signal.aborted) throw error;
      }
    }

    async function* blocks(): AsyncGenerator<Block | EventBlock> {
      const startNs = clock.nowNs();
      for await (const { source: k, block } of reader.records(fromNs)) {
        if (closed.signal.aborted) return;
        const firstNs = firstTimeNs(block);
        if (k !== number || firstNs === null || firstNs < fromNs) continue;
        if (speed > 0) {
          const due = startNs + BigInt(Math.round(Number(firstNs - fromNs) / speed));
          await waitUntil(due, closed.signal);
        }
        yield moved(block, startNs - fromNs);
      }
      if (reader.damagedBytes > 0) {
        say(`${uri.text}: the last ${reader.damagedBytes} bytes are no whole record`);
      }
    }

    return {
      ...{ uri: uri.text, name: `${source.name}, recorded`, evidence: said, close },
      describe: () => ({ channels: source.channels, sampleRateHz: source.sampleRateHz }),
      [Symbol.asyncIterator]: untilClosed,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The same block at a later time. */
const moved = (block: Block | EventBlock, ns: bigint): Block | EventBlock =>
  isEvents(block)
    ? { ...block, timeNs: block.timeNs.map((time) => time + ns) }
    : { ...block, timeNs: block.timeNs + ns };
