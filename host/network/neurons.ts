/**
 * The kinds of neurons a population can have, by NIR's names of their parameters, in SI units. Every parameter is one
 * number, one per neuron, or a distribution. What is left out stands beside it. Equations: model/spiking-graph.ts.
 */
import { fail } from "../errors.ts";
import { elements } from "../model/graph.ts";
import type { NeuronNode, Receptor, Values } from "../model/spiking-graph.ts";
import type { Parameter, Range } from "./distribution.ts";
import { checkKeys, type Keys } from "./keys.ts";

/** Turns a parameter into its values, drawn and checked. */
export type Resolve = (what: string, given: Parameter, range?: Range) => Values;

export type NodeName = { readonly name: string; readonly shape: readonly number[] };

export type Neuron = {
  readonly kind: NeuronNode["kind"];
  /** names of synaptic currents; none where input acts in its own step */
  readonly receptors: readonly string[];
  /** elements of the one source it is wired to, of a neuron that learns from it; null: synapses project onto it */
  readonly taughtBy: number | null;
  readonly node: (base: NodeName, resolve: Resolve) => NeuronNode;
};

/** current: a constant input of every step. vInitial: the potential at step 0. */
type Driven = { readonly current?: Parameter; readonly vInitial?: Parameter };

type Spiking = {
  readonly vThreshold: Parameter;
  /** 0 */
  readonly vReset?: Parameter;
  /** absolute refractory time; 0 */
  readonly refractorySeconds?: Parameter;
};

type Leaky = {
  readonly tau: Parameter;
  /** 1 */
  readonly r?: Parameter;
  /** 0 */
  readonly vLeak?: Parameter;
};

/** A synaptic current that decays with tauSyn and jumps by w_in · weight at every spike. */
type SynapticCurrent = { readonly tauSyn: Parameter; readonly wIn?: Parameter };

type Cuba = {
  readonly tauMem: Parameter;
  /** 1 */
  readonly r?: Parameter;
  /** 0 */
  readonly vLeak?: Parameter;
  readonly receptors: Readonly<Record<string, SynapticCurrent>>;
};

const DRIVEN: Keys<Driven> = { current: true, vInitial: true };
const SPIKING: Keys<Spiking> = { vThreshold: true, vReset: true, refractorySeconds: true };
const LEAKY: Keys<Leaky> = { tau: true, r: true, vLeak: true };
const CUBA: Keys<Cuba> = { tauMem: true, r: true, vLeak: true, receptors: true };
const SYNAPTIC: Keys<SynapticCurrent> = { tauSyn: true, wIn: true };

/** z = 1 if x > threshold */
export const threshold = (given: { readonly threshold: Parameter }): Neuron =>
  plain("Threshold", named("threshold", given, { threshold: true }), (base, resolve) => ({
    ...base,
    kind: "Threshold",
    threshold: resolve("threshold", given.threshold),
  }));

/** dv/dt = R I, a value output */
export const integrator = (given: { readonly r?: Parameter } & Driven = {}): Neuron =>
  plain("I", named("integrator", given, { r: true, ...DRIVEN }), (base, resolve) => ({
    ...base,
    kind: "I",
    r: resolve("r", given.r ?? 1),
    ...driven(given, 0, resolve),
  }));

export const integrateAndFire = (given: { readonly r?: Parameter } & Spiking & Driven): Neuron =>
  plain(
    "IF",
    named("integrateAndFire", given, { r: true, ...SPIKING, ...DRIVEN }),
    (base, resolve) => ({
      ...base,
      kind: "IF",
      r: resolve("r", given.r ?? 1),
      ...spiking(given, resolve),
      ...driven(given, given.vReset ?? 0, resolve),
    }),
  );

/** tau dv/dt = (v_leak − v) + R I, a value output */
export const li = (given: Leaky & Driven): Neuron =>
  plain("LI", named("li", given, { ...LEAKY, ...DRIVEN }), (base, resolve) => ({
    ...base,
    kind: "LI",
    ...leaky(given, resolve),
    ...driven(given, given.vLeak ?? 0, resolve),
  }));

export const lif = (given: Leaky & Spiking & Driven): Neuron =>
  plain("LIF", named("lif", given, { ...LEAKY, ...SPIKING, ...DRIVEN }), (base, resolve) => ({
    ...base,
    kind: "LIF",
    ...leaky(given, resolve),
    ...spiking(given, resolve),
    ...driven(given, given.vReset ?? 0, resolve),
  }));

export const adaptiveLif = (
  given: Leaky & Spiking & Driven & { readonly tauAdapt: Parameter; readonly increment: Parameter },
): Neuron =>
  plain(
    "AdaptiveLIF",
    named("adaptiveLif", given, {
      ...LEAKY,
      ...SPIKING,
      ...DRIVEN,
      tauAdapt: true,
      increment: true,
    }),
    (base, resolve) => ({
      ...base,
      kind: "AdaptiveLIF",
      ...leaky(given, resolve),
      tauAdapt: resolve("tauAdapt", given.tauAdapt, { above: 0 }),
      increment: resolve("increment", given.increment),
      ...spiking(given, resolve),
      ...driven(given, given.vReset ?? 0, resolve),
    }),
  );

export const cubaLi = (given: Cuba & Driven): Neuron => ({
  kind: "CubaLI",
  receptors: receptorsOf("cubaLi", given, { ...CUBA, ...DRIVEN }),
  taughtBy: null,
  node: (base, resolve) => ({
    ...base,
    kind: "CubaLI",
    ...cuba(given, resolve),
    ...driven(given, given.vLeak ?? 0, resolve),
  }),
});

