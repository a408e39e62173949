import { expect, test } from "vitest";
import { distribution } from "../../host/run/latency.ts";
import { timed } from "./timing.ts";

test("percentiles are nearest ranks", () => {
  const samples = Array.from({ length: 100 }, (_, k) => 100 - k);
  expect(distribution(samples)).toEqual({
    n: 100,
    minUs: 1,
    p10Us: 10,
    p50Us: 50,
    p90Us: 90,
    p99Us: 99,
    maxUs: 100,
  });
});

test("candidates are sampled in turns for as long as was asked, and the slower one is slower", async () => {
  const order: number[] = [];
  const spin = (candidate: number, rounds: number) => () => {
    if (order.at(-1) !== candidate) order.push(candidate);
    let x = 1;
    for (let k = 0; k < rounds; ++k) x = Math.sqrt(x + k);
    return x;
  };
  const [fast, slow] = await timed([spin(0, 1_000), spin(1, 10_000)], 0.1);
  // warm-up of both, then at least one turn each; how many turns 0.1 s make is up to the machine's load
  expect(order.length).toBeGreaterThanOrEqual(4);
  expect((slow?.minUs ?? 0) / (fast?.minUs ?? 1)).toBeGreaterThan(3);
  expect(fast?.n).toBeGreaterThanOrEqual(2);
});
