/**
 * What a quantised network says of itself: units, errors, headroom, what is proven. By hand, from the numbers of
 * one-layer.ts: κ = 2^−6, weights that pass as they are, counts up to 255.
 */
import { describe, expect, test } from "vitest";
import type { NeuronNode, SpikingGraph, SynapseNode } from "../../../host/model/spiking-graph.ts";
import type { ConstantProjection } from "../../../host/spiking/fixed-network.ts";
import {
  cubaLif,
  DT,
  KAPPA,
  layer,
  li,
  lif,
  quantised,
  receptor,
  TAU,
} from "../../support/one-layer.ts";

const LIMIT = 2 ** 29 - 1;
const HALF = 2 * DT;

const reportOf = (graph: SpikingGraph, weights: "i16" | "i8" = "i16") => {
  const [population] = quantised(graph, weights).report.populations;
  if (!population) throw new Error("no population");
  return population;
};
const populationOf = (graph: SpikingGraph, weights: "i16" | "i8" = "i16") => {
  const [, event] = quantised(graph, weights).events;
  if (event?.kind !== "population") throw new Error("no population");
  return event.population;
};
const projectionsOf = (graph: SpikingGraph, weights: "i16" | "i8" = "i16") => {
  const { projections, report } = quantised(graph, weights);
  const constants = projections.filter((p): p is ConstantProjection => p.rule === null);
  return constants.map((fixed, k) => ({ fixed, report: report.projections[k] }));
};

describe("populations", () => {
  test("one unit, and what a step rounds: half a unit for each product", () => {
    const products = (cells: NeuronNode) => {
      const { fractionBits, resolution, roundingPerStep } = reportOf(
        layer({ cells, weights: [1 / 8] }),
      );
      expect(resolution).toBe(2 ** -fractionBits);
      return roundingPerStep / (0.5 * resolution);
    };
    const cuba = (...tau: number[]) =>
      cubaLif(1, { receptors: tau.map((t, k) => receptor(`r${k}`, t)) });
    expect(products(lif())).toBe(1);
    expect(products(li())).toBe(1);
    expect(products(cuba(2 ** -6))).toBe(2);
    // a current that is gone after its step is no product
    expect(products(cuba(DT))).toBe(1);
    const fires = { vThreshold: 1, vReset: 0, refractorySeconds: 0 };
    const driven = { r: 1 / DT, current: 0, vInitial: 0 };
    expect(products({ name: "cells", kind: "IF", shape: [1], ...driven, ...fires })).toBe(0);
  });

  test("the largest relative error of its decay factors, its own and its receptors'", () => {
    const relative = (kappa: number, bits: number) => {
      let shift = 60;
      while (Math.round(kappa * 2 ** shift) >= 2 ** bits) shift--;
      return Math.abs(Math.round(kappa * 2 ** shift) / 2 ** shift / kappa - 1);
    };
    const errorOf = (tau: number, tauSyn: number) =>
      reportOf(
        layer({
          cells: cubaLif(1, { tauMem: tau, receptors: [receptor("exc", tauSyn)] }),
          weights: [1 / 8],
        }),
      ).decayError;
    expect(reportOf(layer({ cells: lif(), weights: [1 / 8] })).decayError).toBe(0);
    expect(errorOf(TAU, TAU)).toBe(0);
    expect(errorOf(7 * DT, TAU)).toBeCloseTo(relative(1 / 7, 31), 14);
    expect(errorOf(TAU, 11 * DT)).toBeCloseTo(relative(1 / 11, 31), 14);
    const both = Math.max(relative(1 / 7, 31), relative(1 / 11, 31));
    expect(errorOf(7 * DT, 11 * DT)).toBeCloseTo(both, 14);
    expect(relative(1 / 7, 31)).not.toBe(relative(1 / 11, 31));
  });

  test("headroom: where v saturates, over the largest of its parameters", () => {
    const headroom = (changes: Parameters<typeof lif>[1]) => {
      const report = reportOf(layer({ cells: lif(1, changes), weights: [1 / 8] }));
      return report.headroom / report.resolution;
    };
    expect(headroom({})).toBe(LIMIT);
    expect(headroom({ vThreshold: 4 })).toBe(LIMIT / 4);
    expect(headroom({ vReset: -8 })).toBe(LIMIT / 8);
    // without any: no figure
    expect(reportOf(layer({ cells: li(), weights: [1 / 8] })).headroom).toBe(Number.MAX_VALUE);
  });

  test("never saturates: where all that can arrive keeps v, and every current, in its numbers", () => {
    // v stays below 255 · |w| / κ; with 22 bits for the threshold it may reach 2^29 − 1 units, and κ is 2^−6
    const most = (LIMIT / 2 ** 22) * (KAPPA / 255);
    const proven = (weight: number, cells: NeuronNode = lif()) => {
      const { fractionBits, neverSaturates } = reportOf(layer({ cells, weights: [weight] }));
      expect(fractionBits).toBe(22);
      return neverSaturates;
    };
    expect(proven(most)).toBe(true);
    expect(proven(most * (1 + 2 ** -20))).toBe(false);
    // currents of κ = 2^−4: each of two may hold half of the limit; a threshold of 16 has no more than 22 bits
    const quick = (receptors: number, vThreshold: number) =>
      cubaLif(1, {
        ...{ tauMem: DT, r: 1, vThreshold },
        receptors: Array.from({ length: receptors }, (_, k) => receptor(`r${k}`)),
      });
    const current = (LIMIT / 2 ** 22) * (2 ** -4 / 255);
    expect(proven(current * (1 - 2 ** -20), quick(1, 1))).toBe(true);
    expect(proven(current * (1 + 2 ** -20), quick(1, 1))).toBe(false);
    expect(proven((current / 2) * (1 - 2 ** -20), quick(2, 16))).toBe(true);
    expect(proven((current / 2) * (1 + 2 ** -20), quick(2, 16))).toBe(false);
  });
});

