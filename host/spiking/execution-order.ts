/** In which order the events of a network act within a step. */
import { at } from "../model/at.ts";
import { sourcesFirst } from "../model/order.ts";
import type { Semantics } from "../model/spiking-graph.ts";
import type { DiscreteNetwork, EventNode, Projection } from "./discrete-network.ts";
import { oneStepLater } from "./matrix.ts";

/**
 * The order in which events act within a step.
 *
 * Lava's Dense and Conv send what they summed in the step before, so every projection acts one step later: targets go
 * before their sources, and what a cycle still leaves in the other direction gets a delay of one step.
 */
export function executionOrder(
  { discretisation }: Semantics,
  events: readonly EventNode[],
  projections: readonly Projection[],
): readonly number[] {
  const buffered = discretisation === "lava";
  // what learns reads its source in the same step, whatever carries spikes elsewhere
  const arcs = projections.map(({ source, target, rule }) =>
    buffered && rule === null ? { source: target, target: source } : { source, target },
  );
  events.forEach((event, target) => {
    if (event.kind === "pool") arcs.push({ source: event.source, target });
    // a delay of a step or more reads only what was stored before: it never waits for its source
    if (event.kind === "delay" && shortest(event.steps) === 0)
      arcs.push({ source: event.source, target });
  });
  const isInput = (k: number): boolean => at(events, k).kind === "input";
  const sorted = sourcesFirst(events.length, arcs);
  // inputs in the order of the graph, which is that of the rows in files: nothing points to an input
  const inputs = events.flatMap((_, k) => (isInput(k) ? [k] : []));
  const others = sorted.filter((k) => !isInput(k));
  return buffered ? [...others, ...inputs] : [...inputs, ...others];
}

/** The network with its events in that order; marks the projections that close a cycle. */
export function inOrder(
  { dtSeconds, events, projections, outputs }: DiscreteNetwork,
  { discretisation }: Semantics,
  order: readonly number[],
): DiscreteNetwork {
  const buffered = discretisation === "lava";
  const position = positionsOf(order);
  return {
    dtSeconds,
    events: order.map((old) => {
      const event = at(events, old);
      return event.kind === "pool" || event.kind === "delay"
        ? { ...event, source: at(position, event.source) }
        : event;
    }),
    projections: projections.map((p) => {
      const [source, target] = [at(position, p.source), at(position, p.target)];
      const closesCycle = target <= source;
      const size = (event: number) => at(events, event).n;
      const matrix =
        buffered && p.rule === null && !closesCycle
          ? oneStepLater(p.matrix, size(p.source), size(p.target))
          : p.matrix;
      return { ...p, matrix, source, target, closesCycle };
    }),
    outputs: outputs.map((o) => ({ ...o, source: at(position, o.source) })),
  };
}

/** Where in the order each event comes. */
export function positionsOf(order: readonly number[]): Int32Array {
  const position = new Int32Array(order.length);
  order.forEach((old, now) => {
    position[old] = now;
  });
  return position;
}

const shortest = (steps: number | Uint32Array): number =>
  typeof steps === "number"
    ? steps
    : steps.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
