/**
 * VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE, CALL_ONCE → variables: a variable is what the first READ gives and what the
 * ASSIGN takes. The operators go; who reads a variable behind its ASSIGN reads what was assigned. A subgraph that
 * CALL_ONCE calls says what variables hold before the first step, and nothing else.
 */
import { type ErrorCode, type Problem, problem } from "../../errors.ts";
import {
  type RawGraph,
  type RawModel,
  type RawOperator,
  type RawTensor,
  type RawVariable,
  tensorAt,
} from "./read.ts";
import { CALL_ONCE_OPTIONS, VAR_HANDLE_OPTIONS } from "./schema.ts";

/** Those that are gone from a model with variables. */
export const VARIABLE_OPERATORS = [
  ...["CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE"],
] as const;

const GONE: ReadonlySet<string> = new Set(VARIABLE_OPERATORS);
const EXPORT_AGAIN = "Export the model again: no converter writes it like this.";

/** Notes every problem; a variable with one is left out. */
export function withVariables(model: RawModel, problems: Problem[]): RawModel {
  if (!model.operators.some(({ kind }) => GONE.has(kind))) return model;
  const reading = new Reading(model, problems);
  const operators = model.operators.flatMap((one) => reading.add(one) ?? []);
  return { ...model, operators, outputs: reading.renamed(model.outputs), ...reading.close() };
}

/** A variable as it is found, operator by operator. Tensors are those of the first subgraph. */
type Found = {
  readonly name: string;
  initial: RawTensor | null;
  read: number | null;
  assigned: number | null;
};

class Reading {
  readonly #model: RawModel;
  readonly #problems: Problem[];
  readonly #found = new Map<string, Found>();
  /** tensor of a handle → the variable it stands for */
  readonly #handles = new Map<number, Found>();
  /** tensor that another one stands for */
  readonly #same = new Map<number, number>();

  constructor(model: RawModel, problems: Problem[]) {
    this.#model = model;
    this.#problems = problems;
  }

  /** The operator as it stays, or null where it is one of those that go. */
  add(raw: RawOperator): RawOperator | null {
    switch (raw.kind) {
      case "VAR_HANDLE":
        this.#handle(raw, this.#handles);
        return null;
      case "CALL_ONCE":
        this.#initialise(raw);
        return null;
      case "READ_VARIABLE":
        this.#read(raw);
        return null;
      case "ASSIGN_VARIABLE":
        this.#assign(raw);
        return null;
      default:
        return { ...raw, inputs: this.renamed(raw.inputs) };
    }
  }

  renamed(tensors: readonly number[]): readonly number[] {
    return tensors.map((k) => this.#same.get(k) ?? k);
  }

  close(): Pick<RawModel, "tensors" | "variables"> {
    const tensors = [...this.#model.tensors];
    const variables: RawVariable[] = [];
    for (const one of new Set(this.#handles.values())) {
      const { name, initial, read, assigned } = one;
      const used = read ?? assigned;
      if (used === null) continue;
      if (initial?.data == null) {
        const where = `variable ${name}`;
        this.#refuse(where, "MODEL_FORMAT", "no initial value", "CALL_ONCE that initialises it");
        continue;
      }
      const like = tensors[used] as RawTensor;
      const other = [initial, tensors[assigned ?? used] as RawTensor].find((t) => !alike(t, like));
      if (other !== undefined) {
        this.#differs(name, like, other);
      } else if (assigned === null) {
        // never assigned again: a constant
        tensors[used] = { ...like, data: initial.data };
      } else {
        // never read: it can still be watched, under a tensor that no operator has
        const tensor = read ?? tensors.push({ ...like, name, data: null }) - 1;
        variables.push({ name, tensor, next: assigned, initial: initial.data });
      }
    }
    return { tensors, variables };
  }

  #handle({ options, outputs, index }: RawOperator, into: Map<number, Found>): void {
    const container = options?.text(VAR_HANDLE_OPTIONS.container) ?? "";
    const shared = options?.text(VAR_HANDLE_OPTIONS.sharedName) ?? "";
    const key = `${container}\0${shared}`;
    const name = shared || `of operator ${index}`;
    const known = this.#found.get(key) ?? { name, initial: null, read: null, assigned: null };
    this.#found.set(key, known);
    into.set(tensorAt(outputs, 0), known);
  }

  #initialise(raw: RawOperator): void {
    const where = `operator ${raw.index} (CALL_ONCE)`;
    const number = raw.options?.i32(CALL_ONCE_OPTIONS.subgraph) ?? 0;
    const called = this.#model.others[number - 1];
    const refuse = (code: ErrorCode, got: string, expected: string) =>
      this.#refuse(where, code, got, expected);
    if (called === undefined) {
      const expected = `one of 1 … ${this.#model.others.length}`;
      refuse("MODEL_FORMAT", `subgraph ${number}`, expected);
      return;
    }
    const used = [...this.#found.values()].find(
      ({ read, assigned }) => (read ?? assigned) !== null,
    );
    if (used !== undefined) {
      refuse("MODEL_FORMAT", `${used.name} used before it`, "CALL_ONCE in front of them");
      return;
    }
    const others = called.operators
      .map(({ kind }) => kind)
      .filter((kind) => !INITIALISERS.has(kind));
    if (others.length > 0 || called.outputs.length > 0) {
      const got = `a subgraph with ${others.length > 0 ? [...new Set(others)].join(", ") : "outputs"}`;
      refuse("MODEL_OP", got, "one that assigns constants to variables and nothing else");
      return;
    }
    this.#assignments(called, where);
  }

  /** What an initialising subgraph assigns. */
  #assignments({ tensors, operators }: RawGraph, where: string): void {
    const handles = new Map<number, Found>();
    for (const one of operators) {
      if (one.kind === "VAR_HANDLE") {
        this.#handle(one, handles);
        continue;
      }
      const variable = handles.get(tensorAt(one.inputs, 0));
      const value = tensors[tensorAt(one.inputs, 1)];
      const got =
        variable === undefined
          ? "ASSIGN_VARIABLE without a handle"
          : variable.initial !== null
            ? `${variable.name} initialised twice`
            : value?.data == null
              ? `${variable.name} initialised with what is computed`
              : null;
      if (got === null && variable !== undefined) variable.initial = value as RawTensor;
      else this.#refuse(where, "MODEL_FORMAT", `${got}`, "a constant for each variable, once");
    }
  }