describe("receptors", () => {
  test("have a decay where they have a memory, and their share of the limit", () => {
    const one = populationOf(layer({ cells: lif(), weights: [1 / 8] }));
    expect(one.receptors).toMatchObject([{ decay: null, limit: LIMIT, slots: 1 }]);
    const names = ["a", "b", "c"];
    const cells = cubaLif(1, { receptors: names.map((name) => receptor(name)) });
    const three = populationOf(layer({ cells, weights: [1 / 8] }));
    const decay = { mantissa: 2 ** 30, shift: 34 };
    const limit = Math.floor(LIMIT / 3);
    expect(three.receptors).toMatchObject(names.map((name) => ({ name, decay, limit, slots: 1 })));
  });

  test("slots: the longest delay onto it, and the present", () => {
    const slots = (delaySteps: readonly number[]) => {
      const between: SynapseNode = {
        ...{ name: "synapses", kind: "Sparse", shape: [3], inputSize: 3, weight: 1 },
        ...{ rowStart: Uint32Array.of(0, 1, 2, 3), post: Uint32Array.of(0, 1, 2) },
        delaySteps: Uint8Array.from(delaySteps),
      };
      const graph = layer({ cells: lif(3), weights: [1, 1, 1], between });
      return populationOf(graph).receptors.map((one) => one.slots);
    };
    expect(slots([4, 9, 2])).toEqual([10]);
    expect(slots([255, 0, 3])).toEqual([256]);
    expect(slots([0, 0, 0])).toEqual([1]);
  });
});

describe("one pass for receptors and membrane", () => {
  const fused = (weight: number, changes: Parameters<typeof cubaLif>[1] = {}, n = 1024) =>
    populationOf(layer({ cells: cubaLif(n, changes), weights: [weight] }));

  // Σ|s| stays below 255 · |w| · 2^4, in units of 2^−22
  const corner = 2 ** 30 / 2 ** 22 / (255 * 2 ** 4);

  test("where the sum of its currents stays below 2^30, with decays of 15 bits and no clamp", () => {
    const one = fused(corner * (1 - 2 ** -20));
    expect(one).toMatchObject({
      fused: true,
      fractionBits: 22,
      decay: { mantissa: 2 ** 14, shift: 20 },
    });
    expect(one.receptors).toMatchObject([
      { bounded: true, decay: { mantissa: 2 ** 14, shift: 18 } },
    ]);
    const over = fused(corner);
    expect(over).toMatchObject({ fused: false, fractionBits: 22, decay: { mantissa: 2 ** 30 } });
    expect(over.receptors).toMatchObject([
      { bounded: false, decay: { mantissa: 2 ** 30, shift: 34 } },
    ]);
  });

  test("of all its receptors together", () => {
    const receptors = [receptor("a"), receptor("b")];
    // only the first of them gets anything
    expect(fused(corner * (1 - 2 ** -20), { receptors }).fused).toBe(true);
    expect(fused(corner, { receptors }).fused).toBe(false);
  });

  test("not for fewer neurons", () => {
    expect(fused(2 ** -6, {}, 1023).fused).toBe(false);
  });
});

