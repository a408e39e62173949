/**
 * WASM3's compiler (m3_compile.c of the pinned state, firmware/wasm3.json) for integer functions, without its output:
 * how many words of code each function becomes, and how many of constants. Verified against the arena of the emulated
 * boards (tests/firmware/footprint.test.ts).
 */

import { WASM3_MACROS } from "../../firmware/index.ts";
import type { CodePages } from "./code-pages.ts";
import { FunctionReader } from "./function-reader.ts";
import { signature } from "./signature.ts";
import {
  evenUp,
  IO_SLOTS,
  type Scope,
  SlotStack,
  slotsOf,
  UNUSED,
  type ValueType,
} from "./slots.ts";

export type FunctionType = {
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | null;
};

export type FunctionCode = {
  readonly type: FunctionType;
  /** the body: locals, then instructions */
  readonly body: Uint8Array;
};

/** What a call or a global needs to know. */
export type Surroundings = {
  readonly functionType: (index: number) => FunctionType;
  readonly globalType: (index: number) => ValueType;
};

const MAX_CONSTANTS = WASM3_MACROS.d_m3MaxConstantTableSize;

const OP = {
  ...{ block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b },
  ...{ br: 0x0c, brIf: 0x0d, brTable: 0x0e, return: 0x0f, call: 0x10, drop: 0x1a, select: 0x1b },
  ...{ localGet: 0x20, localSet: 0x21, localTee: 0x22, globalGet: 0x23 },
  ...{ i32Const: 0x41, i64Const: 0x42 },
} as const;

/** @returns bytes of constants kept beside the code */
export function compileFunction(
  { type, body }: FunctionCode,
  pages: CodePages,
  around: Surroundings,
): number {
  return new FunctionCompiler(type, body, pages, around).compile();
}

class FunctionCompiler extends SlotStack {
  private readonly reader: FunctionReader;
  private readonly around: Surroundings;
  private readonly type: FunctionType;
  private readonly constants = new Uint32Array(MAX_CONSTANTS + 2);
  private firstConstant = 0;
  private constantsEnd = 0;
  private locals = 0;
  private previous = 0;

  constructor(type: FunctionType, body: Uint8Array, pages: CodePages, around: Surroundings) {
    super(pages, {
      ...{ outer: null, depth: 0, opcode: 0, result: type.result, polymorphic: false },
      ...{ exitStackIndex: 0, blockStackIndex: 0 },
    });
    this.reader = new FunctionReader(body);
    this.type = type;
    this.around = around;
  }

  compile(): number {
    const results = this.type.result ? IO_SLOTS : 0;
    this.mark(0, results);
    this.firstDynamicSlot = results;
    for (const parameter of this.type.parameters) {
      this.pushAllocated(parameter);
      this.firstDynamicSlot += IO_SLOTS;
    }
    this.maxAllocated = this.firstDynamicSlot;
    for (const local of this.reader.locals()) this.pushAllocated(local);
    this.locals = this.height;
    this.firstConstant = this.maxUsed();
    this.constantsEnd = this.firstConstant;
    this.firstDynamicSlot = this.firstConstant + this.reservedConstants();
    this.maxSlots = this.firstDynamicSlot;
    this.maxAllocated = this.firstDynamicSlot;
    this.firstDynamicIndex = this.height;
    this.block.blockStackIndex = this.height;
    this.emit(1); // op_Entry
    this.statements();
    this.pages.release(this.page);
    return 4 * (this.constantsEnd - this.firstConstant);
  }

  /** Any byte that looks like a constant's opcode reserves its slots. */
  private reservedConstants(): number {
    let count = 0;
    for (const byte of this.reader.rest()) {
      const more = byte === 0x41 || byte === 0x43 ? 1 : byte === 0x42 || byte === 0x44 ? 2 : 0;
      if (count + more >= MAX_CONSTANTS) break;
      count += more;
    }
    return evenUp(count);
  }

  private statements(): void {
    for (;;) {
      const opcode = this.reader.byte();
      this.statement(opcode);
      this.previous = opcode;
      if (opcode === OP.else || opcode === OP.end) return;
    }
  }

  private statement(opcode: number): void {
    const row = this.rows[opcode];
    if (row) row();
    else this.operator(opcode);
  }

