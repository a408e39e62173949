/** Writes .tflite files from a plain description, so that tests can describe what no converter would write. */
import {
  bytes,
  f32,
  i8,
  i32,
  i64,
  type Table,
  table,
  text,
  u8,
  u32,
  type Value,
  vector,
  writeFlatbuffer,
} from "./flatbuffer-writer.ts";
import { OPERATOR_CODES, OPTIONS_CODES, TYPE_CODES } from "./tflite-codes.ts";

export type FileTensor = {
  name: string;
  shape: readonly number[];
  type: keyof typeof TYPE_CODES;
  data?: Uint8Array | null;
  scales?: readonly number[];
  zeroPoints?: readonly number[];
  axis?: number;
  /** shape_signature: −1 for what is open until run time */
  signature?: readonly number[];
  variable?: boolean;
  sparse?: boolean;
  /** number of an entry among the file's external buffers */
  external?: number;
  /** the quantisation is described elsewhere: by blocks, or by the user's own table */
  details?: boolean;
};

export type FileOperator = {
  kind: keyof typeof OPERATOR_CODES;
  /** the name of a CUSTOM operator */
  custom?: string;
  inputs: readonly number[];
  outputs: readonly number[];
  /** fields of the options table, by number */
  options?: Table["fields"];
};

export type FileGraph = {
  tensors: FileTensor[];
  operators: FileOperator[];
  inputs: readonly number[];
  outputs: readonly number[];
};

export type ModelFile = FileGraph & {
  /** subgraphs that the first one calls */
  others?: readonly FileGraph[];
  version?: number;
  subgraphs?: number;
  /** as files were written before schema 3a: the code in one byte only */
  oldCodes?: boolean;
  /** constants behind the flatbuffer, as in files above 2 GB */
  buffersBehind?: boolean;
};

export function writeTflite(model: ModelFile): Uint8Array {
  if (!model.buffersBehind) return writeFlatbuffer(modelTable(model, []), "TFL3");
  // places depend on the length of the flatbuffer only, which depends on no place
  const all = everyTensor(model);
  const lengths = all.map(({ data }) => data?.length ?? 0);
  const { length } = writeFlatbuffer(modelTable(model, lengths), "TFL3");
  let end = length;
  const places = lengths.map((own) => {
    end += own;
    return end - own;
  });
  const file = new Uint8Array(end);
  file.set(writeFlatbuffer(modelTable(model, places), "TFL3"));
  places.forEach((at, k) => {
    file.set(all[k]?.data ?? [], at);
  });
  return file;
}

/** @param places where the data of each tensor starts behind the flatbuffer */
function modelTable(model: ModelFile, places: readonly number[]): Table {
  const { others = [], version = 3, subgraphs = 1 } = model;
  const every = [model, ...others].flatMap(({ operators }) => operators);
  const codes = [...new Set(every.map(({ kind, custom = "" }) => `${kind}:${custom}`))];
  // buffer 0 is empty by convention; tensor k has its data in buffer k + 1
  const buffers = everyTensor(model).map(({ data }, k) => {
    if (!data) return table();
    return places.length > 0
      ? table(null, i64(places[k] ?? 0), i64(data.length))
      : table(bytes(data));
  });
  const first = graphTable(model, codes, 0, "main");
  let behind = model.tensors.length;
  const called = others.map((one, k) => {
    behind += one.tensors.length;
    return graphTable(one, codes, behind - one.tensors.length, `called ${k}`);
  });
  return table(
    u32(version),
    vector(codes.map((code) => codeTable(code, model.oldCodes ?? false))),
    vector([...Array.from({ length: subgraphs }, () => first), ...called]),
    text("written by a test"),
    vector([table(), ...buffers]),
  );
}

const everyTensor = ({ tensors, others = [] }: ModelFile): readonly FileTensor[] =>
  [tensors, ...others.map((one) => one.tensors)].flat();

/** @param before tensors of the file that stand in front of this graph's */
function graphTable(
  { tensors, operators, inputs, outputs }: FileGraph,
  codes: readonly string[],
  before: number,
  name: string,
): Table {
  return table(
    vector(tensors.map((tensor, k) => tensorTable(tensor, before + k))),
    i32s(inputs),
    i32s(outputs),
    vector(
      operators.map(({ kind, custom = "", inputs, outputs, options }) =>
        table(
          u32(codes.indexOf(`${kind}:${custom}`)),
          i32s(inputs),
          i32s(outputs),
          options && u8(OPTIONS_CODES[kind] ?? 1),
          options && table(...options),
        ),
      ),
    ),
    text(name),
  );
}

function codeTable(code: string, old: boolean): Table {
  const [kind = "", custom = ""] = code.split(":");
  const number = OPERATOR_CODES[kind as keyof typeof OPERATOR_CODES];
  // 127 in the byte stands for codes that do not fit
  return table(
    i8(Math.min(number, 127)),
    custom ? text(custom) : null,
    i32(1),
    old ? null : i32(number),
  );
}

function tensorTable(tensor: FileTensor, k: number): Table {
  const { scales, zeroPoints = scales?.map(() => 0), signature } = tensor;
  const quantization = scales && [
    null,
    null,
    vector(scales.map(f32)),
    vector((zeroPoints ?? []).map(i64)),
    tensor.details ? u8(2) : null,
    tensor.details ? table(i32(0), i32(-1), i32(32)) : null,
    i32(tensor.axis ?? 0),
  ];
  return table(
    i32s(tensor.shape),
    i8(TYPE_CODES[tensor.type]),
    u32(tensor.data ? k + 1 : 0),
    text(tensor.name),
    quantization && table(...quantization),
    tensor.variable ? u8(1) : null,
    tensor.sparse ? table() : null,
    signature ? i32s(signature) : null,
    u8(1),
    null,
    tensor.external ? u32(tensor.external) : null,
  );
}

const i32s = (values: readonly number[]): Value => vector(values.map(i32));
