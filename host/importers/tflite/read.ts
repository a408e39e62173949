/** Flatbuffer → plain description of tensors and operators. Judges nothing but the file's form. */
import { fail } from "../../errors.ts";
import { Bytes, Table } from "./flatbuffer.ts";
import {
  BUFFER,
  MODEL,
  OPERATOR,
  OPERATOR_CODE,
  OPERATOR_NAMES,
  QUANTIZATION,
  SUBGRAPH,
  TENSOR,
  TYPE_NAMES,
} from "./schema.ts";

export type RawTensor = {
  readonly name: string;
  readonly shape: readonly number[];
  /** the file marks a dimension as not known before run time */
  readonly dynamic: boolean;
  readonly type: string;
  /** constant contents, or null for what an operator computes */
  readonly data: Uint8Array | null;
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
  /** why this tensor cannot be read as it is: a variable, sparse, in another file, quantised by blocks */
  readonly trouble: string | null;
};

export type RawOperator = {
  readonly index: number;
  /** TFLite's name, or the name of a custom operator in quotes */
  readonly kind: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: Table | null;
  /** its activations were uint8 before they were moved (unsigned.ts) */
  readonly unsigned?: true;
};

export type RawGraph = {
  readonly tensors: readonly RawTensor[];
  readonly operators: readonly RawOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
};

/** What a model keeps between two calls: the tensors that stand for it before and after, and its first contents. */
export type RawVariable = {
  readonly name: string;
  readonly tensor: number;
  readonly next: number;
  readonly initial: Uint8Array;
};

/** The subgraph that runs. */
export type RawModel = RawGraph & {
  /** by their numbers less one: what CALL_ONCE calls */
  readonly others: readonly RawGraph[];
  /** none as long as READ_VARIABLE and its kin stand among the operators */
  readonly variables: readonly RawVariable[];
};

/** In place of a tensor's index: an operand that is left out. */
export const LEFT_OUT = -1;

/** Tensor k of a list of the file, which may also end before it. */
export const tensorAt = (list: readonly number[], k: number): number => list[k] ?? LEFT_OUT;

const MAX_TENSORS = 8192;
const MAX_OPERATORS = 4096;
/** Far above TFLite's own limits: beyond them the bytes are damaged, and messages stay short. */
const MAX_RANK = 16;
const MAX_OPERANDS = 256;

export const isTflite = (bytes: Uint8Array): boolean =>
  bytes.length >= 8 && String.fromCharCode(...bytes.subarray(4, 8)) === "TFL3";

/** Operators that run another subgraph. */
const CALLERS: ReadonlySet<string> = new Set(["IF", "WHILE", "CALL", "CALL_ONCE"]);

/** Raises MODEL_FORMAT where the bytes are no whole TFLite model with one subgraph and those that it calls. */
export function readModel(data: Uint8Array): RawModel {
  const bytes = new Bytes(data);
  const model = new Table(bytes, bytes.u32(0));
  const version = model.u32(MODEL.version);
  if (version !== 3) fail("MODEL_FORMAT", "model", `schema version ${version}`, "version 3");
  const subgraphs = model.tables(MODEL.subgraphs);
  const codes = model.tables(MODEL.operatorCodes).map(operatorName);
  const [graph] = subgraphs;
  // what calls another subgraph is an operator of the first, and refused by its name
  const called = codes.some((kind) => CALLERS.has(kind));
  if (graph === undefined || (subgraphs.length !== 1 && !called)) {
    const remedy = "Re-export with one signature.";
    return fail("MODEL_FORMAT", "model", `${subgraphs.length} subgraphs`, "1 subgraph", remedy);
  }
  const file: File = { buffers: model.tables(MODEL.buffers), codes, bytes };
  return {
    ...readGraph(graph, file, ""),
    others: subgraphs.slice(1).map((one, k) => readGraph(one, file, `subgraph ${k + 1}, `)),
    variables: [],
  };
}

type File = {
  readonly buffers: readonly Table[];
  readonly codes: readonly string[];
  readonly bytes: Bytes;
};

/** @param where in front of what messages name, for all but the first */
function readGraph(graph: Table, { buffers, codes, bytes }: File, where: string): RawGraph {
  const tensors = graph.tables(SUBGRAPH.tensors);
  const operators = graph.tables(SUBGRAPH.operators);
  if (tensors.length > MAX_TENSORS || operators.length > MAX_OPERATORS) {
    const got = `${tensors.length} tensors, ${operators.length} operators`;
    fail("MODEL_FORMAT", `${where}model`, got, `at most ${MAX_TENSORS} and ${MAX_OPERATORS}`);
  }
  const raw: RawGraph = {
    tensors: tensors.map((table, index) => readTensor(table, index, buffers, bytes)),
    operators: operators.map((table, index) => ({
      index,
      kind: codes[table.u32(OPERATOR.opcode)] ?? "an operator code that is not listed",
      inputs: table.i32s(OPERATOR.inputs),
      outputs: table.i32s(OPERATOR.outputs),
      options: table.table(OPERATOR.options),
    })),
    inputs: graph.i32s(SUBGRAPH.inputs),
    outputs: graph.i32s(SUBGRAPH.outputs),
  };
  checkIndices(raw, where);
  return raw;
}