  /** Everything but operators with operands and a result. */
  private readonly rows: Readonly<Record<number, () => void>> = {
    0: () => {
      this.emit(); // unreachable
      this.setPolymorphic();
    },
    1: () => {}, // nop
    [OP.block]: () => this.blockOrLoop(OP.block),
    [OP.loop]: () => this.blockOrLoop(OP.loop),
    [OP.if]: () => this.ifElse(),
    [OP.else]: () => {},
    [OP.end]: () => this.end(),
    [OP.br]: () => this.branch(false),
    [OP.brIf]: () => this.branch(true),
    [OP.brTable]: () => this.branchTable(),
    [OP.return]: () => this.return(),
    [OP.call]: () => this.call(this.around.functionType(this.reader.u32())),
    [OP.drop]: () => this.pop(),
    [OP.select]: () => this.select(),
    [OP.localGet]: () => this.getLocal(this.reader.u32()),
    [OP.localSet]: () => this.setLocal(this.reader.u32(), false),
    [OP.localTee]: () => this.setLocal(this.reader.u32(), true),
    [OP.globalGet]: () => this.getGlobal(this.around.globalType(this.reader.u32())),
    [OP.i32Const]: () => this.constant("i32", this.reader.signed()),
    [OP.i64Const]: () => this.constant("i64", this.reader.signed()),
  };

  private operator(opcode: number): void {
    const [operands, result] = signature(opcode);
    const inRegister = this.topInRegister || (operands === 2 && this.inRegister(this.top - 1));
    if (!inRegister) this.preserveRegister();
    this.emit();
    this.takeOperand();
    if (operands === 2) this.takeOperand();
    if (result) this.pushRegister(result);
    if (opcode >= 0x28 && opcode <= 0x3e) {
      this.reader.u32(); // the alignment
      this.reader.u32();
      this.page.used++; // the offset
    }
  }

  private constant(type: ValueType, value: bigint): void {
    const known = this.knownConstant(type, value);
    if (known !== UNUSED) {
      this.push(type, known);
      return;
    }
    const limit = Math.min(this.firstDynamicSlot, this.firstConstant + MAX_CONSTANTS);
    const slot = this.allocateWithin(type, this.firstConstant, limit);
    if (slot === UNUSED) {
      this.emit(slotsOf(type) + 1);
      this.pushAllocated(type);
      return;
    }
    const at = slot - this.firstConstant;
    this.constants[at] = Number(BigInt.asUintN(32, value));
    if (type === "i64") this.constants[at + 1] = Number(BigInt.asUintN(32, value >> 32n));
    this.push(type, slot);
    this.constantsEnd = Math.max(this.constantsEnd, slot + slotsOf(type));
  }

  /** Negative i32 are never found again: WASM3 compares 32 bits with the sign-extended 64. */
  private knownConstant(type: ValueType, value: bigint): number {
    const words = [0n, 32n].map((shift) => Number(BigInt.asUintN(32, value >> shift)));
    const from = type === "i64" ? evenUp(this.firstConstant) : this.firstConstant;
    if (type === "i32" && value < 0n) return UNUSED;
    for (let slot = from; slot + slotsOf(type) <= this.constantsEnd; slot += slotsOf(type)) {
      const at = slot - this.firstConstant;
      const same = words
        .slice(0, slotsOf(type))
        .every((word, k) => this.usage[slot + k] !== 0 && this.constants[at + k] === word);
      if (same) return slot;
    }
    return UNUSED;
  }

  private getLocal(index: number): void {
    this.push(this.typeAt(index) ?? "i32", this.slotAt(index));
  }

  private setLocal(index: number, keep: boolean): void {
    const local = this.slotAt(index);
    const preserved = this.preserveLocal(local);
    this.emit((this.topInRegister ? 1 : 2) + (preserved === local ? 0 : 1));
    if (!keep) this.pop();
  }

  private getGlobal(type: ValueType): void {
    this.emit(2);
    this.pushAllocated(type);
  }

  private select(): void {
    const type = this.typeFromTop(1) ?? "i32";
    const inRegister = [0, 1, 2].some((k) => this.inRegister(this.top - k));
    if (!inRegister) this.preserveRegister();
    let operands = 0;
    for (let k = 0; k < 3; k++) {
      if (!this.topInRegister && this.slotAt(this.top) !== UNUSED) operands++;
      this.pop();
    }
    this.emit(operands);
    this.pushRegister(type);
  }

  private call({ parameters, result }: FunctionType): void {
    const frame = evenUp(Math.max(1, this.maxUsed()));
    for (let k = 0; k < parameters.length; k++) {
      this.copyToSlot(this.top);
      this.pop();
    }
    if (result) {
      this.push(result, frame);
      this.mark(frame, slotsOf(result));
    }
    this.emit(2);
  }