  #read(raw: RawOperator): void {
    const variable = this.#variableOf(raw, 1, 1);
    const own = tensorAt(raw.outputs, 0);
    if (variable === null) return;
    const known = variable.assigned ?? variable.read;
    if (known === null) {
      variable.read = own;
      return;
    }
    const [like, tensor] = [this.#model.tensors[known], this.#model.tensors[own]];
    if (like && tensor && !alike(like, tensor)) this.#differs(variable.name, like, tensor);
    this.#same.set(own, known);
  }

  #assign(raw: RawOperator): void {
    const variable = this.#variableOf(raw, 2, 0);
    if (variable === null) return;
    if (variable.assigned !== null) {
      const where = `operator ${raw.index} (ASSIGN_VARIABLE)`;
      this.#refuse(where, "MODEL_OP", `${variable.name} assigned twice`, "once in a step");
      return;
    }
    variable.assigned = this.renamed([tensorAt(raw.inputs, 1)])[0] ?? null;
  }

  /** The variable of operand 0, or null after saying why there is none. */
  #variableOf({ index, kind, inputs, outputs }: RawOperator, takes: number, gives: number) {
    const where = `operator ${index} (${kind})`;
    if (inputs.length !== takes || outputs.length !== gives || inputs.some((k) => k < 0)) {
      const got = `${inputs.filter((k) => k >= 0).length} inputs, ${outputs.length} outputs`;
      this.#refuse(where, "MODEL_FORMAT", got, `${takes} inputs, ${gives} outputs`);
      return null;
    }
    const variable = this.#handles.get(tensorAt(inputs, 0));
    if (variable !== undefined) return variable;
    const got = `${this.#model.tensors[tensorAt(inputs, 0)]?.name} as a handle`;
    this.#refuse(where, "MODEL_OP", got, "what a VAR_HANDLE before it gives");
    return null;
  }

  #differs(name: string, a: RawTensor, b: RawTensor): void {
    const got = `${described(a)} and ${described(b)}`;
    const expected = "one type, shape and quantisation wherever it is read or assigned";
    this.#refuse(`variable ${name}`, "MODEL_SHAPE", got, expected);
  }

  #refuse(where: string, code: ErrorCode, got: string, expected: string): void {
    this.#problems.push(problem(code, where, got, expected, EXPORT_AGAIN));
  }
}

const INITIALISERS: ReadonlySet<string> = new Set(["VAR_HANDLE", "ASSIGN_VARIABLE"]);

const described = ({ type, shape, scales, zeroPoints }: RawTensor): string =>
  `${type} [${shape}], scale ${scales}, zero point ${zeroPoints}`;

function alike(a: RawTensor, b: RawTensor): boolean {
  return described(a) === described(b);
}
