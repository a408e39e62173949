/** Which constants of a spiking network a board may leave in flash. */
import { expect, test } from "vitest";
import { networkByName } from "../../../../host/cli/networks.ts";
import { DEFAULT_OPTIONS } from "../../../../host/compiler/index.ts";
import { planSpiking } from "../../../../host/compiler/spiking/index.ts";
import type { SpikingGraph } from "../../../../host/model/spiking-graph.ts";
import { nativeKernelOf } from "../../../../host/module/kernels.ts";
import { randomSpiking } from "../../../support/random-spiking.ts";

const synfire = async (): Promise<SpikingGraph> => {
  const graph = await networkByName("net:synfire?neurons=120");
  if (graph.kind !== "spiking") throw new Error("net:synfire is a spiking network");
  return graph;
};

const MVP = { ...DEFAULT_OPTIONS, build: "mvp" } as const;

test("lists and weights that only native kernels read are the end of memory", async () => {
  const { layout } = planSpiking(await synfire(), MVP);
  const { rom, memUsed, segments, state } = layout;
  expect(rom?.bytes.length).toBeGreaterThan(1500);
  expect((rom?.ptr ?? 0) + (rom?.bytes.length ?? 0)).toBe(memUsed);
  expect((rom?.ptr ?? 1) % 16).toBe(0);
  expect(segments).toEqual([]);
  expect(rom?.ptr).toBeGreaterThan(state.ptr + state.len);
});

test("a constant that another kernel reads stays in RAM", () => {
  // with every kind of neuron there are kernels that boards have not
  const { layout } = planSpiking(randomSpiking(1), MVP);
  const { rom, segments, step } = layout;
  const from = rom?.ptr ?? layout.memUsed;
  const others = step.filter(({ kernel }) => nativeKernelOf(kernel) === undefined);
  expect(others.length).toBeGreaterThan(0);
  for (const { args } of others) {
    expect(args.filter((arg) => arg >= from && arg < layout.memUsed)).toEqual([]);
  }
  expect(segments.every(({ ptr, bytes }) => ptr + bytes.length <= from)).toBe(true);
});

test("for engines without native kernels, and with SIMD, all of it is memory", async () => {
  const graph = await synfire();
  for (const options of [
    { ...MVP, interpreted: true },
    { ...MVP, build: "simd" as const },
  ]) {
    const { layout } = planSpiking(graph, options);
    expect(layout.rom).toBeNull();
    expect(layout.segments.length).toBeGreaterThan(0);
  }
});