  private scopeAt(depth: number): Scope {
    let scope = this.block;
    for (let k = 0; k < depth; k++) scope = scope.outer ?? scope;
    return scope;
  }

  private return(): void {
    if (this.block.polymorphic) return;
    this.returnValues(true);
    this.emit();
    this.setPolymorphic();
  }

  private returnValues(branch: boolean): void {
    if (!this.type.result) return;
    if (!this.block.polymorphic) this.copyToSlot(this.top);
    if (!branch) this.pop();
  }

  private end(): void {
    if (this.block.depth > 0) return;
    this.returnValues(false);
    this.emit();
  }

  private branch(conditional: boolean): void {
    const scope = this.scopeAt(this.reader.u32());
    if (scope.opcode === OP.loop) {
      if (conditional) {
        this.copyTopToRegister();
        this.pop();
      }
      this.emit(1);
      if (!conditional) this.block.polymorphic = true;
      return;
    }
    const isReturn = scope.depth === 0;
    if (conditional) {
      this.emit();
      this.takeOperand();
      this.page.used++; // where to go on
      if (!scope.result && !isReturn) return;
    }
    if (!this.block.polymorphic) this.leave(scope);
    if (!conditional) this.setPolymorphic();
  }

  private leave(scope: Scope): void {
    if (scope.depth === 0) {
      this.returnValues(true);
      this.emit();
    } else {
      this.resolve(scope, true);
      this.emit(1);
    }
  }

  private branchTable(): void {
    const targets = this.reader.u32();
    this.preserveRegister();
    this.pop();
    this.page = this.pages.room(this.page, targets + 4);
    this.emit(2);
    for (let k = 0; k <= targets; k++) {
      const scope = this.scopeAt(this.reader.u32());
      const saved = this.page;
      this.page = this.pages.acquire();
      if (scope.opcode === OP.loop) this.emit(1);
      else if (!this.block.polymorphic) this.leave(scope);
      this.pages.release(this.page);
      this.page = saved;
      this.page.used++;
    }
    this.setPolymorphic();
  }

  private resolve(scope: Scope, branch: boolean): void {
    if (!scope.result || (scope.opcode === OP.loop && branch)) return;
    const end = this.height;
    this.copyResults(scope.exitStackIndex, end - 1, end, evenUp(this.maxSlots));
  }

  private preserveLocals(): void {
    if (this.height <= this.firstDynamicIndex) return;
    for (let k = 0; k < this.locals; k++) {
      const slot = this.slotAt(k);
      if (this.preserveLocal(slot) !== slot) this.emit(2);
    }
  }

  private blockOrLoop(opcode: number): void {
    this.preserveRegister();
    this.preserveLocals();
    const result = this.reader.blockType();
    if (opcode === OP.loop) this.emit();
    this.compileBlock(result, opcode);
  }

  private ifElse(): void {
    if (this.register !== 0 && this.register - 1 !== this.top) this.preserveRegister();
    this.preserveLocals();
    this.emit();
    this.takeOperand();
    this.page.used++; // where else is
    const result = this.reader.blockType();
    const height = this.height;
    this.compileBlock(result, OP.if);
    if (this.previous === OP.else) {
      this.height = height;
      this.elseBlock(result);
    } else if (result) {
      // there is no else: one is made of the if's end
      this.reader.back();
      this.height = height;
      this.elseBlock(result);
    }
  }

  private elseBlock(result: ValueType | null): void {
    const saved = this.page;
    this.page = this.pages.acquire();
    this.compileBlock(result, OP.else);
    this.emit(1);
    this.pages.release(this.page);
    this.page = saved;
  }

  private compileBlock(result: ValueType | null, opcode: number): void {
    const outer = this.block;
    const exitStackIndex = this.height;
    // a slot for the result; its record stays below the block's own values
    this.block = { ...outer, outer, depth: outer.depth + 1, opcode, result, exitStackIndex };
    if (result) this.pushAllocated(result);
    const height = this.height;
    if (result) this.pop();
    this.height = height;
    this.block.blockStackIndex = height;
    this.statements();
    if (!this.block.polymorphic) this.resolve(this.block, false);
    this.unwind();
    if (opcode !== OP.if && this.previous !== OP.else) {
      this.height = exitStackIndex;
      if (result) this.pushAllocated(result);
    }
    this.block = outer;
  }
}
