/**
 * Steps a quantised network neuron by neuron and synapse by synapse, in BigInt and from the equations: shares no code
 * with the kernels, knows nothing of lists, rings or vectors.
 */
import type { EventNode } from "../../host/spiking/discrete-network.ts";
import {
  type ConstantProjection,
  type Decay,
  type FixedEvent,
  type FixedNetwork,
  type Integers,
  type Lanes,
  type LearningProjection,
  LIMIT,
} from "../../host/spiking/fixed-network.ts";
import type { FixedAdaptiveLif } from "../../host/spiking/kinds/adaptive-lif.ts";
import type { FixedPopulation } from "../../host/spiking/kinds/index.ts";
import type { FixedIzhikevich } from "../../host/spiking/kinds/izhikevich.ts";
import type { FixedMembrane } from "../../host/spiking/kinds/membrane.ts";
import type { FixedQif } from "../../host/spiking/kinds/qif.ts";

type Synapse = { readonly post: number; readonly weight: number; readonly delay: number };

type Neurons = {
  readonly v: number[];
  readonly s: number[][];
  /** what stands beside v */
  readonly beside: number[][];
  readonly frozen: number[];
  /** by receptor: sums by the step in which they act */
  readonly arriving: Map<number, number[]>[];
};

export type SpikingOracle = {
  readonly step: (input: readonly number[]) => void;
  readonly values: (event: number) => readonly number[];
  readonly potential: (event: number) => readonly number[];
  readonly counters: { spikes: number; synapticEvents: number; saturations: number };
};

const at = (values: Integers, k: number): number =>
  typeof values === "number" ? values : (values[k] ?? 0);

const leak = (x: number, { mantissa, shift }: Decay, k: number): number =>
  Number((BigInt(x) * BigInt(at(mantissa, k)) + (1n << BigInt(shift - 1))) >> BigInt(shift));

/** κ times the middle of all x that differ in the last `dropped` bits alone; of x itself where none are. */
function leakOfMiddle(x: number, decay: Decay, dropped: number, k: number): number {
  if (dropped === 0) return leak(x, decay, k);
  const middleTwice = 2n * (BigInt(x) >> BigInt(dropped)) + 1n;
  const product = (middleTwice * BigInt(at(decay.mantissa, k))) << BigInt(dropped);
  return Number((product + (1n << BigInt(decay.shift))) >> BigInt(decay.shift + 1));
}

const rounded = (product: bigint, shift: number): number =>
  shift <= 0
    ? Number(product << BigInt(-shift))
    : Number((product + (1n << BigInt(shift - 1))) >> BigInt(shift));

