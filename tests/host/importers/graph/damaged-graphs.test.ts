/** A seeded part of damaged-graphs.long.test.ts. */
import { expect, test } from "vitest";
import { fuzzGraphs, soundDocuments } from "../../../support/graph-fuzz.ts";

const { first, second } = soundDocuments();

test("300 damaged documents of version 1: planned or refused with a code; 3 survivors run", async () => {
  const { failures, ...outcome } = await fuzzGraphs(first, 300, 3);
  console.log(outcome);
  expect(failures).toEqual([]);
  for (const code of ["works", "MODEL_FORMAT", "MODEL_SHAPE"]) {
    expect(outcome.counts.get(code) ?? 0, code).toBeGreaterThan(0);
  }
}, 600_000);

test("1,500 damaged documents of version 2: planned or refused with a code; 8 survivors run", async () => {
  const { failures, ...outcome } = await fuzzGraphs(second, 1500, 8);
  console.log(outcome);
  expect(failures).toEqual([]);
  for (const code of ["works", "MODEL_FORMAT", "MODEL_SHAPE", "MODEL_RANGE", "MODEL_OP"]) {
    expect(outcome.counts.get(code) ?? 0, code).toBeGreaterThan(0);
  }
  expect(outcome.ran.get("works")).toBeGreaterThan(0);
}, 600_000);
