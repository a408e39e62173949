/** Reads a .tflite model into a layered graph. Every problem of the model is raised at once. */
import { type Problem, problem, TwentyWattError } from "../../errors.ts";
import {
  byteLength,
  type LayeredGraph,
  type LayerNode,
  type Port,
  type Source,
  type Variable,
} from "../../model/graph.ts";
import { Judge, WIDE_EDGE } from "../../model/operators/index.ts";
import { type FloatTensors, floatEdges, withFloatEdges } from "./float-edges.ts";
import { Operator } from "./operator.ts";
import { OPS, requantised } from "./ops.ts";
import {
  LEFT_OUT,
  type RawModel,
  type RawOperator,
  type RawVariable,
  readModel,
  tensorAt,
} from "./read.ts";
import { REASONS } from "./reasons.ts";
import { statesOf } from "./recurrent.ts";
import { Tensors } from "./tensors.ts";
import { withSignedActivations } from "./unsigned.ts";
import { VARIABLE_OPERATORS, withVariables } from "./variables.ts";

export { isTflite } from "./read.ts";

const EXPORT_AGAIN = "Export the model again: no converter writes it like this.";

export function importTflite(bytes: Uint8Array, source: Source): LayeredGraph {
  const problems: Problem[] = [];
  const file = withFloatEdges(withVariables(readModel(bytes), problems));
  const model = withSignedActivations(file, live(file));
  const tensors = new Tensors(model, problems);
  const judge = new Judge(problems);
  const float = floatEdges(model);
  checkInputs(model, problems);
  const port = (k: number, int8: number | undefined, output: boolean) =>
    readPort(tensors, judge, k, int8, output, problems);
  const inputs = model.inputs.map((k) => port(k, float.inside.get(k), false));
  const variables = model.variables.map((one) => readVariable(tensors, judge, one, problems));
  const ready = new Set([
    ...model.inputs.map((k) => float.inside.get(k) ?? k),
    ...model.variables.map(({ tensor }) => tensor),
  ]);
  const nodes: LayerNode[] = [];
  for (const raw of live(model)) {
    checkOrder(model, raw, ready, float, problems);
    for (const k of raw.outputs) ready.add(k);
    if (float.edges.has(raw.index)) continue; // the host converts
    const made = importOperator(raw, float, (one) => new Operator(one, tensors, judge, problems));
    nodes.push(...(made ?? []));
  }
  const outputs = model.outputs.map((k) => port(k, float.outside.get(k), true));
  if (inputs.length === 0)
    problems.push(problem("MODEL_FORMAT", "model", "no inputs", "at least one", EXPORT_AGAIN));
  if (outputs.length === 0)
    problems.push(problem("MODEL_FORMAT", "model", "no outputs", "at least one", EXPORT_AGAIN));
  const results: [string, number][] = [
    ...model.outputs.map((k): [string, number] => [`output ${nameOf(model, k)}`, k]),
    ...model.variables.map(({ name, next }): [string, number] => [`variable ${name}`, next]),
  ];
  for (const [where, k] of results) {
    if (ready.has(k) || model.tensors[k]?.data != null || float.inside.has(k)) continue;
    problems.push(
      problem("MODEL_FORMAT", where, "nothing that computes it", "a computed output", EXPORT_AGAIN),
    );
  }
  if (problems.length > 0) throw new TwentyWattError(problems);
  const kept = [...variables.filter((v) => v !== null), ...statesOf(nodes, tensors.list)];
  return {
    kind: "layered",
    source,
    tensors: tensors.list,
    nodes,
    inputs: inputs.filter((p) => p !== null),
    outputs: outputs.filter((p) => p !== null),
    ...(kept.length === 0 ? {} : { variables: kept }),
    labels: null,
  };
}

/** A graph input holds what the caller gives: it is no constant, and listed once. */
function checkInputs(model: RawModel, problems: Problem[]): void {
  const seen = new Set<number>();
  for (const k of model.inputs) {
    const got = model.tensors[k]?.data != null ? "a constant" : seen.has(k) ? "it twice" : null;
    seen.add(k);
    if (got === null) continue;
    problems.push(
      problem(
        "MODEL_FORMAT",
        `input ${nameOf(model, k)}`,
        got,
        "a tensor of its own",
        EXPORT_AGAIN,
      ),
    );
  }
}

const nameOf = (model: RawModel, k: number): string => model.tensors[k]?.name ?? String(k);

/**
 * The operands whose values matter. The second of those below, and the first of
 * TRANSPOSE_CONV, names the shape of the output, which the file holds: Keras
 * models with an open batch compute it by SHAPE, STRIDED_SLICE and PACK, which then nobody needs.
 */