export function spikingOracle({ events, projections }: FixedNetwork): SpikingOracle {
  const rows = projections.map((p) => (p.rule === null ? rowsOf(p, events) : []));
  const learned = projections.map((p) => new Array<number>(p.rule?.inputs ?? 0).fill(0));
  const values = events.map((e) => new Array<number>(e.n).fill(0));
  const neurons = events.map((e) => (e.kind === "population" ? start(e.population) : null));
  const history: number[][][] = events.map(() => []);
  const counters = { spikes: 0, synapticEvents: 0, saturations: 0 };
  let now = 0;

  const hold = (x: number, limit = LIMIT): number => {
    if (Math.abs(x) <= limit) return x;
    counters.saturations += 1;
    return x < 0 ? -limit : limit;
  };

  function act(event: FixedEvent, k: number, input: readonly number[]): number[] {
    switch (event.kind) {
      case "input":
        return [...input];
      case "pool":
        return pooled(event, values[event.source] ?? []);
      case "delay":
        return Array.from({ length: event.n }, (_, i) => {
          const d = typeof event.steps === "number" ? event.steps : (event.steps[i] ?? 0);
          const seen = d === 0 ? values[event.source] : history[event.source]?.[now - d];
          return seen?.[i] ?? 0;
        });
      default:
        return update(event.population, neurons[k] as Neurons);
    }
  }

  function update(p: FixedPopulation, state: Neurons): number[] {
    return Array.from({ length: p.n }, (_, k) => {
      let total = 0;
      p.receptors.forEach((r, index) => {
        const due = state.arriving[index]?.get(now)?.[k] ?? 0;
        const s = state.s[index] as number[];
        const dropped = p.dropped?.receptors[index] ?? 0;
        const kept = r.decay ? (s[k] ?? 0) - leakOfMiddle(s[k] ?? 0, r.decay, dropped, k) : 0;
        const constant = at(r.constant, k) - (now === 0 ? at(r.lateConstant, k) : 0);
        const exact = kept + constant + due;
        s[k] = p.fused ? exact : hold(exact, r.limit);
        total += s[k] ?? 0;
      });
      return stepOf(p, state, k, total);
    });
  }

  function stepOf(p: FixedPopulation, state: Neurons, k: number, total: number): number {
    switch (p.kind) {
      case "Threshold":
        return counted(total + at(p.constant, k) > at(p.threshold, k) ? 1 : 0);
      case "Perceptron":
        return 0; // until its rule says otherwise
      case "Izhikevich":
        return izhikevich(p, state, k, total);
      case "AdaptiveLIF":
        return adaptive(p, state, k, total);
      case "QIF":
        return quadratic(p, state, k, total);
      default:
        return membrane(p, state, k, total);
    }
  }

  function counted(z: number): number {
    counters.spikes += z;
    return z;
  }

  function adaptive(p: FixedAdaptiveLif, state: Neurons, k: number, total: number): number {
    const [w] = state.beside as [number[]];
    const tired = w[k] ?? 0;
    const z = membrane(p, state, k, total - tired);
    w[k] = hold(tired - leak(tired, p.decayW, k) + z * at(p.increment, k));
    return z;
  }

  function membrane(
    p: FixedMembrane | FixedAdaptiveLif,
    state: Neurons,
    k: number,
    total: number,
  ): number {
    if ((state.frozen[k] ?? 0) > 0) {
      state.frozen[k] = (state.frozen[k] ?? 0) - 1;
      return 0;
    }
    const theta = at(p.threshold, k);
    const before = state.v[k] ?? 0;
    const x = p.lanes
      ? inLanes(before, total - at(p.receptors[0]?.constant ?? 0, k), p.lanes)
      : before - leakOfMiddle(before, p.decay, p.dropped?.v ?? 0, k) + total + at(p.constant, k);
    const late = before > theta ? 1 : 0;
    const z = {
      none: 0,
      zero: x > theta ? 1 : 0,
      subtract: x > theta ? 1 : 0,
      snntorch: x - late * theta > theta ? 1 : 0,
      spyx: late,
    }[p.resetRule];
    const after = p.resetRule === "zero" ? (z ? at(p.reset, k) : x) : x - z * theta;
    state.v[k] = hold(after);
    if (!p.spiking) return state.v[k] ?? 0;
    if (z) state.frozen[k] = at(p.refractorySteps, k);
    return counted(z);
  }

  function quadratic(p: FixedQif, state: Neurons, k: number, total: number): number {
    if ((state.frozen[k] ?? 0) > 0) {
      state.frozen[k] = (state.frozen[k] ?? 0) - 1;
      return 0;
    }
    const v = state.v[k] ?? 0;
    const parabola = BigInt(v - at(p.rest, k)) * BigInt(v - at(p.critical, k));
    const steep = rounded(parabola, 21);
    const rise = rounded(BigInt(steep) * BigInt(at(p.g.mantissa, k)), p.g.shift);
    const x = v + rise + total + at(p.constant, k);
    const z = x >= at(p.threshold, k) ? 1 : 0;
    state.v[k] = z ? at(p.reset, k) : hold(x);
    if (z) state.frozen[k] = at(p.refractorySteps, k);
    return counted(z);
  }

  function izhikevich(iz: FixedIzhikevich, state: Neurons, k: number, total: number): number {
    const bits = BigInt(iz.fractionBits);
    const limit = BigInt(LIMIT);
    const big = (values: Integers) => BigInt(at(values, k));
    const clamp = (x: bigint, most: bigint) => (x > most ? most : x < -most ? -most : x);
    const [beside] = state.beside as [number[]];
    let v = BigInt(state.v[k] ?? 0);
    let u = BigInt(beside[k] ?? 0);
    const input = BigInt(total) + big(iz.constant) + (140n << bits);
    const rise = (x: bigint): bigint => {
      const square = (((x * x) >> 26n) * 687194767n) >> (bits + 8n);
      return ((square + 5n * x + input - u) * BigInt(iz.step) + (1n << 25n)) >> 26n;
    };
    let z = 0;
    const fire = () => {
      if (v < big(iz.threshold)) return;
      z = 1;
      v = big(iz.c);
      u += big(iz.d);
    };
    if (iz.coarse) {
      fire();
      v = clamp(v + rise(v), limit);
      v += rise(v);
    }
    const dv = iz.coarse ? 0n : rise(v);
    const pull = clamp(((v * big(iz.b)) >> 24n) - u, 1n << 32n);
    u += (big(iz.a) * pull + (1n << 29n)) >> 30n;
    v += dv;
    if (!iz.coarse) fire();
    if (v < -limit) counters.saturations += 1;
    if (clamp(u, limit) !== u) counters.saturations += 1;
    state.v[k] = Number(clamp(v, limit));
    beside[k] = Number(clamp(u, limit));
    return counted(z);
  }

  /** Rosenblatt's rule: sum, answer, correction. The weight of the target is the bias. */
  function teach({ source, target, rule }: LearningProjection, w: number[]): void {
    const bias = rule.inputs - 1;
    const x = (values[source] ?? []).map((value, k) => (k === bias ? 1 : value));
    const sum = w.reduce((n, weight, k) => n + weight * (x[k] ?? 0), 0);
    counters.synapticEvents += x.slice(0, bias).filter((value) => value !== 0).length;
    const y = counted(sum > 0 ? 1 : 0);
    const error = (values[source]?.[bias] ?? 0) - y;
    w.forEach((weight, k) => {
      w[k] = weight + error * (x[k] ?? 0);
    });
    values[target] = [y];
  }

  function deliver(p: ConstantProjection, synapses: readonly (readonly Synapse[])[]): void {
    const to = neurons[p.target]?.arriving[p.receptor];
    values[p.source]?.forEach((given, i) => {
      if (given === 0) return;
      const value = Math.min(given, p.mostCount ?? given);
      if (value !== given) counters.saturations += 1;
      for (const { post, weight, delay } of synapses[i] ?? []) {
        const due = now + delay + (p.closesCycle ? 1 : 0);
        const sums = to?.get(due) ?? [];
        to?.set(due, sums);
        sums[post] = (sums[post] ?? 0) + rounded(BigInt(value) * BigInt(weight), -p.exponent);
        counters.synapticEvents += 1;
      }
    });
  }

  return {
    step(input) {
      let offset = 0;
      events.forEach((event, k) => {
        const own = event.kind === "input" ? input.slice(offset, offset + event.n) : [];
        offset += own.length;
        values[k] = act(event, k, own);
        projections.forEach((p, q) => {
          if (p.rule !== null && p.target === k) teach(p, learned[q] ?? []);
        });
        projections.forEach((p, q) => {
          if (p.rule === null && p.source === k) deliver(p, rows[q] ?? []);
        });
      });
      events.forEach((_, k) => {
        history[k]?.push(values[k] ?? []);
      });
      now += 1;
    },
    values: (k) => values[k] ?? [],
    potential(k) {
      const { v = [], arriving = [] } = neurons[k] ?? {};
      const event = events[k];
      if (event?.kind !== "population" || !event.population.lanes) return v;
      return v.map((x, j) => x + (arriving[0]?.get(now)?.[j] ?? 0));
    },
    counters,
  };
}

