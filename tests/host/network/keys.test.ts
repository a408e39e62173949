/** Misspelt and missing parameters, as JavaScript passes them: refused, with the name that was meant. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import * as api from "../../../host/network/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: JavaScript, where nobody checks
const js = api as any;

/** The first problem of a call that must be refused. */
function refused(call: () => unknown) {
  try {
    call();
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems[0];
    throw error;
  }
  throw new Error("it was accepted");
}

const SPIKES = { vThreshold: 1 };
const net = () => js.network({ name: "n" });
const cells = () => js.lif({ tau: 0.02, ...SPIKES });

describe("misspelt", () => {
  test.each<readonly [string, string, () => unknown]>([
    ["threshold", "threshold", () => js.threshold({ treshold: 1 })],
    ["integrator", "r", () => js.integrator({ R: 1 })],
    ["integrateAndFire", "vThreshold", () => js.integrateAndFire({ vTreshold: 1 })],
    ["li", "tau", () => js.li({ tauu: 0.02 })],
    ["lif", "tau", () => js.lif({ tauu: 0.02, ...SPIKES })],
    ["lif", "vReset", () => js.lif({ tau: 0.02, ...SPIKES, vreset: 0 })],
    ["lif", "refractorySeconds", () => js.lif({ tau: 1, ...SPIKES, refactorySeconds: 1 })],
    ["adaptiveLif", "tauAdapt", () => js.adaptiveLif({ tauAdpat: 1, tau: 1, increment: 1 })],
    ["cubaLi", "receptors", () => js.cubaLi({ tauMem: 1, receptor: {} })],
    ["cubaLif", "tauMem", () => js.cubaLif({ tauMen: 1, receptors: {} })],
    [
      "cubaLif, receptor exc",
      "tauSyn",
      () => js.cubaLif({ tauMem: 1, ...SPIKES, receptors: { exc: { tauSin: 1 } } }),
    ],
    ["izhikevich", "current", () => js.izhikevich({ a: 1, b: 1, c: 1, d: 1, curent: 1 })],
    ["quadraticIf", "vCritical", () => js.quadraticIf({ tau: 1, ...SPIKES, vCriticl: 1 })],
    ["perceptron", "inputs", () => js.perceptron({ input: 3 })],
    ["normal", "min", () => js.normal(0, 1, { mim: 0 })],
    ["allToAll", "self", () => js.allToAll({ selv: true })],
    ["probability", "self", () => js.probability(0.1, { slef: true })],
    ["inDegree", "self", () => js.inDegree(1, { sef: true })],
    ["network", "dtSeconds", () => js.network({ name: "n", dtSecond: 1 })],
    ["population c", "positions", () => net().population("c", 1, cells(), { position: null })],
    [
      "project",
      "connect",
      () => {
        const one = net();
        one.project(one.input("a", 1), one.population("c", 1, cells()), { conect: 1 });
      },
    ],
  ])("%s: %s was meant", (where, meant, call) => {
    expect(refused(call)).toMatchObject({ code: "USAGE", where, remedy: `Write ${meant}.` });
  });

  test("what is like nothing else is to be left out", () => {
    const problem = refused(() => js.lif({ tau: 1, ...SPIKES, colour: "red" }));
    expect(problem).toMatchObject({ got: "parameter colour", remedy: "Leave it out." });
    expect(problem?.expected).toContain("vThreshold");
  });
});

describe("missing or of another type", () => {
  const populate = (neuron: unknown) => () => net().population("c", 2, neuron);
  test.each<readonly [string, () => unknown, string]>([
    ["no parameters at all", () => js.lif(), "nothing"],
    ["no time constant", populate(js.lif(SPIKES)), "tau = nothing"],
    ["a text for a number", populate(js.lif({ ...SPIKES, tau: "0.02" })), 'tau = "0.02"'],
    ["an object for a number", populate(js.lif({ ...SPIKES, tau: {} })), "tau = an object"],
    ["parameters in place of a neuron", populate({ tau: 1 }), "no neuron"],
    ["no receptors", () => js.cubaLi({ tauMem: 1 }), "nothing"],
    ["no name", () => js.network({}), "no name"],
    ["no options", () => js.network(), "nothing"],
    ["a word that is none", () => js.network({ name: "n", reset: "none" }), "reset none"],
    [
      "no rule of connection",
      () => {
        const one = net();
        one.project(one.input("a", 1), one.population("c", 1, cells()), {});
      },
      "no rule of connection",
    ],
  ])("%s", (_, call, got) => {
    expect(refused(call)).toMatchObject({ code: "USAGE", got });
  });
});