export const cubaLif = (given: Cuba & Spiking & Driven): Neuron => ({
  kind: "CubaLIF",
  receptors: receptorsOf("cubaLif", given, { ...CUBA, ...SPIKING, ...DRIVEN }),
  taughtBy: null,
  node: (base, resolve) => ({
    ...base,
    kind: "CubaLIF",
    ...cuba(given, resolve),
    ...spiking(given, resolve),
    ...driven(given, given.vReset ?? 0, resolve),
  }),
});

export const izhikevich = (
  given: {
    readonly a: Parameter;
    readonly b: Parameter;
    readonly c: Parameter;
    readonly d: Parameter;
  } & Driven,
): Neuron =>
  plain(
    "Izhikevich",
    named("izhikevich", given, { a: true, b: true, c: true, d: true, ...DRIVEN }),
    (base, resolve) => ({
      ...base,
      kind: "Izhikevich",
      a: resolve("a", given.a),
      b: resolve("b", given.b),
      c: resolve("c", given.c, { max: 30 }),
      d: resolve("d", given.d),
      ...driven(given, given.vInitial ?? -65, resolve),
    }),
  );

/** tau dv/dt = a0 (v − v_leak)(v − v_critical) + R I; the threshold ends the spike that v_critical begins */
export const quadraticIf = (
  given: Leaky &
    Spiking &
    Driven & {
      readonly vCritical: Parameter;
      /** per unit of the potential; 1 */
      readonly a0?: Parameter;
    },
): Neuron =>
  plain(
    "QIF",
    named("quadraticIf", given, { ...LEAKY, ...SPIKING, ...DRIVEN, vCritical: true, a0: true }),
    (base, resolve) => ({
      ...base,
      kind: "QIF",
      ...leaky(given, resolve),
      a0: resolve("a0", given.a0 ?? 1, { above: 0 }),
      vCritical: resolve("vCritical", given.vCritical),
      ...spiking(given, resolve),
      ...driven(given, given.vReset ?? 0, resolve),
    }),
  );

/** Rosenblatt's, with its learning step. Its source gives `inputs` elements and then the target. */
export const perceptron = (given: { readonly inputs: number }): Neuron =>
  taught(named("perceptron", given, { inputs: true }).inputs);

const taught = (inputs: number): Neuron => ({
  kind: "Perceptron",
  receptors: [],
  taughtBy: inputs + 1,
  node(base) {
    const n = elements(base.shape);
    if (!(Number.isInteger(inputs) && inputs >= 1))
      fail("MODEL_RANGE", base.name, `${inputs} inputs`, "a whole number from 1", CHANGE);
    if (n !== 1)
      fail("MODEL_SHAPE", base.name, `${n} perceptrons`, "1: one for each population", CHANGE);
    return { ...base, kind: "Perceptron", inputSize: inputs + 1 };
  },
});

/** What was given, its names checked. */
function named<T>(where: string, given: T, keys: Keys<T>): T {
  checkKeys(where, given, keys);
  return given;
}

/** Names of the synaptic currents. */
function receptorsOf<T extends Cuba>(where: string, given: T, keys: Keys<T>): readonly string[] {
  const { receptors } = named(where, given, keys);
  if (typeof receptors !== "object" || receptors === null) {
    const got = receptors === undefined ? "nothing" : String(receptors);
    fail("USAGE", `${where}, receptors`, got, "{ name: { tauSyn } } for each current", CHANGE);
  }
  for (const [name, current] of Object.entries(receptors))
    checkKeys(`${where}, receptor ${name}`, current, SYNAPTIC);
  return Object.keys(receptors);
}

/** @param _given checked before the neuron is made */
const plain = (kind: NeuronNode["kind"], _given: unknown, node: Neuron["node"]): Neuron => ({
  kind,
  receptors: [],
  taughtBy: null,
  node,
});

const leaky = ({ tau, r = 1, vLeak = 0 }: Leaky, resolve: Resolve) => ({
  tau: resolve("tau", tau, { above: 0 }),
  r: resolve("r", r),
  vLeak: resolve("vLeak", vLeak),
});

const cuba = ({ tauMem, r = 1, vLeak = 0, receptors }: Cuba, resolve: Resolve) => ({
  tauMem: resolve("tauMem", tauMem, { above: 0 }),
  r: resolve("r", r),
  vLeak: resolve("vLeak", vLeak),
  receptors: Object.entries(receptors).map(
    ([name, { tauSyn, wIn = 1 }]): Receptor => ({
      name,
      tauSyn: resolve(`${name}.tauSyn`, tauSyn, { above: 0 }),
      wIn: resolve(`${name}.wIn`, wIn),
    }),
  ),
});

const spiking = ({ vThreshold, vReset = 0, refractorySeconds = 0 }: Spiking, resolve: Resolve) => ({
  vThreshold: resolve("vThreshold", vThreshold),
  vReset: resolve("vReset", vReset),
  refractorySeconds: resolve("refractorySeconds", refractorySeconds, { min: 0 }),
});

/** @param start the potential at step 0 where none is given */
const driven = ({ current = 0, vInitial }: Driven, start: Parameter, resolve: Resolve) => ({
  current: resolve("current", current),
  vInitial: resolve("vInitial", vInitial ?? start),
});

const CHANGE = "Change the code that builds this network.";
