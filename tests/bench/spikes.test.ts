import { expect, test } from "vitest";
import { distribution } from "../../host/run/latency.ts";
import { runInTurns } from "./runs.ts";
import type { SizeResult } from "./sizes.ts";
import { sizesSvg } from "./sizes-svg.ts";

test("engines run in turns, once to warm up and at least three times, and the shortest counts", () => {
  const order: string[] = [];
  const engine = (name: string, seconds: readonly number[]) => {
    let k = 0;
    return () => {
      order.push(name);
      const wallSeconds = seconds[k++] ?? 1;
      return { wallSeconds, cpuSeconds: wallSeconds };
    };
  };
  const [a, b] = runInTurns([engine("a", [0.1, 3, 2, 4]), engine("b", [0.1, 7, 8, 6])]);
  expect(order.join("")).toBe("abababab");
  expect([a?.wallSeconds, b?.wallSeconds]).toEqual([2, 6]);
});

test("more runs follow while none had its processor to itself, and they end", () => {
  let runs = 0;
  const disturbed = () => ({ wallSeconds: ++runs < 8 ? 2 : 1, cpuSeconds: 1 });
  expect(runInTurns([disturbed])[0]?.all.length).toBe(7);
  expect(runInTurns([() => ({ wallSeconds: 2, cpuSeconds: 1 })])[0]?.all.length).toBe(15);
});

test("the picture shows what fits and names what does not", () => {
  const fitting = (neurons: number, us: number, memoryBytes: number): SizeResult => ({
    ...{ synapsesPerNeuron: 10, neurons, synapses: 10 * neurons, refused: null },
    measured: {
      ...distribution([us]),
      ...{ steps: 1, spikesPerStep: 0, synapticEventsPerStep: 0 },
      ...{ memoryBytes, moduleBytes: 1, buildSeconds: 1 },
    },
  });
  const refused: SizeResult = {
    ...{ synapsesPerNeuron: 80, neurons: 1_000_000, synapses: null, measured: null },
    refused: { code: "MODEL_RANGE", reason: "too many" },
  };
  const svg = sizesSvg([fitting(100, 0.5, 1e4), fitting(1000, 5, 1e5), refused], "<a machine>");
  expect(svg.match(/<circle/g)).toHaveLength(4);
  expect(svg).toContain("1,000,000 neurons × 80: MODEL_RANGE");
  expect(svg).toContain("&#60;a machine&#62;");
  expect(svg).not.toContain("NaN");
});
