/** Two days of samples over a line that fails; time is the test's own. */
import { expect, test } from "vitest";
import { stream } from "../../support/streaming.ts";

test("48 simulated hours at 10 samples a second, 1,000 disconnects: none lost, none twice, memory flat", async () => {
  const done = await stream({
    hours: 48,
    samplesPerSecond: 10,
    disconnects: 1000,
    damage: 0.002,
    late: 0.01,
  });
  console.log(done);
  expect(done.wrong).toBeNull();
  expect(done.samples).toBe(1_728_000);
  expect(done.stepsDone).toBe(done.samples);
  expect(done.disconnects).toBeGreaterThanOrEqual(1000);
  const [first = 0, ...later] = done.heapBytes.slice(1);
  expect(Math.max(...later) - first).toBeLessThan(16 * 2 ** 20);
});
