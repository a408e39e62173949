/**
 * A spiking network as a memory plan and calls: nodes in execution order, each followed by the projections that carry
 * its events on.
 *
 *   16       inputs, outputs                  outputs keep until the next step
 *            state                            v, s, w, refractory times, rings: zeros at the start, then init()
 *            counters
 *            constants                        weights, parameters, start values
 *            activations                      lists of events, spikes as bytes, saturations by node
 *            scratch                          sums over receptors
 */

import { fail } from "../../errors.ts";
import { at } from "../../model/at.ts";
import { grouped } from "../../model/grouped.ts";
import { MAX_COUNT, type SpikingGraph } from "../../model/spiking-graph.ts";
import type { ManifestTensor } from "../../module/manifest.ts";
import { describedSamples } from "../../module/ports.ts";
import type { Output } from "../../spiking/discrete-network.ts";
import { discretise } from "../../spiking/discretise.ts";
import type { FixedEvent, FixedNetwork, FixedProjection } from "../../spiking/fixed-network.ts";
import { quantise } from "../../spiking/quantise.ts";
import type { Layout } from "../layout.ts";
import type { CompileOptions } from "../options.ts";
import { MAX_PAGES, PAGE } from "../plan.ts";
import { afterStep, atSource, atTarget, placeRule } from "./carriers.ts";
import { Draft, type Ref } from "./draft.ts";
import { type EventMemory, type InputMemory, placeInput, stepInput } from "./events.ts";
import { type OpenFront, openFront } from "./front.ts";
import { loweringOf, stepPopulation } from "./kinds/index.ts";
import { plannedNodes } from "./nodes.ts";
import { type DelayMemory, placeDelay, placePool, stepDelay, stepPool } from "./passing.ts";
import { missing, type PopulationMemory } from "./population.ts";
import type { RuleEnds, RuleMemory } from "./rules/row.ts";
import { placeTally } from "./tally.ts";

export type SpikingLayout = {
  readonly layout: Layout;
  readonly network: FixedNetwork;
  readonly inputs: readonly ManifestTensor[];
  readonly outputs: readonly ManifestTensor[];
  readonly neurons: number;
  readonly synapses: number;
};

/** Raises every problem of the network at once. */
export function planSpiking(graph: SpikingGraph, options: CompileOptions): SpikingLayout {
  const network = quantise(discretise(graph), options.weights);
  const draft = new Draft(options);
  const front = graph.front
    ? openFront(draft, graph, graph.front, network, options.keptSteps ?? [])
    : null;
  const ports = network.outputs.map((output) => placeOutput(draft, output, network, front));
  const rules: RuleMemory[] = network.projections.map(() => []);
  const numbers = network.projections.map((_, q) => q);
  const onto = grouped(numbers, (q) => at(network.projections, q).target);
  const portsOf = grouped(ports, ({ output }) => output.source);
  const kept = keptEvents(network);
  const memories = network.events.map((event, k) => {
    for (const q of onto(k)) rules[q] = placeRule(draft, at(network.projections, q));
    const port = portsOf(k).find(({ tensor }) => tensor.dtype === "u8");
    return place(draft, event, network, { kept: kept.has(k), output: port?.ref ?? null, front });
  });
  const carriers = network.projections.map((p, q) => ({
    ...{ p, memory: at(rules, q), ends: endsOf(p, network, memories) },
    spikes: at(network.events, p.source).kind === "population",
  }));
  const carriersOnto = grouped(carriers, ({ p }) => p.target);
  const carriersFrom = grouped(carriers, ({ p }) => p.source);
  const tally = placeTally(draft, network);
  network.events.forEach((event, k) => {
    tally.ofNode(k, () => step(draft, event, at(memories, k), memories, options));
    for (const carrier of carriersOnto(k)) atTarget(draft, carrier, options.build);
    for (const carrier of carriersFrom(k)) {
      tally.ofProjection(carrier.p, () => atSource(draft, carrier, options.build));
    }
  });
  for (const carrier of carriers) afterStep(draft, carrier, options.build);
  for (const port of ports) copyOut(draft, port, at(memories, port.output.source));
  front?.close();
  const layout = layoutOf(graph, draft, network, front);
  return {
    layout,
    network,
    inputs: graph.front
      ? [describedSamples(graph.front)]
      : network.events.flatMap((event) => (event.kind === "input" ? [inputTensor(event)] : [])),
    outputs: ports.map(({ tensor }) => tensor),
    neurons: network.events.reduce((n, e) => n + (e.kind === "population" ? e.n : 0), 0),
    synapses: layout.nodes.reduce((n, { synapses = 0 }) => n + synapses, 0),
  };
}

