/**
 * From continuous equations to time steps: coefficients of every population by the chosen discretisation, chains of
 * linear nodes folded into projections, execution order. Expressions: reference table of NIR discretisations, verified
 * against the golden traces of the NIR paper.
 */
import { describe, type Problem, TwentyWattError } from "../errors.ts";
import { elements } from "../model/graph.ts";
import { sourcesFirst } from "../model/order.ts";
import {
  type Discretisation,
  isNeuron,
  type NeuronNode,
  type Receptor,
  type Semantics,
  type SpikingGraph,
  type Values,
} from "../model/spiking-graph.ts";
import { addBiases, type BiasTerm } from "./biases.ts";
import type {
  DiscreteNetwork,
  DiscreteReceptor,
  EventNode,
  Output,
  Population,
  Projection,
  ResetRule,
} from "./discrete-network.ts";
import { Chains, type Term } from "./linear-chains.ts";
import { mapValues, oneStepLater, scalePosts, synapseCount, zipValues } from "./matrix.ts";

/** Raises every problem of the graph at once. */
export function discretise(graph: SpikingGraph): DiscreteNetwork {
  const problems: Problem[] = [];
  const chains = new Chains(graph, problems);
  const projections: Projection[] = [];
  const biases: BiasTerm[] = [];
  graph.nodes.forEach((node, index) => {
    const target = chains.eventOf(index);
    if (!isNeuron(node) || node.kind === "Perceptron" || target === null) return;
    const scaleIn = inputScales(node, graph.semantics);
    for (const edge of graph.edges.filter((e) => e.target === index)) {
      const post = elements(node.shape);
      for (const term of chains.terms(edge.source)) {
        const gain = scaleIn[edge.receptor] ?? 1;
        projections.push(connect(chains, term, target.event, edge.receptor, gain, post));
        biases.push({ target: target.event, receptor: edge.receptor, gain, biases: term.biases });
      }
    }
  });
  const outputs = chains.outputs();
  if (problems.length > 0) throw new TwentyWattError(each(problems));
  const events = chains.events.map((event) => settle(event, graph));
  const order = executionOrder(graph.semantics, events, projections);
  const position = new Int32Array(events.length);
  order.forEach((old, now) => {
    position[old] = now;
  });
  const { discretisation } = graph.semantics;
  const biased = addBiases(events, biases, discretisation, position);
  return renumbered(graph.semantics, biased, projections, outputs, order, position);

  function settle(event: EventNode, { nodes, semantics }: SpikingGraph): EventNode {
    if (event.kind !== "population" || event.population.kind === "perceptron") return event;
    const node = nodes.find((n) => n.name === event.name);
    if (node === undefined || !isNeuron(node)) return event;
    return { ...event, population: population(node, semantics) };
  }
}

/** A chain that several nodes share is walked more than once. */
const each = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [describe(problem), problem])).values(),
];

function connect(
  chains: Chains,
  term: Term,
  target: number,
  receptor: number,
  gain: Values,
  post: number,
): Projection {
  const pre = chains.events[term.source]?.n ?? 0;
  return {
    name: term.name,
    source: term.source,
    target,
    receptor,
    matrix: scalePosts(term.matrix, gain, pre, post),
    synapses: synapseCount(term.matrix, pre, post),
    closesCycle: false,
  };
}

/** 1 − decay in one step. */
function kappa(tau: Values, dt: number, how: Discretisation): Values {
  const exponential = how === "nengo" || how === "sinabs" || how === "exact";
  return mapValues(tau, (t) => (exponential ? -Math.expm1(-dt / t) : dt / t));
}

/** How much of r · I reaches v in one step. Sinabs decays exponentially and still feeds by dt / tau. */
const kappaIn = (tau: Values, dt: number, how: Discretisation): Values =>
  how === "sinabs" ? mapValues(tau, (t) => dt / t) : kappa(tau, dt, how);

