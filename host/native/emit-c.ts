/**
 * A function of WebAssembly → C11 of the same meaning, bit for bit. Blocks become labels, locals variables; what is on the
 * operand stack is an expression until something could change its value, and then a variable.
 */
import { at } from "../model/at.ts";
import { OPCODE } from "../module/wasm-code.ts";
import type { Body, Operation, ValueType } from "./decode.ts";
import { loadOf, operatorOf, storeOf } from "./operators.ts";

/** What functions are called: by their index in the module. */
export type Names = (index: number) => string;

/** A value on the operand stack that nothing has used yet. */
type Pending = {
  readonly text: string;
  readonly type: ValueType;
  /** locals it reads, by name */
  readonly locals: ReadonlySet<string>;
  /** it reads memory */
  readonly loads: boolean;
  /** it is long: where it would be written twice it gets a name */
  readonly plain: boolean;
};

type Frame = {
  readonly kind: "block" | "loop" | "if" | "function";
  readonly label: string;
  /** operands below the frame's own */
  readonly height: number;
  readonly result: string | null;
  readonly type: ValueType | null;
  used: boolean;
};

const C_TYPE = { i32: "uint32_t", i64: "uint64_t" } as const;

/** A definition, and what declares it. */
export type Emitted = { readonly head: string; readonly text: string };

/** A function of the name that `names` has for it. */
export function emitFunction(index: number, functions: readonly Body[], names: Names): Emitted {
  const body = at(functions, index);
  const { parameters, results } = body.signature;
  const result = results[0] === undefined ? "void" : C_TYPE[results[0]];
  const list = parameters.map((type, k) => `${C_TYPE[type]} p${k}`).join(", ");
  const head = `${result} ${names(index)}(${list || "void"})`;
  return { head, text: new Emitter(body, functions, names).text(head, []) };
}

/** A kernel's body as tw_generated() calls it: its arguments lie one behind the other, eight bytes each. */
export function emitBody(index: number, functions: readonly Body[], names: Names): Emitted {
  const body = at(functions, index);
  const taken = body.signature.parameters.map(
    (type, k) => `    ${C_TYPE[type]} p${k} = ${type === "i32" ? "(uint32_t)" : ""}a[${k}];`,
  );
  const head = `static void ${names(index)}(const uint64_t *a)`;
  return { head, text: new Emitter(body, functions, names).text(head, taken) };
}

class Emitter {
  private readonly body: Body;
  private readonly functions: readonly Body[];
  private readonly names: Names;
  private readonly locals: readonly { readonly name: string; readonly type: ValueType }[];
  private readonly lines: string[] = [];
  private readonly variables: string[] = [];
  private readonly frames: Frame[] = [];
  private stack: Pending[] = [];
  private count = 0;

  constructor(body: Body, functions: readonly Body[], names: Names) {
    this.body = body;
    this.functions = functions;
    this.names = names;
    this.locals = [
      ...body.signature.parameters.map((type, k) => ({ name: `p${k}`, type })),
      ...body.locals.map((type, k) => ({ name: `v${k}`, type })),
    ];
  }

  text(head: string, taken: readonly string[]): string {
    const [result] = this.body.signature.results;
    this.enter("function", result ?? null);
    const { code } = this.body;
    for (let k = 0; k < code.length; k++) {
      const { opcode } = at(code, k);
      this.one(at(code, k));
      if (ENDS_BLOCK.has(opcode)) k = this.afterDead(k);
    }
    const declared = this.body.locals.map((type, k) => `    ${C_TYPE[type]} v${k} = 0;`);
    return [`${head} {`, ...taken, ...declared, ...this.variables, ...this.lines, "}", ""].join(
      "\n",
    );
  }

  /** What follows a branch until its block ends is never reached. @returns the place before the end */
  private afterDead(from: number): number {
    const { code } = this.body;
    let depth = 0;
    for (let k = from + 1; ; k++) {
      const { opcode } = at(code, k);
      if (opcode === OPCODE.block || opcode === OPCODE.loop || opcode === OPCODE.if) depth++;
      if (depth === 0 && (opcode === OPCODE.end || opcode === OPCODE.else)) {
        this.dead = true;
        return k - 1;
      }
      if (opcode === OPCODE.end) depth--;
    }
  }

  /** The end of the current block is not reached from its last instruction. */
  private dead = false;

