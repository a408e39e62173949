/** Random layers that keep something from step to step: LSTM and SVDF, with the corners of their states on purpose. */
import type { LayeredGraph, Variable } from "../../host/model/graph.ts";
import { mulberry32, subseed } from "../../host/model/random.ts";
import {
  activation,
  addNode,
  anyQuantisation,
  anyZeroPoint,
  constantI8,
  constantI32,
  type Draft,
  emptyDraft,
  f32,
  graphInput,
  type Quantised,
} from "./random-draft.ts";
import { finish } from "./random-graph.ts";

export const RECURRENT_KINDS = ["UNIDIRECTIONAL_SEQUENCE_LSTM", "SVDF"] as const;
export type RecurrentKind = (typeof RECURRENT_KINDS)[number];

export function randomRecurrent(kind: RecurrentKind, seed: number): LayeredGraph {
  const draft = emptyDraft(mulberry32(subseed(seed, 900 + RECURRENT_KINDS.indexOf(kind))));
  const variables: Variable[] = [];
  const output = kind === "SVDF" ? svdf(draft, variables) : lstm(draft, variables);
  return { ...finish(draft, `${kind}#${seed}`, [output]), variables };
}

/** What the layer keeps; its first contents are not those that TFLite gives it, now and then. */
function state(
  draft: Draft,
  variables: Variable[],
  length: number,
  dtype: "i8" | "i16",
  q: Quantised,
) {
  const { dice, tensors } = draft;
  const tensor =
    tensors.push({
      ...{ name: `state${tensors.length}`, shape: [1, length], dtype, data: null },
      quantization: { scales: [q.scale], zeroPoints: [q.zeroPoint], axis: 0 },
    }) - 1;
  const start = dtype === "i8" ? q.zeroPoint & 0xff : 0;
  const anything = dice.chance(0.3);
  const bytes = length * (dtype === "i16" ? 2 : 1);
  const initial = Uint8Array.from({ length: bytes }, () => (anything ? dice.int(0, 255) : start));
  variables.push({ name: `state${tensor}`, tensor, next: tensor, initial });
  return tensor;
}

function weights(draft: Draft, rows: number, depth: number, scale: number): number {
  const { int, pick, chance } = draft.dice;
  const extreme = pick([127, -128]);
  const all = chance(0.15);
  const values = Int8Array.from({ length: rows * depth }, () => (all ? extreme : int(-128, 127)));
  return constantI8(draft, [rows, depth], values, [f32(scale)], 0, 0);
}

function lstm(draft: Draft, variables: Variable[]): number {
  const { int, pick, real, chance } = draft.dice;
  const [steps, depth, units] = [int(1, 5), pick([1, 2, 3, 4, 7, 16]), pick([1, 2, 3, 5, 8, 17])];
  const from = anyQuantisation(draft.dice);
  const input = graphInput(draft, chance(0.8) ? [1, steps, depth] : [steps, 1, depth], from);
  const kept = {
    scale: f32(pick([1 / 128, 2 ** real(-9, -6), 2 ** -15])),
    zeroPoint: anyZeroPoint(draft.dice),
  };
  // gates from silent to saturated: what is summed, in units of 1
  const wanted = (count: number, scale: number) =>
    pick([1, 1, 1, 8, 2 ** -6]) * (2 ** real(-1, 3) / (count * scale * 64 * 64));
  const inputs = [
    input,
    ...[0, 1, 2, 3].map(() => weights(draft, units, depth, wanted(depth, from.scale))),
    ...[0, 1, 2, 3].map(() => weights(draft, units, units, wanted(units, kept.scale))),
    ...[0, 1, 2, 3].map(() =>
      constantI32(
        draft,
        Int32Array.from({ length: units }, () => pick([0, int(-2000, 2000), int(-60_000, 60_000)])),
      ),
    ),
    state(draft, variables, units, "i8", kept),
    state(draft, variables, units, "i16", {
      scale: 2 ** -pick([15, 14, 12, 12, 11, 11, 10, 9, 4]),
      zeroPoint: 0,
    }),
  ];
  const output = activation(draft, (draft.tensors[input]?.shape ?? []).with(2, units), kept);
  const cellClip = pick([0, 0, 10, f32(0.3), f32(0.01)]);
  return addNode(draft, { kind: "UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, output, cellClip });
}

function svdf(draft: Draft, variables: Variable[]): number {
  const { int, pick, real, chance } = draft.dice;
  const [depth, units, rank, memory] = [
    pick([1, 3, 8, 20]),
    pick([1, 2, 5, 9]),
    pick([1, 1, 2, 3]),
    pick([1, 2, 5, 10]),
  ];
  const dtype = pick(["i8", "i16"] as const);
  const filters = units * rank;
  const from = anyQuantisation(draft.dice);
  const input = graphInput(draft, [1, depth], from);
  const features = weights(draft, filters, depth, 2 ** real(-9, -3));
  const { scales = [1] } = draft.tensors[features]?.quantization ?? {};
  const product = from.scale * (scales[0] ?? 1);
  // a state that fills its type, mostly
  const reach = 128 * 64 * Math.sqrt(depth);
  const kept = {
    scale: f32((product * reach * 2 ** real(-2, 2)) / (dtype === "i8" ? 128 : 32_768)),
    zeroPoint: dtype === "i8" ? anyZeroPoint(draft.dice) : 0,
  };
  const most = dtype === "i8" ? 127 : pick([300, 32_767]);
  const values = Array.from({ length: filters * memory }, () =>
    chance(0.05) ? most : int(-most, most),
  );
  const bytes = dtype === "i8" ? Int8Array.from(values) : Int16Array.from(values);
  const scale = f32(2 ** real(-12, -5));
  const time =
    draft.tensors.push({
      ...{ name: `time${draft.tensors.length}`, shape: [filters, memory], dtype },
      ...{ quantization: { scales: [scale], zeroPoints: [0], axis: 0 } },
      data: new Uint8Array(bytes.buffer),
    }) - 1;
  const bias = constantI32(
    draft,
    Int32Array.from({ length: units }, () => pick([0, int(-30_000, 30_000)])),
  );
  const summed =
    kept.scale * scale * most * (dtype === "i8" ? 128 : 32_768) * Math.sqrt(memory * rank);
  const output = activation(draft, [1, units], {
    scale: f32((summed * 2 ** real(-3, 1)) / 128),
    zeroPoint: anyZeroPoint(draft.dice),
  });
  const inputs = [
    input,
    features,
    time,
    bias,
    state(draft, variables, filters * memory, dtype, kept),
  ];
  return addNode(draft, { kind: "SVDF", inputs, output, rank });
}
