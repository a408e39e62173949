/** --compare float: the same network in float64 beside the module, spike by spike. */

import { elementCount, readElements } from "../files/elements.ts";
import type { SpikingGraph } from "../model/spiking-graph.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import type { Session } from "../runtime/index.ts";
import type { EventNode } from "../spiking/discrete-network.ts";
import { discretise } from "../spiking/discretise.ts";
import { type FloatStepper, floatStepper } from "../spiking/float-stepper.ts";
import { keepsPotential } from "../spiking/kinds/index.ts";
import { count, plural, significant } from "../text.ts";
import { type Observable, observables } from "./observables.ts";
import { readEntries, sums } from "./recording.ts";

/** A spike that one of the two has and the other has not. */
export type FirstDifference = {
  readonly step: number;
  readonly node: string;
  readonly neuron: number;
  /** spikes in this step */
  readonly module: number;
  readonly float: number;
};

export type Comparison = {
  readonly with: "float";
  readonly steps: number;
  /** null: not one spike differs */
  readonly first: FirstDifference | null;
  readonly differingSpikes: number;
  /** of all, in float64 */
  readonly spikes: number;
  readonly nodes: readonly NodeComparison[];
};

export type NodeComparison = {
  readonly node: string;
  readonly differingSpikes: number;
  /** largest difference of the potential, in the file's unit; null where there is none */
  readonly largestPotentialError: number | null;
};

export type Comparer = {
  /** right after the module's step with this input */
  readonly compare: (session: Session, input: Uint8Array, step: number) => Promise<void> | null;
  readonly result: () => Comparison;
};

export function openComparer(
  graph: SpikingGraph,
  inputs: readonly ManifestTensor[],
  memory: Session["manifest"]["memory"],
): Comparer {
  const network = discretise(graph);
  const stepper = floatStepper(network);
  const shown = observables(memory);
  const watched = network.events.flatMap((event, k) =>
    event.kind === "population" ? [watch(event, k, shown)] : [],
  );
  const values = new Float64Array(elementCount(inputs));
  let steps = 0;
  let first: FirstDifference | null = null;
  const compareAll = (spikes: readonly Parts[], potentials: readonly Parts[], step: number) => {
    watched.forEach((one, k) => {
      const difference = compareNode(one, stepper, spikes[k] ?? null, potentials[k] ?? null);
      if (difference !== null) first ??= { step, node: one.name, ...difference };
    });
  };
  return {
    compare(session, input, step) {
      stepper.step(readElements(input, inputs, values, true));
      steps += 1;
      const read = (what: Observable | null) => (what ? readEntries(session, what) : null);
      const spikes = watched.map((one) => read(one.spikes));
      const potentials = watched.map((one) => read(one.v));
      if (![...spikes, ...potentials].some((part) => part instanceof Promise)) {
        compareAll(spikes as Parts[], potentials as Parts[], step);
        return null;
      }
      return Promise.all([Promise.all(spikes), Promise.all(potentials)]).then(([s, v]) =>
        compareAll(s, v, step),
      );
    },
    result: () => ({
      with: "float",
      steps,
      first,
      differingSpikes: watched.reduce((n, one) => n + one.differing, 0),
      spikes: watched.reduce((n, one) => n + one.fired, 0),
      nodes: watched.map(({ name, differing, v, error }) => ({
        node: name,
        differingSpikes: differing,
        largestPotentialError: v ? error : null,
      })),
    }),
  };
}

type Parts = readonly Uint8Array[] | null;

type Watched = {
  readonly name: string;
  /** index into the network's events */
  readonly event: number;
  readonly spikes: Observable | null;
  readonly v: Observable | null;
  differing: number;
  fired: number;
  error: number;
};

function watch(
  { name, population }: Extract<EventNode, { kind: "population" }>,
  event: number,
  shown: ReadonlyMap<string, Observable>,
): Watched {
  return {
    name,
    event,
    spikes: population.spiking ? (shown.get(`${name}.spikes`) ?? null) : null,
    v: keepsPotential(population) ? (shown.get(`${name}.v`) ?? null) : null,
    ...{ differing: 0, fired: 0, error: 0 },
  };
}

/** Counts what differs; the first neuron whose spike does. */
function compareNode(
  one: Watched,
  stepper: FloatStepper,
  spikes: Parts,
  potentials: Parts,
): Pick<FirstDifference, "neuron" | "module" | "float"> | null {
  let first: Pick<FirstDifference, "neuron" | "module" | "float"> | null = null;
  if (one.spikes && spikes) {
    const real = stepper.events(one.event);
    const own = ofEvery(real, sums(one.spikes, spikes));
    for (let k = 0; k < real.length; k++) {
      const [module, float] = [own[k] as number, real[k] as number];
      one.fired += float;
      if (module === float) continue;
      one.differing += Math.abs(module - float);
      first ??= { neuron: k, module, float };
    }
  }
  if (one.v && potentials) {
    const real = stepper.potential(one.event);
    const own = ofEvery(real, sums(one.v, potentials));
    for (let k = 0; k < real.length; k++) {
      const error = Math.abs((own[k] as number) - (real[k] as number));
      if (error > one.error) one.error = error;
    }
  }
  return first;
}

/** What the module has, of as many neurons. */
function ofEvery(real: ArrayLike<number>, own: ArrayLike<number>): ArrayLike<number> {
  if (own.length !== real.length) throw new RangeError(`${own.length} of ${real.length} neurons`);
  return own;
}

export function comparisonLines({
  steps,
  first,
  differingSpikes,
  spikes,
  nodes,
}: Comparison): string[] {
  const errors = nodes.flatMap(({ node, largestPotentialError: error }) =>
    error === null ? [] : [`${node}: potential within ${tiny(error)} of float64`],
  );
  if (first === null) {
    return [
      `no differing spike in ${plural(steps, "step")} (${plural(spikes, "spike")})`,
      ...errors,
    ];
  }
  const { step, node, neuron, module, float } = first;
  return [
    `first differing step ${step}, node ${node}, neuron ${neuron}: module ${module}, float64 ${float}`,
    `${count(differingSpikes)} differing, of ${plural(spikes, "spike")} in ${plural(steps, "step")}`,
    ...errors,
  ];
}

const tiny = (x: number): string =>
  x !== 0 && Math.abs(x) < 1e-3 ? x.toExponential(2) : significant(x);