  private one(operation: Operation): void {
    const { opcode, operands, value } = operation;
    const [operand] = operands;
    switch (opcode) {
      case OPCODE.unreachable:
        this.line("tw_generated_trap();", ...this.leave());
        break;
      case OPCODE.nop:
        break;
      case OPCODE.block:
        this.enter("block", operation.result);
        break;
      case OPCODE.loop:
        this.enter("loop", operation.result);
        break;
      case OPCODE.if: {
        const condition = this.pop().text;
        this.enter("if", operation.result, condition);
        break;
      }
      case OPCODE.else:
        this.otherwise();
        break;
      case OPCODE.end:
        this.exit();
        break;
      case OPCODE.branch:
        this.line(...this.jump(this.label(operand)));
        break;
      case OPCODE.branchIf:
        this.branchIf(this.label(operand));
        break;
      case OPCODE.branchTable:
        this.branchTable(operands);
        break;
      case OPCODE.return:
        this.line(...this.jump(at(this.frames, 0)));
        break;
      case OPCODE.call:
        this.call(operand);
        break;
      case OPCODE.drop:
        this.line(`(void)${this.pop().text};`);
        break;
      case OPCODE.select:
        this.select();
        break;
      case OPCODE.localGet: {
        const { name, type } = at(this.locals, index(operand));
        this.push({ ...NOTHING, text: name, type, locals: new Set([name]), plain: true });
        break;
      }
      case OPCODE.localSet:
        this.assign(index(operand), false);
        break;
      case OPCODE.localTee:
        this.assign(index(operand), true);
        break;
      case OPCODE.i32Const:
        this.push({ ...NOTHING, text: `${BigInt.asUintN(32, value)}u`, type: "i32" });
        break;
      case OPCODE.i64Const:
        this.push({ ...NOTHING, text: `${BigInt.asUintN(64, value)}ull`, type: "i64" });
        break;
      default:
        this.compute(opcode, index(operand ?? 0));
        break;
    }
  }

  private compute(opcode: number, offset: number): void {
    const operator = operatorOf(opcode);
    if (operator) {
      const operands = operator.operands.map(() => this.pop()).reverse();
      this.push({
        ...joined(operands),
        text: operator.text(...operands.map(({ text }) => text)),
        type: operator.result,
      });
      return;
    }
    const load = loadOf(opcode);
    if (load) {
      const address = this.pop();
      const text = load.text(plus(address.text, offset));
      this.push({ ...joined([address]), text, type: load.type, loads: true });
      return;
    }
    const store = storeOf(opcode);
    if (!store) throw new Error(`opcode ${opcode}: kernels do not use it`);
    const value = this.pop();
    const address = this.pop();
    this.settle(({ loads }) => loads);
    this.line(`${store.text(plus(address.text, offset), value.text)};`);
  }

  private assign(k: number, keep: boolean): void {
    const { name, type } = at(this.locals, k);
    const value = this.pop();
    this.settle(({ locals }) => locals.has(name));
    if (value.text !== name) this.line(`${name} = ${value.text};`);
    if (keep) this.push({ ...NOTHING, text: name, type, locals: new Set([name]), plain: true });
  }

  private select(): void {
    const [condition, b, a] = [this.pop(), this.pop(), this.pop()];
    this.push({
      ...joined([condition, a, b]),
      text: `(${condition.text} ? ${a.text} : ${b.text})`,
      type: a.type,
    });
  }

  private call(operand: number | undefined): void {
    const callee = index(operand);
    const { parameters, results } = at(this.functions, callee).signature;
    const operands = parameters.map(() => this.pop()).reverse();
    this.settle(() => true);
    const text = `${this.names(callee)}(${operands.map((one) => one.text).join(", ")})`;
    const [type] = results;
    if (type === undefined) {
      this.line(`${text};`);
      return;
    }
    const name = this.variable(type);
    this.line(`${name} = ${text};`);
    this.push({ ...NOTHING, text: name, type, plain: true });
  }

  private branchIf(frame: Frame): void {
    const condition = this.pop();
    // a result stays on the stack where the branch is not taken
    this.settle(() => true);
    this.line(`if (${condition.text}) {`, ...this.jump(frame).map((line) => `    ${line}`), "}");
  }

  private branchTable(labels: readonly number[]): void {
    const chosen = this.pop();
    this.settle(() => true);
    this.line(`switch (${chosen.text}) {`);
    labels.forEach((depth, k) => {
      this.line(k === labels.length - 1 ? "default:" : `case ${k}u:`);
      this.line(...this.jump(this.label(depth)).map((line) => `    ${line}`));
    });
    this.line("}");
  }