const times = (a: Values, b: Values): Values => zipValues(a, b, (x, y) => x * y);

/** What one unit of synaptic current adds to v in one step, for each receptor. */
function gains(
  node: NeuronNode,
  { dtSeconds: dt, discretisation: how }: Semantics,
): readonly Values[] {
  switch (node.kind) {
    case "I":
    case "IF":
      return [node.r];
    case "LI":
    case "LIF":
    case "AdaptiveLIF":
      return [times(node.r, kappaIn(node.tau, dt, how))];
    case "CubaLI":
    case "CubaLIF":
      return node.receptors.map(({ tauSyn }) =>
        times(
          node.r,
          how === "exact"
            ? zipValues(tauSyn, node.tauMem, (s, m) => exactGain(s, m, dt))
            : kappaIn(node.tauMem, dt, how),
        ),
      );
    default:
      return [1];
  }
}

/** Response of tau_m dv/dt = −v + I after dt to I = e^(−t/tau_s): the exact solution; its limit where both are equal. */
function exactGain(tauSyn: number, tauMem: number, dt: number): number {
  if (Math.abs(tauSyn - tauMem) < 1e-9 * tauMem) return (dt / tauMem) * Math.exp(-dt / tauMem);
  return (tauSyn / (tauSyn - tauMem)) * (Math.exp(-dt / tauSyn) - Math.exp(-dt / tauMem));
}

/** Factor from a weight to the receptor's variable s, which is kept in the potential's unit. */
function inputScales(node: NeuronNode, semantics: Semantics): readonly Values[] {
  const gain = gains(node, semantics);
  if (node.kind !== "CubaLI" && node.kind !== "CubaLIF") return gain;
  const { dtSeconds: dt, discretisation: how } = semantics;
  return node.receptors.map((receptor, k) => {
    // exact: a spike makes the current jump by w_in; the others spread it over the step
    const jump = how === "exact" ? 1 : kappa(receptor.tauSyn, dt, how);
    return times(times(receptor.wIn, jump), gain[k] ?? 1);
  });
}

function resetRule(node: NeuronNode, { discretisation, reset }: Semantics): ResetRule {
  if (node.kind === "I" || node.kind === "LI" || node.kind === "CubaLI") return "none";
  if (node.kind === "Threshold" || node.kind === "Izhikevich") return "zero";
  if (reset === "zero") return "zero";
  if (discretisation === "snntorch") return "snntorch";
  // spyx: its CubaLIF subtracts at once, only its recorded output is late
  return discretisation === "spyx" && node.kind !== "CubaLIF" ? "spyx" : "subtract";
}

function population(node: NeuronNode, semantics: Semantics): Population {
  const { dtSeconds: dt, discretisation: how } = semantics;
  const gain = gains(node, semantics);
  const tau = "tau" in node ? node.tau : "tauMem" in node ? node.tauMem : null;
  const kappaV = tau === null ? 0 : kappa(tau, dt, how);
  const current = "current" in node ? node.current : 0;
  const leak = "vLeak" in node ? times(kappaV, node.vLeak) : 0;
  // a constant current passes the membrane as a held input does, whatever the synapses are
  const drive = times(
    current,
    tau === null ? (gain[0] ?? 1) : times("r" in node ? node.r : 1, kappaIn(tau, dt, how)),
  );
  const receptors: readonly Receptor[] =
    "receptors" in node ? node.receptors : [{ name: "input", tauSyn: 0, wIn: 1 }];
  return {
    name: node.name,
    shape: node.shape,
    n: elements(node.shape),
    kind:
      node.kind === "AdaptiveLIF"
        ? "adaptive"
        : node.kind === "Izhikevich"
          ? "izhikevich"
          : node.kind === "Threshold"
            ? "threshold"
            : "linear",
    kappaV,
    constant: zipValues(leak, drive, (a, b) => a + b),
    vThreshold:
      "vThreshold" in node ? node.vThreshold : node.kind === "Threshold" ? node.threshold : 30,
    vReset: "vReset" in node ? node.vReset : 0,
    vInitial: "vInitial" in node ? node.vInitial : 0,
    resetRule: resetRule(node, semantics),
    refractorySteps: "refractorySeconds" in node ? Math.round(node.refractorySeconds / dt) : 0,
    receptors: receptors.map(
      ({ name, tauSyn }, k): DiscreteReceptor => ({
        name,
        kappa: "receptors" in node ? kappa(tauSyn, dt, how) : 1,
        gain: gain[k] ?? 1,
        constant: 0,
        lateConstant: 0,
      }),
    ),
    adaptation:
      node.kind === "AdaptiveLIF"
        ? { kappa: kappa(node.tauAdapt, dt, how), increment: times(node.increment, gain[0] ?? 1) }
        : null,
    izhikevich:
      node.kind === "Izhikevich"
        ? { a: node.a, b: node.b, c: node.c, d: node.d, dtMs: dt * 1000 }
        : null,
    perceptron: null,
  };
}