describe("projections", () => {
  test("say their ends, their exponent, their error and their headroom", () => {
    const weights = [0.5, -0.3, 0.1];
    const [found] = projectionsOf(layer({ cells: lif(), weights }));
    const { fixed, report } = found ?? {};
    // 22 bits: 0.5 is 2^21 units, and 2^14 of 2^7
    expect(report).toMatchObject({ name: "synapses", from: "in", to: "cells", exponent: 7 });
    expect(fixed).toMatchObject({ exponent: 7, graded: false, mostCount: null });
    const stored = weights.map((w) => Math.sign(w) * Math.round((Math.abs(w) * 2 ** 22) / 2 ** 7));
    expect([...(fixed?.matrix.weight ?? [])]).toEqual(stored);
    const errors = weights.map((w, k) => Math.abs((stored[k] ?? 0) / 2 ** 15 - w) / 0.5);
    expect(report?.weightError).toBeCloseTo(Math.max(...errors), 14);
    expect(report?.headroom).toBeCloseTo(2 ** 31 / (255 * 0.9 * 2 ** 22), 10);
  });

  test("without any weight: no error, and all the headroom there is", () => {
    const [found] = projectionsOf(layer({ cells: lif(), weights: [0, 0] }));
    expect(found?.report).toMatchObject({ exponent: 0, weightError: 0, headroom: 2 ** 31 });
  });

  test("are stored in 16 bits, or in 8 where these are asked for", () => {
    const cells = cubaLif();
    const stored = (weights: "i16" | "i8") =>
      projectionsOf(layer({ cells, weights: [1 / 8] }), weights)[0]?.fixed.matrix.weight;
    expect(stored("i16")).toBeInstanceOf(Int16Array);
    expect(stored("i8")).toBeInstanceOf(Int8Array);
  });

  test("one to one: one weight for all where all are equal", () => {
    const scale = (values: number | Float64Array): SynapseNode => ({
      ...{ name: "synapses", kind: "Scale", shape: [3], scale: values },
    });
    const stored = (values: number | Float64Array) =>
      projectionsOf({
        ...layer({ cells: lif(3), weights: [1, 1, 1], between: scale(values) }),
      })[0]?.fixed.matrix;
    // 0.5 as above
    expect(stored(0.5)).toEqual({ kind: "diagonal", weight: Int16Array.of(2 ** 14) });
    expect(stored(Float64Array.of(0.5, 0.5, 0.5))).toEqual(stored(0.5));
    expect(stored(Float64Array.of(0.5, -0.5, 0.25))).toEqual({
      kind: "diagonal",
      weight: Int16Array.of(2 ** 14, -(2 ** 14), 2 ** 13),
    });
  });

  test("of values: products are shifted by 40 bits at most", () => {
    // Input → Linear → LI → Linear → LIF
    const graph = (weight: number): SpikingGraph => {
      const one = layer({ cells: li(), weights: [2 ** -30] });
      const [input, synapses, values] = one.nodes;
      const [, more, cells, out] = layer({ cells: lif(), weights: [weight] }).nodes;
      if (!input || !synapses || !values || !more || !cells || !out) throw new Error("six nodes");
      const edge = (source: number) => ({ source, target: source + 1, receptor: 0 });
      const nodes = [
        ...[input, synapses, { ...values, name: "values" } as typeof values],
        ...[{ ...more, name: "more" } as typeof more, cells, out],
      ];
      return { ...one, nodes, edges: [0, 1, 2, 3, 4].map(edge) };
    };
    const free = [-24, -11, -10, -9, -8, 0].map((power) => {
      const { report } = quantised(graph(2 ** power));
      const [from, to] = report.populations.map((p) => p.fractionBits);
      // 2^14 is the largest power of two in 16 bits
      const exponent = power + (to ?? 0) - (from ?? 0) - 14;
      expect([power, report.projections[1]?.exponent]).toEqual([power, Math.max(-40, exponent)]);
      return exponent;
    });
    expect(free).toEqual(expect.arrayContaining([-41, -40, -39]));
  });
});

