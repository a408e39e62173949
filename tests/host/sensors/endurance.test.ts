/** Twenty simulated minutes of five serial sensors with a fault every few seconds: delivered + lost = made, for each. */
import { expect, test } from "vitest";
import { endure, FAULTS } from "../../support/endurance.ts";

test("every sample of five sensors is delivered, or counted as lost", async () => {
  const { tallies, faults } = await endure(1200, 20);
  for (const { name, made, delivered, lost, wrong } of tallies) {
    expect({ name, sum: delivered + lost, wrong }).toEqual({ name, sum: made, wrong: 0 });
    expect(lost).toBeGreaterThan(made / 100);
    expect(lost).toBeLessThan(made / 2);
  }
  for (const fault of FAULTS) expect([fault, faults[fault] > 10]).toEqual([fault, true]);
});