function operatorName(code: Table): string {
  // files before schema 3a hold the code in one signed byte; later ones hold 127 there for larger codes
  const builtin = Math.max(
    code.i8(OPERATOR_CODE.deprecatedBuiltin),
    code.i32(OPERATOR_CODE.builtin),
  );
  const name = OPERATOR_NAMES[builtin];
  if (name === "CUSTOM") return `custom operator "${code.text(OPERATOR_CODE.custom)}"`;
  return name ?? `builtin operator ${builtin}`;
}

function readTensor(
  table: Table,
  index: number,
  buffers: readonly Table[],
  bytes: Bytes,
): RawTensor {
  const quantization = table.table(TENSOR.quantization);
  const type = table.u8(TENSOR.type);
  const buffer = table.u32(TENSOR.buffer);
  if (buffer >= Math.max(1, buffers.length)) {
    fail("MODEL_FORMAT", `tensor ${index}`, `buffer ${buffer}`, `one of ${buffers.length} buffers`);
  }
  const shape = table.i32s(TENSOR.shape);
  if (shape.length > MAX_RANK) {
    const got = `${shape.length} dimensions`;
    fail("MODEL_FORMAT", `tensor ${index}`, got, `at most ${MAX_RANK}`);
  }
  return {
    // the converter joins the names of all it fused with ';': the first is the one a user wrote
    name: table.text(TENSOR.name).split(";")[0] || `tensor ${index}`,
    shape,
    // an open batch is the converter's habit: the file's own shape says 1
    dynamic: table.i32s(TENSOR.shapeSignature).some((d, k) => d < 0 && k > 0),
    type: TYPE_NAMES[type] ?? `type ${type}`,
    // buffer 0 stands for "none" whatever it holds
    data: buffer === 0 ? null : contents(buffers[buffer], bytes),
    scales: quantization?.f32s(QUANTIZATION.scale) ?? [],
    zeroPoints: quantization?.i64s(QUANTIZATION.zeroPoint) ?? [],
    axis: quantization?.i32(QUANTIZATION.quantizedDimension) ?? 0,
    trouble: troubleOf(table, quantization),
  };
}

/** What a layer keeps by itself: only in that role it is no trouble. */
export const VARIABLE = "a variable tensor";

function troubleOf(table: Table, quantization: Table | null): string | null {
  if (table.bool(TENSOR.isVariable)) return VARIABLE;
  if (table.has(TENSOR.sparsity)) return "sparse storage";
  if (table.u32(TENSOR.externalBuffer) !== 0) return "contents in another file";
  if (quantization !== null && quantization.u8(QUANTIZATION.detailsType) !== 0) {
    return "custom or blockwise quantisation";
  }
  return null;
}

/** Buffer contents in the flatbuffer, or behind it; empty means not constant. */
function contents(buffer: Table | undefined, bytes: Bytes): Uint8Array | null {
  if (buffer === undefined) return null;
  const inside = buffer.bytes(BUFFER.data);
  if (inside !== null && inside.length > 0) return inside;
  const offset = buffer.u64(BUFFER.offset);
  const size = buffer.u64(BUFFER.size);
  return offset > 1 && size > 0 ? bytes.slice(offset, size) : null;
}

/** Every tensor index of the file exists, but for operands that are left out. */
function checkIndices({ tensors, operators, inputs, outputs }: RawGraph, place: string): void {
  const inside = (k: number) => k >= 0 && k < tensors.length;
  const check = (where: string, list: readonly number[], optional: boolean) => {
    const bad = list.find((k) => !inside(k) && !(optional && k === LEFT_OUT));
    if (bad !== undefined) {
      fail("MODEL_FORMAT", where, `tensor ${bad}`, `one of ${tensors.length} tensors`);
    }
  };
  check(`${place}model inputs`, inputs, false);
  check(`${place}model outputs`, outputs, false);
  for (const operator of operators) {
    const where = `${place}operator ${operator.index} (${operator.kind})`;
    const { length } = [...operator.inputs, ...operator.outputs];
    if (length > MAX_OPERANDS) {
      fail("MODEL_FORMAT", where, `${length} operands`, `at most ${MAX_OPERANDS}`);
    }
    check(where, operator.inputs, true);
    check(where, operator.outputs, false);
  }
}
