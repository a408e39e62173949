/** Parameters and starts that are drawn. */
import { expect, test } from "vitest";
import {
  lif,
  lognormal,
  network,
  normal,
  probability,
  uniform,
} from "../../../host/network/index.ts";
import { cell } from "../../support/networks.ts";

const drawn = (vInitial: ReturnType<typeof uniform>) => {
  const net = network({ name: "draws", seed: 5 });
  const all = net.population("all", 40_000, cell);
  net.start(all, vInitial);
  net.output("spikes", all);
  const [node] = net.graph().nodes;
  if (node?.kind !== "LIF" || typeof node.vInitial === "number") throw new Error("no draws");
  const x = node.vInitial;
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const sd = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length);
  return { x, mean, sd, min: Math.min(...x.slice(0, 30_000)) };
};

test("uniform, normal, bounded, lognormal: mean and spread", () => {
  const flat = drawn(uniform(-2, 4));
  expect(flat.mean).toBeCloseTo(1, 1);
  expect(flat.sd).toBeCloseTo(6 / Math.sqrt(12), 1);
  const bell = drawn(normal(3, 2));
  expect(Math.abs(bell.mean - 3)).toBeLessThan(0.04);
  expect(Math.abs(bell.sd - 2)).toBeLessThan(0.03);
  // half of a normal distribution: mean sd · √(2/π)
  const half = drawn(normal(0, 1, { min: 0 }));
  expect(half.min).toBeGreaterThanOrEqual(0);
  expect(Math.abs(half.mean - Math.sqrt(2 / Math.PI))).toBeLessThan(0.02);
  const logs = drawn(lognormal(2, 0.5)).x.map(Math.log);
  expect(Math.abs(logs.reduce((a, b) => a + b, 0) / logs.length - Math.log(2))).toBeLessThan(0.01);
});

test("a part of the starts, the others as they were", () => {
  const net = network({ name: "part" });
  const all = net.population("all", 4, lif({ tau: 0.02, vThreshold: 1, vInitial: 0.5 }));
  net.start(all.part("middle", 1, 3), [7, 8]);
  net.output("spikes", all);
  const [node] = net.graph().nodes;
  expect(node?.kind === "LIF" && node.vInitial).toEqual(Float64Array.of(0.5, 7, 8, 0.5));
});

test("the same seed gives the same bytes, another seed others, moved lines too", () => {
  const build = (seed: number, first = true) => {
    const net = network({ name: "seeded", seed });
    const all = net.population("all", 100, cell);
    if (first) net.start(all, uniform(0, 1));
    net.project(all, all, { connect: probability(0.1), weight: normal(1, 0.1) });
    if (!first) net.start(all, uniform(0, 1));
    net.output("spikes", all);
    return net.graph().source.sha256;
  };
  expect(build(1)).toBe(build(1));
  expect(build(2)).not.toBe(build(1));
  expect(build(1, false)).not.toBe(build(1));
  // on this machine as on every other
  expect(build(1)).toBe("d1141eaa55b89ae4319e9a03cfa48aef69ae5773621b4cb90eec98e64860f08e");
});
