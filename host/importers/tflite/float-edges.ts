/**
 * Float32 at the edges of a model, and the int8 tensors that stand for it: the host converts, and the graph begins and
 * ends in bytes. What only moves elements or gives them another shape may stand between the edge and its QUANTIZE or
 * DEQUANTIZE: it moves bytes as well.
 */
import { LEFT_OUT, type RawModel, type RawOperator, type RawTensor, tensorAt } from "./read.ts";

/** Float tensors at the edges and in the middle, and the int8 tensors that stand for them. */
export type FloatTensors = {
  /** operators that vanish: QUANTIZE of an input, DEQUANTIZE to an output */
  readonly edges: ReadonlySet<number>;
  /** float graph input → the int8 tensor behind its QUANTIZE */
  readonly inside: ReadonlyMap<number, number>;
  /** float graph output → the int8 tensor before its DEQUANTIZE */
  readonly outside: ReadonlyMap<number, number>;
  /** float tensor in the middle → the int8 tensor before its DEQUANTIZE */
  readonly middle: ReadonlyMap<number, number>;
};

export function floatEdges(model: RawModel): FloatTensors {
  const type = (k: number) => model.tensors[k]?.type;
  const edges = new Set<number>();
  const inside = new Map<number, number>();
  const outside = new Map<number, number>();
  const middle = new Map<number, number>();
  const uses = usesOf(model);
  for (const { kind, index, inputs, outputs } of model.operators) {
    const [from, to] = [tensorAt(inputs, 0), tensorAt(outputs, 0)];
    if (inputs.length !== 1 || outputs.length !== 1 || from === LEFT_OUT) continue;
    if (
      kind === "QUANTIZE" &&
      type(from) === "float32" &&
      model.inputs.includes(from) &&
      uses.get(from) === 1
    ) {
      inside.set(from, to);
      edges.add(index);
    } else if (kind === "DEQUANTIZE" && type(to) === "float32") {
      middle.set(to, from);
      if (model.outputs.includes(to)) outside.set(to, from);
      edges.add(index);
    }
  }
  return { edges, inside, outside, middle };
}

/** How often operators read each tensor; one that reads it twice counts once. */
function usesOf({ operators }: RawModel): ReadonlyMap<number, number> {
  const uses = new Map<number, number>();
  for (const { inputs } of operators) {
    for (const k of new Set(inputs)) uses.set(k, (uses.get(k) ?? 0) + 1);
  }
  return uses;
}

/** Operators of whose first operand the elements come out as they are. */
const MOVERS: ReadonlySet<string> = new Set([
  ...["RESHAPE", "SQUEEZE", "EXPAND_DIMS", "TRANSPOSE", "STRIDED_SLICE", "SLICE"],
]);

/** Movers in a row, and the QUANTIZE behind them or the DEQUANTIZE before them. */
type Chain = { readonly movers: readonly RawOperator[]; readonly converter: RawOperator };

/**
 * The model with every QUANTIZE right behind its float input and every DEQUANTIZE right before its float output, where
 * only movers stand between: x → RESHAPE → QUANTIZE is x → QUANTIZE → RESHAPE. Other models come back as they are.
 */
