/**
 * Runs a discrete network in float64: what `run --compare float` holds the module against, and what encoders and
 * networks by code are tried on before they are quantised. Not the oracle of the tests, which shares no code with it.
 */

import { type Values, valueAt } from "../model/spiking-graph.ts";
import type { DiscreteNetwork, EventNode, Population, Projection } from "./discrete-network.ts";
import { forEachSynapse } from "./matrix.ts";

type State = {
  readonly v: Float64Array;
  readonly s: readonly Float64Array[];
  readonly w: Float64Array;
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
  readonly pre: Uint32Array;
  readonly rows: Uint32Array;
  readonly post: Uint32Array;
  readonly weight: Float64Array;
  readonly delay: Uint8Array;
};

export function floatStepper(network: DiscreteNetwork): FloatStepper {
  const synapses = network.projections.map((p) => list(p, network.events));
  const longest = synapses.reduce((n, s) => s.delay.reduce((a, b) => Math.max(a, b), n), 0);
  const states = network.events.map((event) => start(event, longest + 2));
  const stored = network.events.map((): Float64Array[] => []); // what delay nodes have seen
  let now = 0;

  function step(input: ArrayLike<number>): void {
    let offset = 0;
    network.events.forEach((event, k) => {
      const state = states[k] as State;
      if (event.kind === "input") {
        for (let i = 0; i < event.n; i++) state.spikes[i] = input[offset + i] ?? 0;
        offset += event.n;
      } else if (event.kind === "pool") pool(event, states[event.source] as State, state.spikes);
      else if (event.kind === "delay")
        recall(event, stored[k] ?? [], states[event.source] as State, state.spikes);
      else update(event.population, state, now, states);
      network.projections.forEach((p, q) => {
        if (p.source === k)
          deliver(p, synapses[q] as Synapses, state, states[p.target] as State, now);
      });
    });
    network.events.forEach((event, k) => {
      const seen = stored[k];
      if (event.kind !== "delay" || seen === undefined) return;
      seen.push(Float64Array.from((states[event.source] as State).spikes));
      if (seen.length > longestDelay(event.steps)) seen.shift();
    });
    now += 1;
  }

  const at = (k: number): State => states[k] as State;
  return {
    step,
    events: (k) => at(k).spikes,
    potential: (k) => at(k).v,
    current: (k, receptor) => at(k).s[receptor] ?? new Float64Array(),
  };
}

const longestDelay = (steps: number | Uint32Array): number =>
  typeof steps === "number" ? steps : steps.reduce((a, b) => Math.max(a, b), 0);

function start(event: EventNode, slots: number): State {
  const population = event.kind === "population" ? event.population : null;
  const receptors = population?.receptors.length ?? 0;
  const zeros = () => new Float64Array(event.n);
  // what a late constant adds in the first step is on its way as well, with the other sign
  const first = (late: Values) => zeros().map((_, k) => 0 - valueAt(late, k));
  const v = Float64Array.from({ length: event.n }, (_, k) => valueAt(population?.vInitial ?? 0, k));
  const iz = population?.izhikevich;
  return {
    v,
    s: Array.from({ length: receptors }, zeros),
    w: iz
      ? v.map((x, k) => x * valueAt(iz.b, k))
      : new Float64Array(population?.perceptron?.inputs ?? event.n),
    refractory: new Int32Array(event.n),
    arriving: Array.from({ length: receptors }, (_, r) =>
      Array.from({ length: slots }, (_, slot) =>
        slot === 0 ? first(population?.receptors[r]?.lateConstant ?? 0) : zeros(),
      ),
    ),
    spikes: zeros(),
  };
}

function list(p: Projection, events: readonly EventNode[]): Synapses {
  const pre = events[p.source]?.n ?? 0;
  const post = events[p.target]?.n ?? 0;
  const found = {
    pre: [] as number[],
    post: [] as number[],
    weight: [] as number[],
    delay: [] as number[],
  };
  forEachSynapse(p.matrix, pre, post, (i, j, w, d) => {
    found.pre.push(i);
    found.post.push(j);
    found.weight.push(w);
    found.delay.push(d);
  });
  const rows = new Uint32Array(pre + 1);
  for (const i of found.pre) rows[i + 1] = (rows[i + 1] ?? 0) + 1;
  for (let i = 0; i < pre; i++) rows[i + 1] = (rows[i + 1] ?? 0) + (rows[i] ?? 0);
  return {
    pre: Uint32Array.from(found.pre),
    rows,
    post: Uint32Array.from(found.post),
    weight: Float64Array.from(found.weight),
    delay: Uint8Array.from(found.delay),
  };
}

function deliver(p: Projection, synapses: Synapses, from: State, to: State, now: number): void {
  const slots = to.arriving[p.receptor] ?? [];
  for (let i = 0; i < from.spikes.length; i++) {
    const x = from.spikes[i] ?? 0;
    if (x === 0) continue;
    for (let k = synapses.rows[i] ?? 0; k < (synapses.rows[i + 1] ?? 0); k++) {
      // a projection that closes a cycle arrives after its target has read this step's slot
      const slot = slots[(now + (synapses.delay[k] ?? 0) + (p.closesCycle ? 1 : 0)) % slots.length];
      const j = synapses.post[k] ?? 0;
      if (slot) slot[j] = (slot[j] ?? 0) + x * (synapses.weight[k] ?? 0);
    }
  }
}

