/** Which nodes of a graph give events: inputs, neurons, and the pools and delays that pass their events on. */
import { type Problem, problem } from "../errors.ts";
import { at } from "../model/at.ts";
import { elements } from "../model/graph.ts";
import { grouped } from "../model/grouped.ts";
import {
  type Edge,
  isNeuron,
  MAX_COUNT,
  type SpikingGraph,
  type SpikingNode,
} from "../model/spiking-graph.ts";
import type { EventNode } from "./discrete-network.ts";
import { rowOf } from "./kinds/index.ts";
import { delayStepsOf } from "./node-matrix.ts";

/** An event node before its equations became steps. */
export type EventDraft =
  | Exclude<EventNode, { kind: "population" }>
  | {
      readonly kind: "population";
      readonly name: string;
      readonly shape: readonly number[];
      readonly n: number;
      /** index into the graph's nodes */
      readonly node: number;
      /** false: a value output */
      readonly spiking: boolean;
    };

/** An event node, and the factor (AvgPool2d's 1/k) its counts still need. */
export type EventRef = { readonly event: number; readonly scale: number };

export class EventNodes {
  readonly events: EventDraft[] = [];
  readonly #graph: SpikingGraph;
  readonly #problems: Problem[];
  readonly #edgesOnto: (node: number) => readonly Edge[];
  readonly #refs = new Map<number, EventRef | null>();

  constructor(graph: SpikingGraph, problems: Problem[]) {
    this.#graph = graph;
    this.#problems = problems;
    this.#edgesOnto = grouped(graph.edges, ({ target }) => target);
    // neurons and inputs first, so that recurrent chains find their sources
    graph.nodes.forEach((node, k) => {
      const base = { name: node.name, shape: node.shape, n: elements(node.shape) };
      if (node.kind === "Input") {
        const values = graph.semantics.inputKind === "values";
        const { maxCount = MAX_COUNT } = node;
        if (!(Number.isInteger(maxCount) && maxCount >= 1 && maxCount <= MAX_COUNT)) {
          const expected = `a whole number from 1 to ${MAX_COUNT}`;
          problems.push(
            problem("MODEL_RANGE", `node ${node.name}`, `maxCount ${maxCount}`, expected),
          );
        }
        this.#add(k, { kind: "input", ...base, values, maxCount });
      } else if (isNeuron(node)) {
        const { spiking } = rowOf(node);
        this.#add(k, { kind: "population", ...base, node: k, spiking });
      }
    });
  }

  /** The event node this node is, or passes on; null for currents. */
  of(index: number): EventRef | null {
    const known = this.#refs.get(index);
    if (known !== undefined) return known;
    this.#refs.set(index, null); // cuts cycles of pools and delays
    const made = this.#make(index);
    this.#refs.set(index, made);
    return made;
  }

  /** The event node of this node's only source; null where there are several, or where it gives currents. */
  ofSource(index: number): EventRef | null {
    const [source, ...others] = this.sources(index);
    return source === undefined || others.length > 0 ? null : this.of(source);
  }

  sources(index: number): number[] {
    return this.#edgesOnto(index).map((e) => e.source);
  }

  refuse(node: SpikingNode, got: string, expected: string, remedy?: string): void {
    this.#problems.push(
      problem("MODEL_OP", `node ${node.name} (${node.kind})`, got, expected, remedy),
    );
  }

  #add(index: number, event: EventDraft): EventRef {
    this.events.push(event);
    const ref = { event: this.events.length - 1, scale: 1 };
    this.#refs.set(index, ref);
    return ref;
  }

  /** Values (v of LI, real inputs) are no events: pools and delays of them are folded or refused. */
  #spikes(ref: EventRef): boolean {
    const event = at(this.events, ref.event);
    if (event.kind === "input") return !event.values;
    return event.kind !== "population" || event.spiking;
  }

  #make(index: number): EventRef | null {
    const node = at(this.#graph.nodes, index);
    const source = this.ofSource(index);
    if (source === null || !this.#spikes(source)) {
      return node.kind === "Flatten" || node.kind === "Output" ? source : null;
    }
    const n = elements(node.shape);
    switch (node.kind) {
      case "Flatten":
      case "Output":
        return source;
      case "SumPool2d":
      case "AvgPool2d": {
        const { event } = this.#add(index, { ...node, kind: "pool", n, source: source.event });
        const average = node.kind === "AvgPool2d" ? 1 / (node.kernel[0] * node.kernel[1]) : 1;
        return { event, scale: source.scale * average };
      }
      case "Delay": {
        const { dtSeconds } = this.#graph.semantics;
        const steps = delayStepsOf(node, dtSeconds, this.refuse.bind(this));
        const delay = { ...node, kind: "delay", n, source: source.event, steps } as const;
        return { event: this.#add(index, delay).event, scale: source.scale };
      }
      default:
        return null;
    }
  }
}
