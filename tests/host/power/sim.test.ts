/** A simulated meter that makes more readings a second than this computer has time for. */
import { expect, test } from "vitest";
import { openSimulatedMeter } from "../../../host/power/sim.ts";
import { waitInRealTime } from "../../../host/sensors/wait.ts";
import { parseUri, type Uri } from "../../../host/uri.ts";

const NEVER = new AbortController().signal;

/** A clock by which every look takes so long. */
function slow(lookNs: bigint) {
  let nowNs = 0n;
  return {
    nowNs: () => {
      nowNs += lookNs;
      return nowNs;
    },
  };
}

test("others have their turn, and what nobody could take is lost to the reading", async () => {
  // a look at the clock takes as long as a hundred readings
  const clock = slow(1_000_000n);
  const meter = openSimulatedMeter(parseUri("sim:pulses?rate=100000") as Uri, clock);
  // it begins at the first look
  let [turns, given, lost, lastNs] = [0, 0, 0, 1_000_000n];
  const others = setInterval(() => (turns += 1), 1);
  for await (const sample of meter.samples()) {
    given += 1;
    lost += sample.lost ?? 0;
    expect(sample.tNs - lastNs).toBe(10_000n * BigInt(1 + (sample.lost ?? 0)));
    lastNs = sample.tNs;
    if (given === 30_000) break;
  }
  clearInterval(others);
  await meter.close();
  expect(turns).toBeGreaterThan(0);
  expect(lost).toBeGreaterThan(0);
});

test("what is paced and behind gives others their turn, too", async () => {
  const waitUntil = waitInRealTime(slow(1n));
  let turns = 0;
  const others = setInterval(() => (turns += 1), 1);
  for (let k = 0; k < 20_000; k++) await waitUntil(0n, NEVER);
  clearInterval(others);
  expect(turns).toBeGreaterThan(0);
});