/** The 16-bit format: what has arrived is part of v before the leak. That both stay in their lane is the host's promise. */
function inLanes(v: number, arrived: number, lanes: Lanes): number {
  const { multiplier, coarse, places, offset, rest } = lanes;
  const u = BigInt(v + offset + arrived);
  const x = u - (((u >> BigInt(coarse)) * BigInt(multiplier)) >> BigInt(places)) + BigInt(rest);
  for (const lane of [u, x]) {
    if (lane < 0n || lane > 0xffffn) throw new Error(`${lane} in a lane of 16 bits`);
  }
  return Number(x) - offset;
}

function start(p: FixedPopulation): Neurons {
  const fill = (values: Integers) => Array.from({ length: p.n }, (_, k) => at(values, k));
  const beside = p.variables.filter(({ name }) => name !== "v");
  return {
    v: fill(p.variables.find(({ name }) => name === "v")?.initial ?? 0),
    s: p.receptors.map(() => fill(0)),
    beside: beside.map(({ initial }) => fill(initial)),
    frozen: fill(0),
    arriving: p.receptors.map(() => new Map<number, number[]>()),
  };
}

/** Every synapse by its source, straight from the definitions of the matrices. */
function rowsOf(p: ConstantProjection, events: readonly FixedEvent[]): Synapse[][] {
  const pre = events[p.source]?.n ?? 0;
  const post = events[p.target]?.n ?? 0;
  const rows: Synapse[][] = Array.from({ length: pre }, () => []);
  const { matrix: m } = p;
  if (m.kind === "dense") {
    m.weight.forEach((weight, k) => {
      rows[Math.floor(k / post)]?.push({ post: k % post, weight, delay: 0 });
    });
  } else if (m.kind === "diagonal") {
    rows.forEach((row, k) => {
      row.push({ post: k, weight: m.weight[k % m.weight.length] ?? 0, delay: 0 });
    });
  } else if (m.kind === "sparse") {
    rows.forEach((row, i) => {
      for (let k = m.rowStart[i] ?? 0; k < (m.rowStart[i + 1] ?? 0); k++) {
        const delay = m.delaySteps?.[k] ?? 0;
        row.push({ post: m.post[k] ?? 0, weight: m.weight[k] ?? 0, delay });
      }
    });
  } else {
    // torch: y[o, r, c] = Σ w[o, i, a, b] · x[group(o) · I + i, r·stride + a·dilation − pad, …]
    const [, height, width] = m.inputShape;
    const [channels, outH, outW] = m.outputShape;
    const perGroup = m.inputShape[0] / m.groups;
    for (let j = 0; j < post; j++) {
      const o = Math.floor(j / (outH * outW));
      const r = Math.floor(j / outW) % outH;
      const c = j % outW;
      const group = Math.floor(o / (channels / m.groups));
      for (let i = 0; i < perGroup; i++) {
        for (let a = 0; a < m.kernel[0]; a++) {
          for (let b = 0; b < m.kernel[1]; b++) {
            const y = r * m.stride[0] + a * m.dilation[0] - m.padding[0];
            const x = c * m.stride[1] + b * m.dilation[1] - m.padding[1];
            if (y < 0 || y >= height || x < 0 || x >= width) continue;
            const weight = m.weight[((o * perGroup + i) * m.kernel[0] + a) * m.kernel[1] + b] ?? 0;
            const from = ((group * perGroup + i) * height + y) * width + x;
            rows[from]?.push({ post: j, weight, delay: 0 });
          }
        }
      }
    }
  }
  return rows;
}

function pooled(event: Extract<EventNode, { kind: "pool" }>, source: readonly number[]): number[] {
  const [, height, width] = event.inputShape;
  const [, outH = 1, outW = 1] = event.shape;
  return Array.from({ length: event.n }, (_, j) => {
    const channel = Math.floor(j / (outH * outW));
    const top = (Math.floor(j / outW) % outH) * event.stride[0] - event.padding[0];
    const left = (j % outW) * event.stride[1] - event.padding[1];
    let sum = 0;
    for (let y = Math.max(top, 0); y < Math.min(top + event.kernel[0], height); y++) {
      for (let x = Math.max(left, 0); x < Math.min(left + event.kernel[1], width); x++) {
        sum += source[(channel * height + y) * width + x] ?? 0;
      }
    }
    return sum;
  });
}