function update(p: Population, state: State, now: number, states: readonly State[]): void {
  if (p.perceptron) {
    perceive(p.perceptron, state, states[p.perceptron.source] as State);
    return;
  }
  const { v, s, w, refractory, spikes } = state;
  for (let k = 0; k < p.n; k++) {
    let total = 0;
    p.receptors.forEach((receptor, r) => {
      const slot = state.arriving[r]?.[now % (state.arriving[r]?.length ?? 1)] as Float64Array;
      const current = s[r] as Float64Array;
      const kept = (current[k] ?? 0) * (1 - valueAt(receptor.kappa, k));
      current[k] = kept + valueAt(receptor.constant, k) + (slot[k] ?? 0);
      total += current[k] ?? 0;
      slot[k] = 0;
    });
    spikes[k] = 0;
    if ((refractory[k] ?? 0) > 0) {
      refractory[k] = (refractory[k] ?? 0) - 1;
      if (p.adaptation) w[k] = (w[k] ?? 0) * (1 - valueAt(p.adaptation.kappa, k));
      continue;
    }
    if (p.izhikevich) izhikevich(p, k, total + valueAt(p.constant, k), state);
    else integrate(p, k, total, state);
    if (p.resetRule === "none") spikes[k] = v[k] ?? 0;
    if (p.adaptation) {
      const kept = (w[k] ?? 0) * (1 - valueAt(p.adaptation.kappa, k));
      w[k] = kept + (spikes[k] ?? 0) * valueAt(p.adaptation.increment, k);
    }
    if (p.resetRule !== "none" && spikes[k]) refractory[k] = p.refractorySteps;
  }
}

function integrate(p: Population, k: number, total: number, { v, w, spikes }: State): void {
  const before = v[k] ?? 0;
  const theta = valueAt(p.vThreshold, k);
  const drive = total + valueAt(p.constant, k) - (w[k] ?? 0);
  if (p.kind === "threshold") {
    spikes[k] = drive > theta ? 1 : 0;
    return;
  }
  let x = before * (1 - valueAt(p.kappaV, k)) + drive;
  const late = before > theta ? 1 : 0;
  if (p.resetRule === "snntorch") x -= late * theta;
  const spike = p.resetRule === "spyx" ? late : x > theta ? 1 : 0;
  switch (p.resetRule) {
    case "none":
      break;
    case "zero":
      if (spike) x = valueAt(p.vReset, k);
      break;
    case "subtract":
    case "spyx":
      x -= spike * theta;
      break;
    case "snntorch":
      x -= (spike - late) * theta;
  }
  v[k] = x;
  if (p.resetRule !== "none") spikes[k] = spike;
}

/** net.m of Izhikevich 2003 at steps of half a millisecond and more; a plain Euler step below. */
function izhikevich(p: Population, k: number, input: number, { v, w, spikes }: State): void {
  const { a, b, c, d, dtMs } = p.izhikevich as NonNullable<Population["izhikevich"]>;
  let x = v[k] ?? 0;
  let u = w[k] ?? 0;
  const coarse = dtMs >= 0.5;
  const fire = () => {
    if (x < valueAt(p.vThreshold, k)) return;
    spikes[k] = 1;
    x = valueAt(c, k);
    u += valueAt(d, k);
  };
  if (coarse) fire();
  const slope = (y: number) => 0.04 * y * y + 5 * y + 140 - u + input;
  if (coarse) {
    x += 0.5 * dtMs * slope(x);
    x += 0.5 * dtMs * slope(x);
    u += dtMs * valueAt(a, k) * (valueAt(b, k) * x - u);
  } else {
    const dv = dtMs * slope(x);
    u += dtMs * valueAt(a, k) * (valueAt(b, k) * x - u);
    x += dv;
    fire();
  }
  v[k] = x;
  w[k] = u;
}

/** w holds the weights of x, and the bias in the place of the target. */
function perceive(
  { inputs }: NonNullable<Population["perceptron"]>,
  { w, spikes }: State,
  { spikes: input }: State,
): void {
  const bias = inputs - 1;
  let sum = w[bias] ?? 0;
  for (let k = 0; k < bias; k++) sum += (w[k] ?? 0) * (input[k] ?? 0);
  spikes[0] = sum > 0 ? 1 : 0;
  const error = (input[bias] ?? 0) - spikes[0];
  for (let k = 0; k < bias; k++) w[k] = (w[k] ?? 0) + error * (input[k] ?? 0);
  w[bias] = (w[bias] ?? 0) + error;
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
        counts[o] = (counts[o] ?? 0) + x;
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
    const d = typeof event.steps === "number" ? event.steps : (event.steps[k] ?? 0);
    spikes[k] = d === 0 ? (source.spikes[k] ?? 0) : (seen[seen.length - d]?.[k] ?? 0);
  }
}