type Memory =
  | ({ readonly kind: "input" } & InputMemory)
  | ({ readonly kind: "population" } & PopulationMemory)
  | ({ readonly kind: "pool" } & EventMemory)
  | ({ readonly kind: "delay" } & DelayMemory);

/** Those that are read once more after their own step, by what was executed before them. */
function keptEvents({ events, projections }: FixedNetwork): ReadonlySet<number> {
  const kept = new Set<number>();
  for (const [k, event] of events.entries()) {
    const source = sourceOf(event);
    if (source !== null && k < source) kept.add(source);
  }
  for (const { rule, source, target } of projections) {
    if (rule && target < source) kept.add(source);
  }
  return kept;
}

type Place = {
  readonly kept: boolean;
  readonly output: Ref | null;
  readonly front: OpenFront | null;
};

function place(
  draft: Draft,
  event: FixedEvent,
  network: FixedNetwork,
  { kept, output, front }: Place,
): Memory {
  const spiking = event.kind !== "population" || event.population.spiking;
  const own = { spiking, kept, output };
  switch (event.kind) {
    case "input":
      return { kind: "input", ...placeInput(draft, event, own, front?.counts ?? null) };
    case "population":
      return {
        kind: "population",
        ...loweringOf(event.population).place(draft, event.population, own),
      };
    case "pool":
      return { kind: "pool", ...placePool(draft, event, own) };
    case "delay": {
      const bits = givesSpikes(network.events, event.source);
      return { kind: "delay", ...placeDelay(draft, event, bits, own) };
    }
  }
}

function endsOf(
  { source, target, receptor }: FixedProjection,
  { events }: FixedNetwork,
  memories: readonly Memory[],
): RuleEnds {
  const to = at(memories, target);
  return {
    ...{ source: at(memories, source), target: to },
    to: to.kind === "population" ? (to.rings[receptor] ?? null) : null,
    ...{ pre: at(events, source).n, post: at(events, target).n },
  };
}

/** The node whose events this one reads itself, not through a projection. */
const sourceOf = (event: FixedEvent): number | null =>
  event.kind === "pool" || event.kind === "delay" ? event.source : null;

/** Spikes are 0 or 1; inputs and pools give counts, and so does what delays them. */
function givesSpikes(events: readonly FixedEvent[], index: number): boolean {
  const event = at(events, index);
  return event.kind === "delay" ? givesSpikes(events, event.source) : event.kind === "population";
}

function step(
  draft: Draft,
  event: FixedEvent,
  memory: Memory,
  memories: readonly Memory[],
  { build }: CompileOptions,
): void {
  if (event.kind === "input" && memory.kind === "input") stepInput(draft, event, memory);
  else if (event.kind === "population" && memory.kind === "population") {
    stepPopulation(draft, event.population, memory, build);
  } else if (event.kind === "pool") {
    stepPool(draft, event, memory, at(memories, event.source).list);
  } else if (event.kind === "delay" && memory.kind === "delay") {
    stepDelay(draft, event, memory, at(memories, event.source).list);
  } else missing(event.name);
}

type Port = {
  readonly output: Output;
  readonly tensor: ManifestTensor;
  readonly ref: Ref;
  readonly bytes: number;
};

