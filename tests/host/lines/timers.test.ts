/** Waits of any length: Node's own timers make a millisecond of what is longer than 24.8 days. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sleep } from "../../../host/cli/io.ts";
import { systemTimers } from "../../../host/lines/index.ts";
import { waitInRealTime } from "../../../host/sensors/wait.ts";

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** On which day a wait of so many is over; null: not within a hundred. */
async function dayOf(wait: (signal: AbortSignal) => Promise<void>): Promise<number | null> {
  let over = false;
  const ended = new AbortController();
  void wait(ended.signal).then(() => {
    over = true;
  });
  for (let day = 0; day <= 100; day++) {
    if (over) return day;
    await vi.advanceTimersByTimeAsync(DAY_MS);
  }
  ended.abort();
  return null;
}

const clock = () => ({ nowNs: () => BigInt(Date.now()) * 1_000_000n });

test.each([1, 24, 25, 49, 50, 75])("%i days are no less, and no more", async (days) => {
  expect(await dayOf((signal) => sleep((days * DAY_MS) / 1000, signal))).toBe(days);
  const untilNs = () => BigInt(Date.now() + days * DAY_MS) * 1_000_000n;
  expect(await dayOf((signal) => waitInRealTime(clock())(untilNs(), signal))).toBe(days);
});

test("what is for ever does not come; a signal ends it at once", async () => {
  expect(await dayOf((signal) => sleep(Number.POSITIVE_INFINITY, signal))).toBe(null);
  expect(vi.getTimerCount()).toBe(0);
  const ended = new AbortController();
  const waiting = sleep(1e7, ended.signal);
  await vi.advanceTimersByTimeAsync(30 * DAY_MS);
  ended.abort();
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
  await sleep(1e7, ended.signal);
});

test("a call that is called off in its second piece does not come", async () => {
  const call = vi.fn();
  const callOff = systemTimers.after(60 * DAY_MS, call);
  await vi.advanceTimersByTimeAsync(30 * DAY_MS);
  callOff();
  await vi.advanceTimersByTimeAsync(60 * DAY_MS);
  expect(call).not.toHaveBeenCalled();
});
