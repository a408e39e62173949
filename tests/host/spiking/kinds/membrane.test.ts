/** The membrane as a step in float64: each rule of resets by its equation, and what is proven of its range. */
import { describe, expect, test } from "vitest";
import type { NeuronNode, Semantics } from "../../../../host/model/spiking-graph.ts";
import { discretise } from "../../../../host/spiking/discretise.ts";
import { lif as lifRow } from "../../../../host/spiking/kinds/lif.ts";
import {
  type Membrane,
  membraneRow,
  type ResetRule,
} from "../../../../host/spiking/kinds/membrane.ts";
import { membraneLanes } from "../../../../host/spiking/kinds/membrane-lanes.ts";
import { membraneStep } from "../../../../host/spiking/kinds/membrane-step.ts";
import { cubaLif, DT, KAPPA, layer, li, lif, TAU } from "../../../support/one-layer.ts";

const SEMANTICS: Semantics = {
  ...{ dtSeconds: DT, timeUnit: "s", discretisation: "norse", reset: "zero" },
  ...{ inputKind: "spikes", assumptions: [] },
};

const membrane = (changes: Partial<Membrane> = {}): Membrane => ({
  ...{ kind: "LIF", name: "cells", shape: [2], n: 2, spiking: true, kappaV: 0.25, constant: 0 },
  ...{ vThreshold: 1, vReset: -0.5, vInitial: 0, resetRule: "zero", refractorySteps: 0 },
  receptors: [{ name: "input", kappa: 1, gain: 1, constant: 0, lateConstant: 0 }],
  ...changes,
});

describe("one step", () => {
  /** Spike and v after it, of neuron 1, from v and what is added. */
  const stepped = (resetRule: ResetRule, v: number, drive: number, vThreshold = 1) => {
    const all = Float64Array.of(99, v);
    const spike = membraneStep(membrane({ resetRule, vThreshold }), 1, drive, all);
    expect(all[0]).toBe(99);
    return [spike, all[1]];
  };

  test.each<[ResetRule, number, number, number, number]>([
    // v, added, spike, v then; κ = 1/4, θ = 1, v_reset = −1/2
    ["none", 0.5, 2, 2.375, 2.375],
    ["none", 2, 0, 1.5, 1.5],
    ["zero", 0.5, 0.5, 0, 0.875],
    ["zero", 0.5, 0.625, 0, 1],
    ["zero", 0.5, 0.75, 1, -0.5],
    ["zero", 2, 0, 1, -0.5],
    ["subtract", 0.5, 0.625, 0, 1],
    ["subtract", 0.5, 0.75, 1, 0.125],
    ["subtract", 2, 1, 1, 1.5],
    // what was above before is taken first; the spike is of what is left
    ["snntorch", 0.5, 0.75, 1, 0.125],
    ["snntorch", 1, 0.25, 0, 1],
    ["snntorch", 1, 0.5, 1, 0.25],
    ["snntorch", 2, 0, 0, 1.5],
    ["snntorch", 2, 1, 1, 1.5],
    // the spike is of what was above before
    ["spyx", 0.5, 2, 0, 2.375],
    ["spyx", 1, 1, 0, 1.75],
    ["spyx", 2, 0, 1, 0.5],
  ])("%s: from %f with %f", (rule, v, drive, spike, then) => {
    expect(stepped(rule, v, drive)).toEqual([spike, then]);
  });

  test("a threshold of 2 is what is taken", () => {
    expect(stepped("subtract", 2, 1, 2)).toEqual([1, 0.5]);
    expect(stepped("spyx", 3, 0, 2)).toEqual([1, 0.25]);
    expect(stepped("snntorch", 1, 2, 2)).toEqual([1, 0.75]);
    // ρ = 1: 2.25 − 2 is no spike, and the 2 come back
    expect(stepped("snntorch", 3, 0, 2)).toEqual([0, 2.25]);
  });

  test("spyx resets late, but for its CubaLIF; what never fires has neither", () => {
    const populationOf = (cells: NeuronNode) => {
      const semantics = { discretisation: "spyx", reset: "subtract" } as const;
      const [, event] = discretise(layer({ cells, weights: [1], semantics })).events;
      return event?.kind === "population" ? event.population : null;
    };
    expect(populationOf(lif())).toMatchObject({ resetRule: "spyx" });
    expect(populationOf(cubaLif())).toMatchObject({ resetRule: "subtract" });
    expect(populationOf(li())).toMatchObject({ resetRule: "none", refractorySteps: 0 });
  });

  test("snntorch, in other words: x − ρ θ, then θ (z − ρ) less", () => {
    for (let k = 0; k < 400; k++) {
      const [v, drive] = [(k % 20) / 5 - 1, Math.floor(k / 20) / 5 - 2];
      const rho = v > 1 ? 1 : 0;
      const x = 0.75 * v + drive - rho;
      const z = x > 1 ? 1 : 0;
      expect(stepped("snntorch", v, drive)).toEqual([z, x - (z - rho)]);
    }
  });

  test("parameters of each neuron", () => {
    const p = membrane({
      kappaV: Float64Array.of(0, 0.5),
      vThreshold: Float64Array.of(10, 3),
      vReset: Float64Array.of(1, 2),
    });
    const v = Float64Array.of(4, 4);
    expect([membraneStep(p, 0, 5, v), membraneStep(p, 1, 1.5, v)]).toEqual([0, 1]);
    expect(v).toEqual(Float64Array.of(9, 2));
  });
});

