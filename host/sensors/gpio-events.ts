/** From what a line's descriptor delivers to events: whole ones, in order, with what is missing between them. */
import { LINE_EVENT, LINE_EVENT_ID } from "../linux/gpio.ts";
import { readU32, readU64 } from "../linux/layout.ts";
import type { EventBlock } from "./sensor.ts";

type Open = { readonly lostBefore: number; readonly times: bigint[]; readonly values: number[] };

/**
 * Every event of a line has the number after the one before; a gap is what the kernel threw away because nobody read in
 * time. An event that comes after a later one was counted as lost already, and is not delivered: delivered + lost is
 * always what the kernel numbered.
 */
export class GpioEvents {
  private readonly part = new Uint8Array(LINE_EVENT.size);
  private filled = 0;
  /** the kernel numbers from 1, in 32 bits that wrap */
  private expected = 1;
  private lastNs: bigint | null = null;

  /** @returns one block for each run without a gap */
  take(bytes: Uint8Array): EventBlock[] {
    const runs: Open[] = [];
    for (let at = 0; at < bytes.length; ) {
      const taken = bytes.subarray(at, at + LINE_EVENT.size - this.filled);
      this.part.set(taken, this.filled);
      this.filled += taken.length;
      at += taken.length;
      if (this.filled < LINE_EVENT.size) break;
      this.filled = 0;
      this.event(runs);
    }
    return runs.map(({ lostBefore, times, values }) => ({
      timeNs: BigInt64Array.from(times),
      value: Float64Array.from(values),
      lostBefore,
    }));
  }

  private event(runs: Open[]): void {
    const { timestamp_ns, id, line_seqno } = LINE_EVENT.fields;
    const sequence = readU32(this.part, line_seqno);
    const ahead = (sequence - this.expected) >>> 0;
    if (ahead >= 2 ** 31) return;
    this.expected = (sequence + 1) >>> 0;
    // the kernel's clock does not go back; a driver that stamps late must not make it seem so
    const stampNs = readU64(this.part, timestamp_ns);
    const timeNs = this.lastNs !== null && stampNs < this.lastNs ? this.lastNs : stampNs;
    this.lastNs = timeNs;
    let run = runs.at(-1);
    if (!run || ahead > 0) {
      run = { lostBefore: ahead, times: [], values: [] };
      runs.push(run);
    }
    run.times.push(timeNs);
    run.values.push(readU32(this.part, id) === LINE_EVENT_ID.RISING_EDGE ? 1 : 0);
  }
}