  /** The lines that leave for a label, its result assigned. */
  private jump(frame: Frame): string[] {
    if (frame.kind === "function") return this.leave();
    const lines: string[] = [];
    if (frame.kind !== "loop" && frame.result !== null) {
      lines.push(`${frame.result} = ${at(this.stack, this.stack.length - 1).text};`);
    }
    frame.used = true;
    return [...lines, `goto ${frame.label};`];
  }

  private leave(): string[] {
    const { type } = at(this.frames, 0);
    if (type === null) return ["return;"];
    return [`return ${this.stack.at(-1)?.text ?? "0"};`];
  }

  private enter(kind: Frame["kind"], type: ValueType | null, condition = ""): void {
    this.settle(() => true);
    const label = `l${this.count++}`;
    const result = type !== null && kind !== "function" ? this.variable(type) : null;
    if (kind === "if") this.line(`if (${condition}) {`);
    this.frames.push({ kind, label, height: this.stack.length, result, type, used: false });
    if (kind === "loop") this.line(`${label}:;`);
    this.dead = false;
  }

  private otherwise(): void {
    this.finish();
    this.outside("} else {");
    this.dead = false;
  }

  private exit(): void {
    const frame = at(this.frames, this.frames.length - 1);
    if (frame.kind === "function") {
      if (!this.dead && frame.type !== null) this.line(...this.leave());
      this.frames.pop();
      return;
    }
    this.finish();
    this.frames.pop();
    if (frame.kind === "if") this.line("}");
    if (frame.kind === "loop" && !frame.used) this.forget(frame.label);
    if (frame.kind !== "loop" && frame.used) this.line(`${frame.label}:;`);
    // reached by a branch, or from its last instruction
    this.dead = false;
    if (frame.result !== null && frame.type !== null) {
      this.push({ ...NOTHING, text: frame.result, type: frame.type, plain: true });
    }
  }

  /** The end of a block's code: its result is assigned, and what it left is gone. */
  private finish(): void {
    const frame = at(this.frames, this.frames.length - 1);
    if (!this.dead && frame.result !== null) this.line(`${frame.result} = ${this.pop().text};`);
    else if (!this.dead) this.settle(() => true);
    this.stack = this.stack.slice(0, frame.height);
  }

  /** A line of the frame around the current one. */
  private outside(line: string): void {
    const inner = this.frames.pop();
    this.line(line);
    if (inner) this.frames.push(inner);
  }

  /** Nobody came back to this loop. */
  private forget(label: string): void {
    const found = this.lines.findLastIndex((line) => line.trim() === `${label}:;`);
    this.lines.splice(found, 1);
  }

  private label(depth: number | undefined): Frame {
    return at(this.frames, this.frames.length - 1 - index(depth));
  }

  private push(value: Pending): void {
    this.stack.push(value);
  }

  private pop(): Pending {
    const value = this.stack.pop();
    if (!value) throw new Error("an operand is missing: the module was not validated");
    return value;
  }

  private variable(type: ValueType): string {
    const name = `t${this.variables.length}`;
    this.variables.push(`    ${C_TYPE[type]} ${name} = 0;`);
    return name;
  }

  /** Gives those pending values that `which` picks a variable each, before something changes what they would be. */
  private settle(which: (value: Pending) => boolean): void {
    this.stack = this.stack.map((value) => {
      if (isConstant(value) || !which(value)) return value;
      if (value.plain && value.locals.size === 0) return value; // it has one
      const name = this.variable(value.type);
      this.line(`${name} = ${value.text};`);
      return { ...NOTHING, text: name, type: value.type, plain: true };
    });
  }

  private line(...lines: string[]): void {
    const inside = "    ".repeat(this.frames.filter(({ kind }) => kind === "if").length + 1);
    for (const line of lines) this.lines.push(inside + line);
  }
}

const NOTHING = { locals: new Set<string>(), loads: false, plain: false };

const ENDS_BLOCK: ReadonlySet<number> = new Set([
  OPCODE.branch,
  OPCODE.branchTable,
  OPCODE.return,
  OPCODE.unreachable,
]);

const isConstant = ({ text }: Pending): boolean => /^\d+u(?:ll)?$/.test(text);

function joined(parts: readonly Pending[]): Pick<Pending, "locals" | "loads" | "plain"> {
  return {
    locals: new Set(parts.flatMap(({ locals }) => [...locals])),
    loads: parts.some(({ loads }) => loads),
    plain: false,
  };
}

const plus = (address: string, offset: number): string =>
  offset === 0 ? address : `${address} + ${offset}u`;

const index = (operand: number | undefined): number => {
  if (operand === undefined) throw new Error("an operation without its operand");
  return operand;
};
