/**
 * Kernels for a Cortex-M0+, before there is a port for one: in QEMU and in rp2040js their bytes are those of plain C, over
 * random shapes and corners, and in rp2040js their cycles are counted.
 */
import { expect } from "vitest";
import { missingFeature } from "../support/packages.mjs";
import { inQemu, inRp2040, m0Program, onThisComputer } from "../support/rp2040.ts";
import { testUnless } from "../support/skip.ts";

/** Most cycles for 1,000 products, requantisation included. */
const MOST: Readonly<Record<string, number>> = {
  "fc-192": 6200,
  "pointwise-64": 6000,
  "pointwise-64-bracket": 6000,
  "conv-16": 6000,
};

const digests = (printed: string): string[] => printed.match(/^digest \d+$/gm) ?? [];

testUnless(missingFeature("boards") ?? missingFeature("cc"))(
  "a Cortex-M0+ computes what C does, in at most 6 cycles a product",
  () => {
    const elf = m0Program();
    const wanted = onThisComputer();
    expect(wanted).not.toContain("refused");
    expect(digests(wanted)).toHaveLength(12);
    expect(digests(inQemu(elf))).toEqual(digests(wanted));
    const printed = inRp2040(elf);
    expect(digests(printed)).toEqual(digests(wanted));
    for (const [name, most] of Object.entries(MOST)) {
      const cycles = Number(printed.match(new RegExp(`^${name} (\\d+)$`, "m"))?.[1]);
      console.log(`Cortex-M0+, ${name}: ${cycles / 1000} cycles a product`);
      expect(cycles).toBeGreaterThan(4000);
      expect(cycles).toBeLessThanOrEqual(most);
    }
  },
);
