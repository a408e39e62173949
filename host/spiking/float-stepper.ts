/**
 * Runs a discrete network in float64: what `run --compare float` holds the module against, and what encoders and
 * networks by code are tried on before they are quantised. Not the oracle of the tests, which shares no code with it.
 */

import { at } from "../model/at.ts";
import { type Values, valueAt } from "../model/spiking-graph.ts";
import type { DiscreteNetwork, EventNode, Projection } from "./discrete-network.ts";
import { type Population, rowOf } from "./kinds/index.ts";
import type { Variables } from "./kinds/row.ts";
import { forEachSynapse } from "./matrix.ts";
import { ruleRow } from "./rules/index.ts";
import type { Deliver, Sizes } from "./rules/row.ts";

type State = {
  /** what neurons keep, in the order of their row */
  readonly variables: Variables;
  readonly potential: Float64Array;
  readonly s: readonly Float64Array[];
  /** of the receptors, in this step */
  readonly total: Float64Array;
  readonly refractory: Int32Array;
  /** inputs by receptor; slot (now + d) mod length arrives d steps later */
  readonly arriving: readonly (readonly Float64Array[])[];
  readonly spikes: Float64Array;
};

export type FloatStepper = {
  /** One time step. @param input counts or values of every input node, concatenated in network order */
  readonly step: (input: ArrayLike<number>) => void;
  /** spikes (0 or 1), counts, or values of event node k in the last step */
  readonly events: (k: number) => Float64Array;
  readonly potential: (k: number) => Float64Array;
  readonly current: (k: number, receptor: number) => Float64Array;
};

type Synapses = {
  readonly rows: Uint32Array;
  readonly post: Uint32Array;
  readonly weight: Float64Array;
  readonly delay: Uint8Array;
};

export function floatStepper({ events, projections }: DiscreteNetwork): FloatStepper {
  const carriers = projections.map((p) => ({
    ...{ p, synapses: list(p, events) },
    rule: p.rule && ruleRow(p.rule).open(p.rule, p, sizesOf(p, events)),
  }));
  const longest = carriers.reduce(
    (most, { synapses }) => synapses.delay.reduce((a, b) => Math.max(a, b), most),
    0,
  );
  const states = events.map((event) => start(event, longest + 2));
  const stored = events.map((): Float64Array[] => []); // what delay nodes have seen
  let now = 0;

  function step(input: ArrayLike<number>): void {
    let offset = 0;
    events.forEach((event, k) => {
      const state = at(states, k);
      if (event.kind === "input") {
        for (let i = 0; i < event.n; i++) state.spikes[i] = input[offset + i] ?? 0;
        offset += event.n;
      } else if (event.kind === "pool") pool(event, at(states, event.source), state.spikes);
      else if (event.kind === "delay")
        recall(event, at(stored, k), at(states, event.source), state.spikes);
      else update(event.population, state, now);
      for (const { p, rule } of carriers) {
        if (p.target === k) rule?.atTarget?.(at(states, p.source).spikes, state.spikes);
      }
      for (const { p, rule, synapses } of carriers) {
        if (p.source !== k) continue;
        const add = delivery(p, at(states, p.target), now);
        if (rule) rule.atSource?.(state.spikes, add);
        else deliver(synapses, state.spikes, add);
      }
    });
    for (const { rule } of carriers) rule?.afterStep?.();
    events.forEach((event, k) => {
      if (event.kind !== "delay") return;
      const seen = at(stored, k);
      seen.push(Float64Array.from(at(states, event.source).spikes));
      if (seen.length > longestDelay(event.steps)) seen.shift();
    });
    now += 1;
  }

  return {
    step,
    events: (k) => at(states, k).spikes,
    potential: (k) => at(states, k).potential,
    current: (k, receptor) => at(at(states, k).s, receptor),
  };
}

const longestDelay = (steps: number | Uint32Array): number =>
  typeof steps === "number" ? steps : steps.reduce((a, b) => Math.max(a, b), 0);

function start(event: EventNode, slots: number): State {
  const population = event.kind === "population" ? event.population : null;
  const zeros = () => new Float64Array(event.n);
  const filled = (values: Values) => zeros().map((_, k) => valueAt(values, k));
  // what a late constant adds in the first step is on its way as well, with the other sign
  const first = (late: Values) => zeros().map((_, k) => 0 - valueAt(late, k));
  const row = population && rowOf(population);
  const variables = population && row ? row.start(population).map(filled) : [];
  const receptors = population?.receptors ?? [];
  return {
    variables,
    potential: row?.variables[0] === "v" ? at(variables, 0) : zeros(),
    s: receptors.map(zeros),
    total: zeros(),
    refractory: new Int32Array(event.n),
    arriving: receptors.map(({ lateConstant }) =>
      Array.from({ length: slots }, (_, slot) => (slot === 0 ? first(lateConstant) : zeros())),
    ),
    spikes: zeros(),
  };
}

