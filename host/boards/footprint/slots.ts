/**
 * The stack that WASM3 compiles against (m3_compile.c): which values wait in which slots or in the one register, and
 * what it emits to move them. Slots have 32 bits; i64 takes two, the first of them even.
 */
import { WASM3_MACROS } from "../../firmware/index.ts";
import { at } from "../../model/at.ts";
import type { CodePages, Page } from "./code-pages.ts";

export type ValueType = "i32" | "i64";

const MAX_HEIGHT = WASM3_MACROS.d_m3MaxFunctionStackHeight;
const MAX_SLOTS = 2 * MAX_HEIGHT;
export const REGISTER = 60_000;
export const UNUSED = 0xffff;
/** arguments and results have 64 bits each */
export const IO_SLOTS = 2;

/** What the interpreter's limits refuse; the firmware answers MODEL. */
export class TooComplex extends Error {}

export type Scope = {
  readonly outer: Scope | null;
  readonly depth: number;
  readonly opcode: number;
  readonly result: ValueType | null;
  exitStackIndex: number;
  blockStackIndex: number;
  polymorphic: boolean;
};

export const slotsOf = (type: ValueType | undefined): number => (type === "i64" ? 2 : 1);
export const evenUp = (slot: number): number => (slot + 1) & ~1;

export class SlotStack {
  readonly slots: number[] = [];
  readonly types: ValueType[] = [];
  /** how many values each slot holds */
  readonly usage = new Uint8Array(MAX_SLOTS + 8);
  height = 0;
  firstDynamicIndex = 0;
  firstDynamicSlot = 0;
  maxAllocated = 0;
  maxSlots = 0;
  /** of the stack, plus one; 0: free */
  register = 0;
  page: Page;
  block: Scope;
  protected readonly pages: CodePages;

  constructor(pages: CodePages, block: Scope) {
    this.pages = pages;
    this.block = block;
    this.page = pages.acquire();
  }

  /** An operation and the words behind it. */
  emit(operands = 0): void {
    this.page = this.pages.room(this.page);
    this.page.used += 1 + operands;
  }

  get top(): number {
    return this.height - 1;
  }

  slotAt(index: number): number {
    return index < this.height && index >= 0 ? (this.slots[index] ?? UNUSED) : UNUSED;
  }

  typeAt(index: number): ValueType | undefined {
    return index < this.height ? this.types[index] : undefined;
  }

  /** of values on the stack proper, not of arguments and locals */
  typeFromTop(offset: number): ValueType | undefined {
    const index = this.height - 1 - offset;
    return index >= this.firstDynamicIndex ? this.types[index] : undefined;
  }

  inRegister(index: number): boolean {
    return index >= 0 && index < this.height && this.slots[index] === REGISTER;
  }

  get topInRegister(): boolean {
    return this.inRegister(this.top);
  }

  mark(slot: number, count: number): void {
    for (let k = slot; k < slot + count; k++) {
      this.usage[k] = 1;
      this.maxAllocated = Math.max(this.maxAllocated, k + 1);
      this.touch(k);
    }
  }

  touch(slot: number): void {
    this.maxSlots = Math.max(this.maxSlots, slot + 1);
  }

  /** UNUSED where there is none */
  allocateWithin(type: ValueType | undefined, from: number, to: number): number {
    const count = slotsOf(type);
    for (let k = count === 2 ? evenUp(from) : from; k + count - 1 < to; k += count) {
      if (this.usage[k] === 0 && this.usage[k + count - 1] === 0) {
        this.mark(k, count);
        return k;
      }
    }
    return UNUSED;
  }

  allocate(type: ValueType | undefined): number {
    const slot = this.allocateWithin(type, this.firstDynamicSlot, MAX_SLOTS);
    if (slot === UNUSED) throw new TooComplex("more slots than WASM3 has");
    return slot;
  }

  maxUsed(): number {
    while (this.maxAllocated > this.firstDynamicSlot && this.usage[this.maxAllocated - 1] === 0) {
      this.maxAllocated--;
    }
    return this.maxAllocated;
  }

  preserveRegister(): void {
    if (this.register === 0) return;
    const index = this.register - 1;
    this.register = 0;
    this.slots[index] = this.allocate(this.typeAt(index));
    this.emit(1);
  }

  push(type: ValueType, slot: number): void {
    const index = this.height++;
    if (index >= MAX_HEIGHT) throw new TooComplex("more values than WASM3's stack has");
    this.slots[index] = slot;
    this.types[index] = type;
    if (slot === REGISTER) this.register = index + 1;
  }

  pushRegister = (type: ValueType): void => this.push(type, REGISTER);

  pushAllocated = (type: ValueType): void => this.push(type, this.allocate(type));

  pop(): void {
    if (this.height <= this.block.blockStackIndex) return;
    this.height--;
    const slot = this.slots[this.height] ?? UNUSED;
    if (slot === REGISTER) this.register = 0;
    else if (slot >= this.firstDynamicSlot && slot !== UNUSED)
      this.release(slot, this.types[this.height]);
  }

  private release(slot: number, type: ValueType | undefined): void {
    for (let k = slot; k < slot + slotsOf(type); k++) this.usage[k] = at(this.usage, k) - 1;
  }

  /** Emits the slot of the top where it has one. */
  takeOperand(): void {
    if (!this.topInRegister) this.page.used++;
    this.pop();
  }

  unwind(): void {
    while (this.height > this.block.blockStackIndex) this.pop();
  }

  setPolymorphic(): void {
    this.block.polymorphic = true;
    this.unwind();
  }

  copyToSlot(index: number): void {
    this.emit(this.inRegister(index) ? 1 : 2);
  }

  copyTopToRegister(): void {
    if (this.topInRegister) return;
    this.preserveRegister();
    this.emit(1);
  }

  /**
   * A value that stands for a local is a reference until the local changes: then it gets a slot of its own.
   *
   * @returns that slot, or the local's own when nothing refers to it
   */
  preserveLocal(local: number): number {
    let scope: Scope | null = this.block;
    let start = scope.blockStackIndex;
    while (scope && scope.opcode === 0x02) {
      scope = scope.outer;
      if (scope) start = scope.blockStackIndex;
    }
    let preserved = local;
    for (let k = start; k < this.height; k++) {
      if (this.slots[k] !== local) continue;
      if (preserved === local) preserved = this.allocate(this.typeAt(k));
      else this.usage[preserved] = at(this.usage, preserved) + 1;
      this.slots[k] = preserved;
    }
    return preserved;
  }

  /** Copies results to where the block's end expects them, around collisions. */
  copyResults(target: number, index: number, end: number, temporary: number): void {
    if (index >= end) return;
    const source = this.slotAt(index);
    const to = this.slotAt(target);
    const extra = slotsOf(this.typeAt(index)) - 1;
    let [preserved, collision] = [index, source];
    if (to !== source) {
      for (let check = index + 1; check < end; check++) {
        const other = this.slotAt(check);
        const otherEnd = other + slotsOf(this.typeAt(check)) - 1;
        if (to !== other && to !== otherEnd && to + extra !== other) continue;
        this.copyToSlot(check);
        this.slots[check] = temporary;
        temporary += IO_SLOTS;
        this.touch(temporary - 1);
        [preserved, collision] = [check, other];
        break;
      }
      this.copyToSlot(index);
      this.slots[index] = to;
    }
    this.copyResults(target + 1, index + 1, end, temporary);
    this.slots[index] = source;
    this.slots[preserved] = collision;
  }
}