describe("its row", () => {
  test("the largest of threshold, reset, rest and start", () => {
    const scale = (changes: Partial<Membrane>) => membraneRow.scale(membrane(changes));
    expect(scale({})).toBe(1);
    expect(scale({ vThreshold: Float64Array.of(-3, 2) })).toBe(3);
    expect(scale({ vReset: -4 })).toBe(4);
    expect(scale({ vInitial: -5 })).toBe(5);
    // rests at c / κ; without a leak c is all there is
    expect(scale({ constant: -2 })).toBe(8);
    expect(scale({ constant: 2, kappaV: 0 })).toBe(2);
    expect(scale({ constant: Float64Array.of(0, 3), kappaV: Float64Array.of(0.25, 0.5) })).toBe(6);
  });

  test("what |v| stays below: all that is added, over what leaks, and the start", () => {
    const reach = (changes: Partial<Membrane>, currents = 3, beside = 0) =>
      membraneRow.reach(membrane(changes), currents, beside);
    expect(reach({})).toBe(12);
    expect(reach({ constant: -1 })).toBe(16);
    expect(reach({}, 3, 2)).toBe(20);
    expect(reach({ kappaV: 1.75 })).toBe(12);
    expect(reach({ kappaV: Float64Array.of(0.5, 0.25) })).toBe(12);
    expect(reach({ kappaV: Float64Array.of(0.5, 1.875) })).toBe(24);
    expect(reach({ kappaV: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(reach({ kappaV: 2 })).toBe(Number.POSITIVE_INFINITY);
    expect(reach({ kappaV: 0 }, 0)).toBe(Number.POSITIVE_INFINITY);
    // from beyond it comes back
    expect(reach({ vInitial: -20 })).toBe(20);
    expect(reach({ vReset: -13 })).toBe(13);
    expect(reach({ vReset: -13, resetRule: "subtract" })).toBe(12);
    expect(reach({ resetRule: "subtract" }, 2 ** -6)).toBe(2 ** -4);
    // a threshold that is taken late, or is negative, kicks
    expect(reach({ resetRule: "spyx", vThreshold: 2 })).toBe(20);
    expect(reach({ resetRule: "subtract", vThreshold: -2 })).toBe(20);
    expect(reach({ resetRule: "snntorch", vThreshold: -2 })).toBe(20);
    expect(reach({ resetRule: "subtract", vThreshold: 2 })).toBe(12);
    expect(reach({ resetRule: "snntorch", vThreshold: 2 })).toBe(12);
    expect(reach({ resetRule: "none", vThreshold: -2 })).toBe(12);
    expect(reach({ resetRule: "zero", vThreshold: -2 })).toBe(12);
  });

  test("its parameters and the largest integers that they may become", () => {
    const p = membrane({ vInitial: -7, vThreshold: 5, vReset: Float64Array.of(1, -6) });
    expect(membraneRow.limits(p)).toEqual([
      [7, 2 ** 29 - 1],
      [5, 2 ** 27],
      [6, 2 ** 28],
    ]);
    expect(membraneRow.firesAt(p)).toBe(5);
    expect(membraneRow.firesAt(membrane({ spiking: false }))).toBeNull();
    expect(membraneRow.leak(p)).toBe(0.25);
  });

  test("resets by what the source says", () => {
    const rule = (changes: Partial<Semantics>) => {
      const { population } = lifRow.discretise(lif(), { ...SEMANTICS, ...changes });
      return population.resetRule;
    };
    expect(rule({})).toBe("zero");
    expect(rule({ discretisation: "snntorch" })).toBe("zero");
    expect(rule({ reset: "subtract" })).toBe("subtract");
    expect(rule({ reset: "subtract", discretisation: "snntorch" })).toBe("snntorch");
    expect(rule({ reset: "subtract", discretisation: "spyx" })).toBe("spyx");
    expect(rule({ reset: "subtract", discretisation: "nengo" })).toBe("subtract");
  });

  test("constants: what rest and a held current bring in one step", () => {
    const given = { vLeak: 3, current: 5, r: 2, refractorySeconds: 4 * DT };
    const { population, inputScales } = lifRow.discretise(lif(1, given), SEMANTICS);
    expect(population).toMatchObject({ constant: KAPPA * 3 + 5 * 2 * KAPPA, kappaV: KAPPA });
    expect(population).toMatchObject({ refractorySteps: 4, n: 1, spiking: true });
    expect(inputScales).toEqual([2 * KAPPA]);
    const variables = [Float64Array.of(0.5)];
    expect(lifRow.step(population, 0, 0.125, variables)).toBe(0);
    expect(variables[0]?.[0]).toBeCloseTo(0.5 * (1 - DT / TAU) + 0.125 + 13 * KAPPA, 14);
    expect(lifRow.start(population)).toEqual([0]);
  });

  test("one pass: enough neurons, one set of parameters, small decays, no constant currents", () => {
    const receptor = { name: "exc", kappa: 0.2, gain: 1, constant: 0, lateConstant: 0 };
    const fuses = (changes: Partial<Membrane> = {}, n = 1024) =>
      lifRow.fuses?.(membrane({ n, shape: [n], kappaV: 0.2, receptors: [receptor], ...changes }));
    expect(fuses()).toBe(true);
    expect(fuses({ receptors: [receptor, receptor] })).toBe(true);
    expect(fuses({ kappaV: Float64Array.of(0.2, 0.2) })).toBe(true);
    const many = Float64Array.of(0.1, 0.2);
    const no: readonly (Partial<Membrane> | number)[] = [
      1023,
      { resetRule: "subtract" },
      { receptors: [] },
      { receptors: [receptor, receptor, receptor] },
      { kappaV: 0.249 },
      { kappaV: many },
      { receptors: [{ ...receptor, kappa: 0.249 }] },
      { receptors: [{ ...receptor, kappa: many }] },
      { receptors: [receptor, { ...receptor, constant: 1 }] },
      { receptors: [receptor, { ...receptor, lateConstant: 1 }] },
      { constant: many },
      { vThreshold: many },
      { vReset: many },
    ];
    for (const one of no)
      expect([one, typeof one === "number" ? fuses({}, one) : fuses(one)]).toEqual([one, false]);
    expect(fuses({ kappaV: 0.2489 })).toBe(true);
  });
});

describe("what the 16-bit format needs to know", () => {
  test("one set of parameters, and the lowest and highest start", () => {
    const [receptor] = membrane().receptors;
    if (!receptor) throw new Error("no receptor");
    const vInitial = Float64Array.of(0.5, -0.25);
    const receptors = [{ ...receptor, constant: 0.125 }];
    expect(membraneLanes(membrane({ vInitial, receptors, constant: 0.5 }))).toMatchObject({
      ...{ kappa: 0.25, constant: 0.625, threshold: 1, reset: -0.5, subtract: false },
      ...{ lowest: -0.25, highest: 0.5 },
    });
    expect(membraneLanes(membrane({ vInitial: 0.75 }))).toMatchObject({ lowest: 0, highest: 0.75 });
    expect(membraneLanes(membrane({ vInitial: -0.75 }))).toMatchObject({
      lowest: -0.75,
      highest: 0,
    });
    const subtract = membraneLanes(membrane({ resetRule: "subtract" }));
    expect(subtract).toMatchObject({ reset: 0, subtract: true });
    expect(membraneLanes(membrane({ n: 32768 }))).not.toBeNull();
  });

  test("nothing else", () => {
    const [receptor] = membrane().receptors;
    if (!receptor) throw new Error("no receptor");
    const many = Float64Array.of(0.1, 0.2);
    const no: readonly Partial<Membrane>[] = [
      ...(["none", "snntorch", "spyx"] as const).map((resetRule) => ({ resetRule })),
      { refractorySteps: 1 },
      { n: 32769 },
      { receptors: [] },
      { receptors: [receptor, receptor] },
      { receptors: [{ ...receptor, kappa: 0.5 }] },
      { receptors: [{ ...receptor, lateConstant: 0.5 }] },
      { receptors: [{ ...receptor, constant: many }] },
      { kappaV: many },
      { kappaV: 0.75 },
      { vThreshold: many },
      { vThreshold: 0 },
      { vThreshold: -1 },
      { vReset: many },
      { constant: many },
    ];
    for (const one of no) expect([one, membraneLanes(membrane(one))]).toEqual([one, null]);
  });
});