/** Outputs lie back to back, in the network's order. Behind a front end they are sums of its steps' spikes. */
function placeOutput(
  draft: Draft,
  output: Output,
  network: FixedNetwork,
  front: OpenFront | null,
): Port {
  const event = at(network.events, output.source);
  const { name, shape } = output;
  const tensor = outputTensor(name, shape, event);
  const bytes = event.n * BYTES[tensor.dtype];
  const dtype = tensor.dtype === "i8" ? "u8" : tensor.dtype;
  const reading = { dtype, scale: tensor.scale, shape } as const;
  const whole = draft.named("output", name, bytes, reading, 1);
  if (front === null || dtype !== "u8") return { output, tensor, ref: whole, bytes };
  if (!givesSpikes(network.events, output.source)) {
    const where = `output ${name} behind a front end`;
    fail("MODEL_SHAPE", where, "counts of several spikes a step", "spikes of neurons, or values");
  }
  if (event.kind === "population") draft.name(`${event.name}.spikes`, whole, bytes, reading);
  return { output, tensor, ref: front.summed(whole, event.n, name), bytes };
}

/** Values, inputs that pass through, and spikes that another output shows already. */
function copyOut(draft: Draft, { output, ref, bytes }: Port, memory: Memory): void {
  const { name } = output;
  const input = memory.kind === "input" ? memory.input : null;
  const from = memory.spikes ?? memory.potential ?? input ?? missing(name);
  if (from === ref) return;
  draft.last.push({
    ...{ file: "fixed/fill", entry: "copyBytes", comment: `output ${name}` },
    args: [from, ref, bytes],
  });
}

const BYTES = { i8: 1, u8: 1, i16: 2, i32: 4 } as const;

function outputTensor(name: string, shape: readonly number[], event: FixedEvent): ManifestTensor {
  if (event.kind === "input") return { ...inputTensor(event), name, shape };
  const valued = event.kind === "population" && !event.population.spiking;
  return {
    ...{ name, shape, zeroPoint: 0 },
    dtype: valued ? "i32" : "u8",
    edge: valued ? "value" : "spike",
    scale: valued ? 2 ** -event.population.fractionBits : 1,
  };
}

const inputTensor = ({
  name,
  shape,
  values,
  scale,
  maxCount,
}: Extract<FixedEvent, { kind: "input" }>): ManifestTensor => ({
  ...{ name, shape, scale, zeroPoint: 0 },
  ...(values || maxCount === MAX_COUNT ? {} : { maxCount }),
  dtype: values ? "i16" : "u8",
  edge: values ? "value" : "spike",
});

function layoutOf(
  graph: SpikingGraph,
  draft: Draft,
  network: FixedNetwork,
  front: OpenFront | null,
): Layout {
  const placed = draft.place();
  const { ranges, memUsed, constantBytes, segments, rom, entries, init, hop, step: calls } = placed;
  const pages = Math.ceil(memUsed / PAGE);
  if (pages > MAX_PAGES) {
    fail("MODULE_TOO_BIG", graph.source.name, `${memUsed} bytes of memory`, `${MAX_PAGES * PAGE}`);
  }
  const { input, output, state, counters, activation } = ranges;
  const live = input.len + output.len + state.len + activation.len + constantBytes;
  return {
    ...{ input, output, state, counters, memUsed, pages, stepsHint: 1, segments, rom, init },
    ...(front
      ? { step: hop, rounds: { times: front.steps, calls }, entries: front.lasting(entries) }
      : { step: calls, entries }),
    nodes: [...(front?.nodes ?? []), ...plannedNodes(network)].map((node, index) => {
      return { ...node, index };
    }),
    memory: {
      inputBytes: input.len,
      outputBytes: output.len,
      stateBytes: state.len,
      activationPeakBytes: activation.len,
      activationPeakNode: "",
      scratchBytes: memUsed - live,
      constantBytes,
      memUsedBytes: memUsed,
      pages,
    },
  };
}