const read = ({ kind, inputs }: RawOperator): readonly number[] => {
  if (kind === "TRANSPOSE_CONV") return inputs.slice(1);
  return SHAPED.has(kind) ? inputs.slice(0, 1) : inputs;
};

const SHAPED: ReadonlySet<string> = new Set([
  ...["RESHAPE", "EXPAND_DIMS", "RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"],
]);

/** The operators whose results reach an output or a variable, in file order; the others are dropped. */
function live(model: RawModel): readonly RawOperator[] {
  const wanted = new Set([...model.outputs, ...model.variables.map(({ next }) => next)]);
  const alive: RawOperator[] = [];
  for (const operator of [...model.operators].reverse()) {
    if (!operator.outputs.some((k) => wanted.has(k))) continue;
    alive.push(operator);
    for (const k of read(operator)) wanted.add(k);
  }
  return alive.reverse();
}

function checkOrder(
  model: RawModel,
  raw: RawOperator,
  ready: ReadonlySet<number>,
  float: FloatTensors,
  problems: Problem[],
): void {
  const where = `operator ${raw.index} (${raw.kind})`;
  for (const k of read(raw)) {
    const tensor = model.tensors[k];
    // what is wrong with a tensor's storage is said where an operator takes it
    const there = k === LEFT_OUT || ready.has(k) || tensor?.data != null || tensor?.trouble != null;
    if (there || float.inside.has(k)) continue;
    const got = `${nameOf(model, k)} before it is computed`;
    problems.push(
      problem("MODEL_FORMAT", where, got, "operators in execution order", EXPORT_AGAIN),
    );
  }
  // the int8 tensor behind a float input is there from the start
  const own = raw.kind === "QUANTIZE" ? float.inside.get(tensorAt(raw.inputs, 0)) : undefined;
  const twice = raw.outputs.find((k) => ready.has(k) && k !== own);
  if (twice === undefined) return;
  const got = `${nameOf(model, twice)} computed twice`;
  problems.push(problem("MODEL_FORMAT", where, got, "one source for each tensor", EXPORT_AGAIN));
}

function importOperator(
  raw: RawOperator,
  float: FloatTensors,
  operatorOf: (raw: RawOperator) => Operator,
): readonly LayerNode[] | null {
  const before = float.middle.get(tensorAt(raw.inputs, 0));
  if (raw.kind === "QUANTIZE" && before !== undefined) {
    // DEQUANTIZE, then QUANTIZE: one node from integers to integers, through float32
    return listed(requantised(operatorOf({ ...raw, inputs: [before] })));
  }
  const operator = operatorOf(raw);
  const row = OPS.get(raw.kind);
  if (row !== undefined) return listed(row(operator));
  const reason = REASONS.get(raw.kind);
  return reason === undefined
    ? operator.refuse(
        "MODEL_OP",
        raw.kind,
        `one of ${[...OPS.keys(), ...VARIABLE_OPERATORS].join(", ")}`,
      )
    : operator.refuse("MODEL_OP", raw.kind, ...reason);
}

const listed = (made: LayerNode | readonly LayerNode[] | null | undefined): readonly LayerNode[] =>
  made == null ? [] : [made].flat();

function readVariable(
  tensors: Tensors,
  judge: Judge,
  { name, initial, ...raw }: RawVariable,
  problems: Problem[],
): Variable | null {
  const [tensor, next] = [tensors.take(raw.tensor, WIDE_EDGE), tensors.take(raw.next, WIDE_EDGE)];
  if (tensor === null || next === null) return null;
  const bytes = byteLength(tensors.at(tensor));
  if (!judge.port(tensors.at(tensor)) || !judge.port(tensors.at(next))) return null;
  if (initial.length === bytes) return { name, tensor, next, initial };
  const got = `${initial.length} bytes at the start`;
  problems.push(problem("MODEL_FORMAT", `variable ${name}`, got, `${bytes}`, EXPORT_AGAIN));
  return null;
}

/** An input or output of the model; int8 as it is, float32 through the int8 tensor that stands for it. */
function readPort(
  tensors: Tensors,
  judge: Judge,
  index: number,
  int8: number | undefined,
  output: boolean,
  problems: Problem[],
): Port | null {
  const raw = tensors.raw(index);
  if (int8 === undefined && raw?.type === "float32") {
    const got = "float32 without QUANTIZE or DEQUANTIZE at this edge";
    problems.push(
      problem("MODEL_QUANT", `tensor ${raw.name}`, got, "int8, or float32 converted at the edge"),
    );
    return null;
  }
  const tensor = tensors.take(int8 ?? index, WIDE_EDGE);
  if (tensor === null || !judge.port(tensors.at(tensor), output)) return null;
  if (int8 !== undefined) return { tensor, edge: "f32" };
  const { dtype } = tensors.at(tensor);
  return { tensor, edge: dtype === "i64" ? "i8" : dtype };
}