describe("the format of 16 bits", () => {
  /** Positive weights onto one LIF whose threshold is 8. */
  const lanesOf = (weights: readonly number[], changes: Parameters<typeof lif>[1] = {}) =>
    layer({ cells: lif(1, { vThreshold: 8, ...changes }), weights });

  test("its report: the top of a lane, what the shifts drop, nothing held", () => {
    const graph = lanesOf([0.5, 0.25]);
    const { lanes, fractionBits } = populationOf(graph, "i8");
    if (!lanes) throw new Error("not in lanes");
    const threshold = 8 * 2 ** fractionBits;
    expect(lanes.offset).toBe(0x7fff - threshold);
    const report = reportOf(graph, "i8");
    expect(report.resolution).toBe(2 ** -fractionBits);
    expect(report.headroom).toBeCloseTo((0xffff - lanes.offset) / threshold, 12);
    const dropped = lanes.multiplier / 2 ** lanes.places;
    expect(report.roundingPerStep).toBe(0.5 * 2 ** -fractionBits * (1 + dropped));
    expect(report.decayError).toBe(0);
    // 16 bits are not asked for
    expect(populationOf(graph, "i16").lanes).toBeNull();
  });

  test("weights go through the leak of their step, and are stored larger", () => {
    const graph = lanesOf([0.5, 0.25]);
    const { fractionBits } = populationOf(graph, "i8");
    const [{ fixed, report } = {}] = projectionsOf(graph, "i8");
    const units = (0.5 / (1 - KAPPA)) * 2 ** fractionBits;
    const exponent = fixed?.exponent ?? 0;
    expect(units / 2 ** exponent).toBeLessThanOrEqual(127.5);
    expect(exponent === 0 || units / 2 ** (exponent - 1) > 127.5).toBe(true);
    expect([...(fixed?.matrix.weight ?? [])]).toEqual(
      [units, units / 2].map((x) => Math.round(x / 2 ** exponent)),
    );
    expect(report?.headroom).toBe(1);
  });

  test("counts up to what is proven: held there, and said, where inputs may give more", () => {
    const held = (weight: number, inputs = 1) => {
      const graph = lanesOf(new Array(inputs).fill(weight));
      const { lanes } = populationOf(graph, "i8");
      expect(lanes).not.toBeNull();
      const [found] = projectionsOf(graph, "i8");
      return [found?.fixed.mostCount ?? null, reportOf(graph, "i8").neverSaturates] as const;
    };
    // one count is 2^−5 · 64/63, 255 of them 8.1: together with the threshold not above 16
    const [none, proven] = held(2 ** -5);
    expect([none, proven]).toEqual([null, true]);
    const [most, never] = held(2 ** -3);
    expect(never).toBe(false);
    expect(most).toBeGreaterThanOrEqual(4);
    expect(most).toBeLessThan(255);
    // half as much for twice as many
    const [half] = held(2 ** -3, 2);
    expect(Math.abs((half ?? 0) - (most ?? 0) / 2)).toBeLessThanOrEqual(1);
  });

  test("a current of its own, delays, values, neurons of several kinds: 32 bits", () => {
    for (const cells of [
      cubaLif(1, { vThreshold: 8 }),
      lif(1, { vThreshold: 8, refractorySeconds: 2 * DT }),
      lif(2, { vThreshold: Float64Array.of(8, 9) }),
      lif(1, { vThreshold: 8, tau: HALF / 1.5 }),
    ]) {
      expect(populationOf(layer({ cells, weights: [0.5] }), "i8").lanes).toBeNull();
    }
  });
});
