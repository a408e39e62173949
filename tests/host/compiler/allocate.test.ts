import { expect, test } from "vitest";
import { allocate, type Lifetime, liveBytes } from "../../../host/compiler/allocate.ts";
import { mulberry32 } from "../../../host/model/random.ts";

test("buffers alive together never overlap, and the bound is nearly met", () => {
  let [used, bound] = [0, 0];
  for (let seed = 1; seed <= 500; seed++) {
    const random = mulberry32(seed);
    const buffers: Lifetime[] = Array.from({ length: 1 + Math.floor(random() * 30) }, () => {
      const first = Math.floor(random() * 30);
      return { bytes: Math.ceil(random() * 1000), first, last: first + Math.floor(random() * 6) };
    });
    const { offsets, bytes } = allocate(buffers, 8);
    buffers.forEach((a, i) => {
      const start = offsets[i] ?? Number.NaN;
      expect(start % 8).toBe(0);
      expect(start + a.bytes).toBeLessThanOrEqual(bytes);
      buffers.slice(0, i).forEach((b, j) => {
        const other = offsets[j] ?? Number.NaN;
        const together = a.first <= b.last && b.first <= a.last;
        const apart = start + a.bytes <= other || other + b.bytes <= start;
        expect(!together || apart, `seed ${seed}: ${i} and ${j}`).toBe(true);
      });
    });
    used += bytes;
    bound += Math.max(...liveBytes(buffers, 40));
  }
  expect(used / bound).toBeLessThan(1.05);
});

test("a thousand buffers are placed at once", () => {
  const buffers = Array.from({ length: 1000 }, (_, k) => ({ bytes: 100, first: k, last: k + 1 }));
  expect(allocate(buffers, 8).bytes).toBe(208);
});

test("no buffers, no bytes", () => {
  expect(allocate([], 8)).toEqual({ offsets: [], bytes: 0 });
});