/**
 * The order in which events act within a step.
 *
 * Lava's Dense and Conv send what they summed in the step before, so every projection acts one step later: targets go
 * before their sources, and what a cycle still leaves in the other direction gets a delay of one step.
 */
function executionOrder(
  { discretisation }: Semantics,
  events: readonly EventNode[],
  projections: readonly Projection[],
): readonly number[] {
  const buffered = discretisation === "lava";
  const arcs = projections.map(({ source, target }) =>
    buffered ? { source: target, target: source } : { source, target },
  );
  events.forEach((event, target) => {
    if (event.kind === "pool") arcs.push({ source: event.source, target });
    // a delay of a step or more reads only what was stored before: it never waits for its source
    if (event.kind === "delay" && shortest(event.steps) === 0)
      arcs.push({ source: event.source, target });
    if (event.kind === "population" && event.population.perceptron) {
      arcs.push({ source: event.population.perceptron.source, target });
    }
  });
  const isInput = (event: number): boolean => events[event]?.kind === "input";
  const sorted = sourcesFirst(events.length, arcs);
  // inputs in the order of the graph, which is that of the rows in files: nothing points to an input
  const inputs = events.flatMap((_, k) => (isInput(k) ? [k] : []));
  const others = sorted.filter((k) => !isInput(k));
  return buffered ? [...others, ...inputs] : [...inputs, ...others];
}

/** The events in execution order; marks the projections that close a cycle. */
function renumbered(
  { dtSeconds, discretisation }: Semantics,
  events: readonly EventNode[],
  projections: readonly Projection[],
  outputs: readonly Output[],
  order: readonly number[],
  position: Int32Array,
): DiscreteNetwork {
  const buffered = discretisation === "lava";
  const at = (old: number): number => position[old] ?? 0;
  return {
    dtSeconds,
    events: order.flatMap((old): EventNode[] => {
      const event = events[old];
      if (event === undefined) return [];
      if (event.kind === "pool" || event.kind === "delay")
        return [{ ...event, source: at(event.source) }];
      if (event.kind === "population" && event.population.perceptron) {
        const { perceptron } = event.population;
        const population = {
          ...event.population,
          perceptron: { ...perceptron, source: at(perceptron.source) },
        };
        return [{ ...event, population }];
      }
      return [event];
    }),
    projections: projections.map((p) => {
      const closesCycle = at(p.target) <= at(p.source);
      const size = (event: number) => events[event]?.n ?? 0;
      const matrix =
        buffered && !closesCycle
          ? oneStepLater(p.matrix, size(p.source), size(p.target))
          : p.matrix;
      return { ...p, matrix, source: at(p.source), target: at(p.target), closesCycle };
    }),
    outputs: outputs.map((o) => ({ ...o, source: at(o.source) })),
  };
}

const shortest = (steps: number | Uint32Array): number =>
  typeof steps === "number"
    ? steps
    : steps.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