const sizesOf = ({ source, target }: Projection, events: readonly EventNode[]): Sizes => ({
  pre: at(events, source).n,
  post: at(events, target).n,
});

function list(p: Projection, events: readonly EventNode[]): Synapses {
  const { pre, post } = sizesOf(p, events);
  const found = { post: [] as number[], weight: [] as number[], delay: [] as number[] };
  const rows = new Uint32Array(pre + 1);
  forEachSynapse(p.matrix, pre, post, (i, j, w, d) => {
    rows[i + 1] = at(rows, i + 1) + 1;
    found.post.push(j);
    found.weight.push(w);
    found.delay.push(d);
  });
  for (let i = 0; i < pre; i++) rows[i + 1] = at(rows, i + 1) + at(rows, i);
  return {
    rows,
    post: Uint32Array.from(found.post),
    weight: Float64Array.from(found.weight),
    delay: Uint8Array.from(found.delay),
  };
}

/** What adds to the target's sums. */
function delivery(p: Projection, to: State, now: number): Deliver {
  const slots = to.arriving[p.receptor] ?? []; // none where a rule acts in its target's place
  // a projection that closes a cycle arrives after its target has read this step's slot
  const due = now + (p.closesCycle ? 1 : 0);
  return (post, amount, delaySteps) => {
    const slot = at(slots, (due + delaySteps) % slots.length);
    slot[post] = (slot[post] as number) + amount;
  };
}

function deliver({ rows, post, weight, delay }: Synapses, spikes: Float64Array, add: Deliver) {
  for (let i = 0; i < spikes.length; i++) {
    const x = spikes[i] as number;
    if (x === 0) continue;
    for (let k = rows[i] as number, end = rows[i + 1] as number; k < end; k++)
      add(post[k] as number, x * (weight[k] as number), delay[k] as number);
  }
}

function update(p: Population, state: State, now: number): void {
  const { total, refractory, spikes, variables } = state;
  total.fill(0);
  p.receptors.forEach((receptor, r) => {
    const slots = at(state.arriving, r);
    const slot = at(slots, now % slots.length);
    const current = at(state.s, r);
    for (let k = 0; k < p.n; k++) {
      const kept = (current[k] as number) * (1 - valueAt(receptor.kappa, k));
      const sum = kept + valueAt(receptor.constant, k) + (slot[k] as number);
      current[k] = sum;
      total[k] = (total[k] as number) + sum;
    }
    slot.fill(0);
  });
  const row = rowOf(p);
  for (let k = 0; k < p.n; k++) {
    const left = refractory[k] as number;
    if (left > 0) {
      refractory[k] = left - 1;
      row.rest?.(p, k, variables);
      spikes[k] = 0;
      continue;
    }
    const given = row.step(p, k, total[k] as number, variables);
    spikes[k] = given;
    if (p.spiking && given) refractory[k] = valueAt(p.refractorySteps, k);
  }
}

function pool(
  event: Extract<EventNode, { kind: "pool" }>,
  source: State,
  counts: Float64Array,
): void {
  counts.fill(0);
  const [, height, width] = event.inputShape;
  const [, outH = 1, outW = 1] = event.shape;
  source.spikes.forEach((x, i) => {
    if (x === 0) return;
    const channel = Math.floor(i / (height * width));
    const y = (Math.floor(i / width) % height) + event.padding[0];
    const z = (i % width) + event.padding[1];
    for (let oy = 0; oy < outH; oy++) {
      if (y < oy * event.stride[0] || y >= oy * event.stride[0] + event.kernel[0]) continue;
      for (let ox = 0; ox < outW; ox++) {
        if (z < ox * event.stride[1] || z >= ox * event.stride[1] + event.kernel[1]) continue;
        const o = (channel * outH + oy) * outW + ox;
        counts[o] = at(counts, o) + x;
      }
    }
  });
}

function recall(
  event: Extract<EventNode, { kind: "delay" }>,
  seen: readonly Float64Array[],
  source: State,
  spikes: Float64Array,
): void {
  for (let k = 0; k < spikes.length; k++) {
    const d = typeof event.steps === "number" ? event.steps : at(event.steps, k);
    const then = seen[seen.length - d]; // none while the network is younger than the delay
    spikes[k] = d === 0 ? at(source.spikes, k) : then ? at(then, k) : 0;
  }
}
