/** One projection: its rule, weights and delays become a Delay node, where needed, and one synapse node. */
import { fail } from "../errors.ts";
import { elements } from "../model/graph.ts";
import type { SynapseNode, Values } from "../model/spiking-graph.ts";
import { type Connect, refuseTooMany } from "./connect.ts";
import {
  type Delay,
  type DelaySteps,
  delaysOfRows,
  type Places,
  sharedSeconds,
  split,
  toSteps,
} from "./delay.ts";
import { type Parameter, values } from "./distribution.ts";
import { type Pairing, type Rows, RowWriter } from "./rows.ts";

export type Projecting = {
  readonly connect: Connect;
  /** 1. Drawn or listed per synapse, in order of the sources, or of the list */
  readonly weight?: Parameter;
  /**
   * Seconds, or conduction(velocity). A spike of step t arrives in step t + round(delay / dt), back in its own
   * population one step later at the earliest
   */
  readonly delay?: Delay;
  /** which synaptic current of the target; needed where it has several */
  readonly receptor?: string;
  /** names the projection in errors and plans; "SOURCE_to_TARGET" */
  readonly name?: string;
};

type Setting = {
  readonly pairing: Pairing;
  /** the source's first neuron, and the neurons of the node it is a part of */
  readonly source: { readonly offset: number; readonly of: number };
  readonly target: { readonly offset: number; readonly shape: readonly number[] };
  readonly places: Places;
  readonly dtSeconds: number;
};

export type Draft = {
  readonly node: SynapseNode;
  /** what delays the source's spikes before them; steps: null where every neuron has its own */
  readonly delay: { readonly seconds: Values; readonly steps: number | null } | null;
};

export function draftProjection(setting: Setting, projecting: Projecting): Draft {
  const { pairing, source, target } = setting;
  const { connect, weight = 1, delay = 0 } = projecting;
  const { where, pre, post } = pairing;
  if (connect.kind === "one-to-one" && pre !== post)
    fail("MODEL_SHAPE", where, `oneToOne from ${pre} to ${post} neurons`, "equal sizes", CHANGE);

  const whole = source.of === pre && elements(target.shape) === post;
  const shared = sharedSeconds(where, delay);
  const base = { name: where, shape: target.shape };
  if (whole && connect.kind === "one-to-one") {
    const scale = values(where, "weight", weight, pre, pairing.random);
    const own = shared === null ? ownDelays(setting, projecting) : ahead(setting, shared);
    return { node: { ...base, kind: "Scale", scale }, delay: own };
  }
  const selfExcluded = pairing.shift !== null && connect.kind === "all-to-all" && !connect.self;
  if (whole && connect.kind === "all-to-all" && shared !== null && !selfExcluded) {
    refuseTooMany(where, pre * post);
    const dense = denseWeights(pairing, weight);
    return {
      node: { ...base, kind: "Linear", weight: dense, inputSize: pre },
      delay: ahead(setting, shared),
    };
  }

  const rows = rowsOf(setting, projecting);
  const weights = inRowOrder(
    values(where, "weight", weight, rows.post.length, pairing.random),
    rows,
  );
  const { seconds, extra } =
    shared === null ? splitDelays(setting, rows, delay) : { seconds: shared, extra: null };
  const placed = place(setting, rows);
  return {
    node: {
      ...base,
      kind: "Sparse",
      inputSize: source.of,
      ...placed,
      weight: weights,
      delaySteps: extra ?? 0,
    },
    delay: ahead(setting, seconds),
  };
}

function splitDelays(
  { pairing, places, dtSeconds }: Setting,
  rows: Rows,
  delay: Delay,
): { readonly seconds: number; readonly extra: DelaySteps["extra"] } {
  const steps = delaysOfRows(pairing, rows, delay, places, dtSeconds);
  // a neuron's own population has acted when it fires: without this, one delay of 0 would postpone all of them
  if (pairing.shift !== null)
    steps.forEach((s, k) => {
      if (s === 0) steps[k] = 1;
    });
  const { shared, extra } = split(pairing.where, steps, dtSeconds);
  return { seconds: shared * dtSeconds, extra };
}

/** One delay for all: the spikes are kept, not what they would add to each target. */
function ahead({ pairing, dtSeconds }: Setting, seconds: number): Draft["delay"] {
  const steps = toSteps(pairing.where, seconds, dtSeconds);
  return steps === 0 ? null : { seconds, steps };
}

/** One-to-one: the delay of a synapse is that of its neuron, of any length. */
function ownDelays(setting: Setting, { delay = 0 }: Projecting): Draft["delay"] {
  const { pairing, places, dtSeconds } = setting;
  const steps = delaysOfRows(pairing, diagonal(pairing.pre), delay, places, dtSeconds);
  return { seconds: Float64Array.from(steps, (s) => s * dtSeconds), steps: null };
}

/** Row-major [out, in], drawn source after source as everywhere. */
function denseWeights({ where, pre, post, random }: Pairing, weight: Parameter): Float64Array {
  const given = values(where, "weight", weight, pre * post, random);
  const dense = new Float64Array(pre * post);
  if (typeof given === "number") return dense.fill(given);
  for (let i = 0; i < pre; i++) {
    for (let j = 0; j < post; j++) dense[j * pre + i] = given[i * post + j] as number;
  }
  return dense;
}

function rowsOf({ pairing }: Setting, { connect }: Projecting): Rows {
  const { where, pre, post, shift } = pairing;
  switch (connect.kind) {
    case "rows":
      return connect.rows(pairing);
    case "one-to-one":
      return diagonal(pre);
    case "all-to-all": {
      refuseTooMany(where, pre * post);
      const writer = new RowWriter(pre, pre * post);
      for (let i = 0; i < pre; i++) {
        const own = shift === null || connect.self ? -1 : i + shift;
        for (let j = 0; j < post; j++) if (j !== own) writer.push(j);
        writer.endRow();
      }
      return writer.finish();
    }
  }
}

const diagonal = (n: number): Rows => ({
  rowStart: Uint32Array.from({ length: n + 1 }, (_, k) => k),
  post: Uint32Array.from({ length: n }, (_, k) => k),
  order: null,
});

const inRowOrder = (given: Values, { order }: Rows): Values =>
  typeof given === "number" || order === null
    ? given
    : Float64Array.from(order, (k) => given[k] as number);

/** Rows of a part, as rows of the whole source onto the whole target. */
function place({ pairing, source, target }: Setting, { rowStart, post }: Rows) {
  const all = new Uint32Array(source.of + 1);
  all.set(rowStart, source.offset);
  all.fill(post.length, source.offset + pairing.pre);
  const moved = target.offset === 0 ? post : post.map((j) => j + target.offset);
  return { rowStart: all, post: moved };
}

const CHANGE = "Change the rule in the code that builds this network.";
