/** Instruments that are asked: a reading every so often, from a file, a bus or a program. */
import { TwentyWattError } from "../errors.ts";
import type { Clock } from "../units.ts";
import type { PowerFacts, PowerMeter, PowerSample } from "./meter.ts";
import { SampleQueue } from "./sample-queue.ts";

/** Calls `tick` every `ms` until the returned function is called. */
export type Every = (ms: number, tick: () => void) => () => void;

/** Does not keep the process alive. */
export const inBackground: Every = (ms, tick) => {
  const timer = setInterval(tick, ms);
  timer.unref();
  return () => clearInterval(timer);
};

/** What one question brings: power at that moment. */
export type Asked = Pick<PowerSample, "watts" | "volts" | "amps">;

export type Poll = {
  readonly clock: Clock;
  readonly every: Every;
  readonly periodMs: number;
  /** raises a problem where there is no reading; a question that still waits when the next is due is not asked twice */
  readonly ask: () => Asked | Promise<Asked>;
  readonly close: () => void | Promise<void>;
};

/** One bad transaction is a lost reading; so many in a row, and the instrument has gone. What says that it has is believed at once. */
const MOST_FAILURES = 10;

/** Readings of a moment: the trapezoid between two of them, and a gap where one was lost. */
export function polledMeter(
  facts: PowerFacts,
  { clock, every, periodMs, ask, close }: Poll,
): PowerMeter {
  const queue = new SampleQueue();
  let stopPolling: (() => void) | null = null;
  let asking = false;
  let closed = false;
  let failures = 0;

  const came = (fromNs: bigint, asked: Asked): void => {
    // the reading was taken at some moment of the question
    const tNs = (fromNs + clock.nowNs()) / 2n;
    queue.push({ ...asked, tNs, lost: failures });
    failures = 0;
  };
  const failed = (error: unknown): void => {
    failures += 1;
    const coded = error instanceof TwentyWattError && error.code !== "METER_LOST";
    if (coded && failures < MOST_FAILURES) return;
    stopPolling?.();
    queue.end(error);
  };
  const wait = (fromNs: bigint, answer: Promise<Asked>): void => {
    asking = true;
    answer
      .then((asked) => came(fromNs, asked))
      .catch(failed)
      .finally(() => {
        asking = false;
      });
  };
  const poll = (): void => {
    if (asking || closed) return;
    const fromNs = clock.nowNs();
    try {
      const asked = ask();
      if (asked instanceof Promise) wait(fromNs, asked);
      else came(fromNs, asked);
    } catch (error) {
      failed(error);
    }
  };
  return {
    facts,
    samples() {
      if (stopPolling === null) {
        stopPolling = every(periodMs, poll);
        poll();
      }
      return queue;
    },
    async close() {
      if (closed) return;
      closed = true;
      stopPolling?.();
      queue.end();
      await close();
    },
  };
}
