/** A simulated day of five serial sensors, 10 Hz to 1 kHz, with more than 1,000 faults: nothing unaccounted, memory flat. */
import { expect, test } from "vitest";
import { endure, FAULTS } from "../../support/endurance.ts";

const DAY_SECONDS = 86_400;
const MEGABYTE = 2 ** 20;

test("24 hours", async () => {
  const { tallies, faults, heap } = await endure(DAY_SECONDS, 300);
  const all = FAULTS.reduce((sum, fault) => sum + faults[fault], 0);
  console.log(`${all} faults: ${FAULTS.map((fault) => `${faults[fault]} ${fault}`).join(", ")}`);
  for (const { name, made, delivered, lost } of tallies) {
    console.log(`${name}: ${made} made = ${delivered} delivered + ${lost} lost`);
  }
  const [early, late] = heap.map((bytes) => bytes / MEGABYTE) as [number, number];
  console.log(`heap ${early.toFixed(1)} MB after a tenth, ${late.toFixed(1)} MB at the end`);
  expect(all).toBeGreaterThanOrEqual(1000);
  for (const { name, made, delivered, lost, wrong } of tallies) {
    expect({ name, sum: delivered + lost, wrong }).toEqual({ name, sum: made, wrong: 0 });
  }
  expect(late - early).toBeLessThan(4);
});