export function withFloatEdges(model: RawModel): RawModel {
  const walk = new Walk(model);
  const tensors = [...model.tensors];
  const replaced = new Map<RawOperator, readonly RawOperator[]>();
  /** A tensor of the shape of k in the type and quantisation of another. */
  const twin = (k: number, like: number): RawTensor => {
    const { type, scales, zeroPoints, axis } = tensors[like] as RawTensor;
    return { ...(tensors[k] as RawTensor), type, scales, zeroPoints, axis };
  };
  const put = (
    { movers, converter }: Chain,
    first: number,
    last: number,
    before: boolean,
  ): void => {
    const bytes = before ? tensorAt(converter.outputs, 0) : tensorAt(converter.inputs, 0);
    const edge = before ? first : last;
    const stand = tensors.push(twin(edge, bytes)) - 1;
    const moved = movers.map((one, k) => {
      const from = k > 0 ? tensorAt(one.inputs, 0) : before ? stand : bytes;
      const to = k < movers.length - 1 ? tensorAt(one.outputs, 0) : before ? bytes : stand;
      if (to !== bytes && to !== stand) tensors[to] = twin(to, bytes);
      return { ...one, inputs: [from, ...one.inputs.slice(1)], outputs: [to] };
    });
    const ends = before
      ? { inputs: [first], outputs: [stand] }
      : { inputs: [stand], outputs: [last] };
    const conversion = { ...converter, ...ends };
    replaced.set(converter, []);
    movers.forEach((one, k) => {
      const own = moved[k] as RawOperator;
      const ahead = before && k === 0 ? [conversion] : [];
      replaced.set(one, [
        ...ahead,
        own,
        ...(!before && k === movers.length - 1 ? [conversion] : []),
      ]);
    });
  };
  for (const k of new Set(model.inputs)) {
    const chain = walk.fromInput(k);
    if (chain !== null) put(chain, k, LEFT_OUT, true);
  }
  for (const k of new Set(model.outputs)) {
    const chain = walk.toOutput(k);
    if (chain !== null) put(chain, LEFT_OUT, k, false);
  }
  if (replaced.size === 0) return model;
  const operators = model.operators.flatMap((one) => replaced.get(one) ?? [one]);
  return { ...model, tensors, operators };
}

/** Follows float tensors that have one reader and one maker, as long as operators only move them. */
class Walk {
  readonly #model: RawModel;
  readonly #readers = new Map<number, RawOperator[]>();
  readonly #makers = new Map<number, RawOperator[]>();
  readonly #outside: ReadonlySet<number>;

  constructor(model: RawModel) {
    this.#model = model;
    const kept = model.variables.flatMap(({ tensor, next }) => [tensor, next]);
    this.#outside = new Set([...model.inputs, ...model.outputs, ...kept]);
    const note = (map: Map<number, RawOperator[]>, k: number, one: RawOperator) =>
      map.get(k)?.push(one) ?? map.set(k, [one]);
    for (const one of model.operators) {
      for (const k of new Set(one.inputs)) note(this.#readers, k, one);
      for (const k of new Set(one.outputs)) note(this.#makers, k, one);
    }
  }

  fromInput(input: number): Chain | null {
    const movers: RawOperator[] = [];
    for (let k = input; ; ) {
      const [reader, ...others] = this.#readers.get(k) ?? [];
      const passing = k === input || this.#isInside(k);
      if (reader === undefined || others.length > 0 || !passing || !this.#isFloat(k)) return null;
      if (reader.kind === "QUANTIZE") return this.#chain(movers, reader);
      if (!this.#moves(reader, k) || movers.includes(reader)) return null;
      movers.push(reader);
      k = tensorAt(reader.outputs, 0);
    }
  }

  toOutput(output: number): Chain | null {
    const movers: RawOperator[] = [];
    for (let k = output; ; ) {
      const [maker] = this.#makers.get(k) ?? [];
      const unread = k === output ? !this.#readers.has(k) : this.#isInside(k);
      if (maker === undefined || !unread || !this.#isFloat(k)) return null;
      if (maker.kind === "DEQUANTIZE") return this.#chain(movers.toReversed(), maker);
      if (!this.#moves(maker, tensorAt(maker.inputs, 0)) || movers.includes(maker)) return null;
      movers.push(maker);
      k = tensorAt(maker.inputs, 0);
    }
  }

  /** Without movers there is nothing to change. */
  #chain(movers: readonly RawOperator[], converter: RawOperator): Chain | null {
    const single = converter.inputs.length === 1 && converter.outputs.length === 1;
    return movers.length > 0 && single ? { movers, converter } : null;
  }

  /** Read once, made once, and nobody outside sees it. */
  #isInside(k: number): boolean {
    const once = this.#readers.get(k)?.length === 1 && this.#makers.get(k)?.length === 1;
    return once && !this.#outside.has(k);
  }

  #isFloat(k: number): boolean {
    const tensor = this.#model.tensors[k];
    return tensor?.type === "float32" && tensor.data === null && tensor.trouble === null;
  }

  #moves({ kind, inputs, outputs }: RawOperator, from: number): boolean {
    return MOVERS.has(kind) && tensorAt(inputs, 0) === from && outputs.length === 1;
  }
}
