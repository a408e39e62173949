/** Damage to models before they are written: sound files that say something wrong, odd or extreme. */
import type { Random } from "../../host/model/random.ts";
import { f32, i32 } from "./flatbuffer-writer.ts";
import { type Dice, dice } from "./random-draft.ts";
import { KINDS } from "./random-operators.ts";
import { fileKind } from "./tflite-from-graph.ts";
import type { FileOperator, FileTensor, ModelFile } from "./tflite-writer.ts";

const TYPES = ["float32", "float16", "int32", "uint8", "int64", "int16", "int8", "int4"] as const;
const FILE_KINDS: readonly FileOperator["kind"][] = [
  ...new Set(KINDS.filter((kind) => kind !== "DEQUANTIZE_QUANTIZE").map(fileKind)),
  ...(["VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"] as const),
  ...(["DEQUANTIZE", "PADV2", "CUSTOM", "CAST", "SLICE", "SPLIT", "SPLIT_V", "UNPACK"] as const),
];
const NUMBERS = [-(2 ** 31), -2, -1, 0, 1, 2, 3, 5, 16, 255, 4096, 65_536, 2 ** 26, 2 ** 31 - 1];
const SCALES = [0, -1, 1e-45, 1e-38, 1e-12, 1e-6, 1, 1e6, 1e12, 3e38, Number.NaN];
const ZERO_POINTS = [-129, -128, -1, 0, 1, 127, 128, 2 ** 40];

/** One to four edits of a copy, mostly of one operator and its operands: mistakes that only meet there. */
export function edit(model: ModelFile, random: Random): ModelFile {
  const d = dice(random);
  const edited: ModelFile = {
    ...model,
    tensors: model.tensors.map((tensor) => ({ ...tensor })),
    operators: model.operators.map((operator) => ({ ...operator })),
  };
  editOthers(edited, d);
  const focus = d.pick(edited.operators);
  for (let k = d.int(1, 4); k > 0; k--) {
    const operand = edited.tensors[d.pick([...focus.inputs, ...focus.outputs])];
    if (d.chance(0.1)) editPorts(edited, d);
    else if (d.chance(0.12)) editSize(edited, d);
    else if (d.chance(0.5)) editTensor(operand ?? d.pick(edited.tensors), d);
    else editOperator(edited, d.chance(0.8) ? focus : d.pick(edited.operators), d);
  }
  return edited;
}

/** What the first subgraph calls, now and then. */
function editOthers(model: ModelFile, d: Dice): void {
  const { others } = model;
  if (others === undefined || d.chance(0.6)) return;
  const [one] = others;
  if (one === undefined || d.chance(0.1)) {
    model.others = d.chance(0.5) ? [] : [...others, ...others];
    return;
  }
  const tensors = one.tensors.map((tensor) => ({ ...tensor }));
  const operators = one.operators.map((operator) => ({ ...operator }));
  const edited = { ...model, ...one, tensors, operators };
  if (d.chance(0.5)) editTensor(d.pick(tensors), d);
  else editOperator(edited, d.pick(operators), d);
  model.others = [{ tensors, operators, inputs: one.inputs, outputs: one.outputs }];
}

function editPorts(model: ModelFile, { pick, int, chance }: Dice): void {
  const any = int(0, model.tensors.length - 1);
  const edited = pick([
    [any],
    [...model.inputs, any],
    model.inputs.slice(1),
    [...model.outputs, any],
    model.outputs,
  ]);
  if (chance(0.5)) model.inputs = edited;
  else model.outputs = edited;
  if (chance(0.2)) model.operators.reverse();
}

/** One dimension, wherever it occurs: what stays consistent is planned, however large. */
function editSize({ tensors }: ModelFile, { pick, int }: Dice): void {
  const { shape } = pick(tensors);
  const old = shape[int(0, Math.max(0, shape.length - 1))] ?? 1;
  const value = pick([old + 1, 2 * old, 100 * old, 4096, 65_536, 2 ** 20, 0, -1]);
  for (const tensor of tensors) {
    tensor.shape = tensor.shape.map((d) => (d === old && !tensor.data ? value : d));
  }
}

function editTensor(tensor: FileTensor, d: Dice): void {
  const { pick, int, chance } = d;
  const replaced = <T>(values: readonly T[], by: readonly T[]): readonly T[] =>
    values.map((value) => (chance(1 / values.length) ? pick(by) : value));
  const { shape, data, scales = [1], zeroPoints = [0] } = tensor;
  const edits: (() => void)[] = [
    () => {
      tensor.type = pick(TYPES);
    },
    () => {
      tensor.shape = replaced(shape, NUMBERS);
    },
    () => {
      tensor.shape = pick([[], [...shape, 1], [1, ...shape], shape.slice(1), shape.toReversed()]);
    },
    () => {
      tensor.scales = replaced(scales, SCALES);
    },
    () => {
      tensor.scales = pick([[], [...scales, 1], scales.slice(1), scales.slice(0, 1)]);
    },
    () => {
      tensor.zeroPoints = replaced(zeroPoints, ZERO_POINTS);
    },
    () => {
      tensor.axis = pick(NUMBERS);
    },
    () => {
      const length = pick([0, 1, 4, data?.length ?? 16, 4 * (data?.length ?? 1)]);
      tensor.data = pick([null, Uint8Array.from({ length }, () => int(0, 255))]);
    },
    () => {
      tensor.data = data?.map((byte) => (chance(0.1) ? pick([0x80, 0x7f, 0xff]) : byte)) ?? null;
    },
    () => {
      tensor.signature = replaced(shape, [-1, 0, 1]);
    },
    () => {
      tensor.variable = chance(0.5);
      tensor.sparse = chance(0.2);
      tensor.details = chance(0.2);
      tensor.external = int(0, 1);
    },
  ];
  pick(edits)();
}

function editOperator(model: ModelFile, operator: FileOperator, d: Dice): void {
  const { pick, int, chance } = d;
  const { inputs, outputs, options = [] } = operator;
  const any = int(-1, model.tensors.length - 1);
  const edits: (() => void)[] = [
    () => {
      operator.kind = pick(FILE_KINDS);
    },
    () => {
      operator.inputs = pick([
        [...inputs, any],
        inputs.slice(0, -1),
        [...inputs.slice(0, -1), -1],
        // an activation in the place of weights or of a bias
        inputs.map((k, at) => (at > 0 && chance(0.5) ? (inputs[0] ?? k) : k)),
        inputs.toReversed(),
        inputs.map((k) => (chance(0.4) ? any : k)),
      ]);
    },
    () => {
      operator.outputs = pick([[], [any], [...outputs, any], inputs.slice(0, 1)]);
    },
    () => {
      operator.options = options.map((field) => (chance(0.4) ? i32(pick(NUMBERS)) : field));
    },
    () => {
      operator.options = options.map((field) => (chance(0.3) ? null : field));
    },
    () => {
      operator.options = [f32(pick(SCALES)), ...options.slice(1)];
    },
  ];
  pick(edits)();
}
