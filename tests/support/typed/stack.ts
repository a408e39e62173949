/** The operands of a function under way, as a validator keeps them, and the code that makes them. */
import { at } from "../../../host/model/at.ts";
import type { Random } from "../../../host/model/random.ts";
import { ANY, I32, I64, type Operand, type Type } from "./instructions.ts";
import type { Lebs } from "./leb.ts";

export type Signature = { readonly params: readonly Type[]; readonly result: Type | null };
export type Global = { readonly type: Type; readonly mutable: boolean };

export type Around = {
  readonly random: Random;
  readonly leb: Lebs;
  readonly globals: readonly Global[];
  /** that may be called: those further on, by index */
  readonly callees: readonly {
    readonly index: number;
    readonly type: Signature;
    readonly cost: number;
  }[];
  /** memory.copy, memory.fill, global.set: boards take them, the host's mvp build has none */
  readonly wide: boolean;
  /** instructions to draw */
  readonly length: number;
  /** code that is never reached; without, a block ends where it dies */
  readonly deadCode: boolean;
  /** blocks begin more often than they end */
  readonly deep: boolean;
  /** most blocks within blocks */
  readonly nesting: number;
  readonly maxCost: number;
};

type Frame = {
  readonly op: number;
  readonly result: Type | null;
  readonly height: number;
  /** no more instructions are reached */
  dead: boolean;
  /** the local that a loop counts with */
  readonly counter: number;
  /** what one instruction here costs */
  readonly weight: number;
};

export const OP = {
  ...{ unreachable: 0, nop: 1, block: 2, loop: 3, if: 4, else: 5, end: 0x0b, br: 0x0c, brIf: 0x0d },
  ...{ brTable: 0x0e, return: 0x0f, call: 0x10, drop: 0x1a, select: 0x1b },
  ...{ get: 0x20, set: 0x21, tee: 0x22, globalGet: 0x23, globalSet: 0x24 },
  ...{
    memorySize: 0x3f,
    i32: 0x41,
    i64: 0x42,
    and: 0x71,
    or: 0x72,
    or64: 0x84,
    sub: 0x6b,
    gtS: 0x4a,
  },
} as const;

const EDGES = [0, 1, -1, 2, 7, 31, 32, 33, 63, 64, 127, 128, 255, 256, 32767, 65535, 65536];
const WIDE_EDGES = [2 ** 31 - 1, -(2 ** 31), 0x55555555, -0x80, -0x8000];

export class TypedStack {
  readonly code: number[] = [];
  /** instructions that run at most */
  cost = 0;
  protected readonly around: Around;
  protected readonly locals: Type[];
  protected readonly params: number;
  protected readonly counters: number[] = [];
  protected readonly stack: Operand[] = [];
  protected readonly frames: Frame[] = [];
  protected readonly result: Type | null;

  /** @param locals value types of parameters and locals; each loop declares one more */
  constructor(around: Around, type: Signature, locals: readonly Type[]) {
    this.around = around;
    this.params = type.params.length;
    this.locals = [...type.params, ...locals];
    this.result = type.result;
    this.push0(OP.block, type.result, 1, -1);
  }

  protected chance = (share: number): boolean => this.around.random() < share;
  protected below = (n: number): number => Math.floor(this.around.random() * n);
  protected pick = <T extends NonNullable<unknown> | null>(items: readonly T[]): T =>
    at(items, this.below(items.length));
  protected type = (): Type => (this.chance(0.5) ? I32 : I64);

  protected get frame(): Frame {
    return at(this.frames, this.frames.length - 1);
  }
  protected get unreached(): boolean {
    return this.frames.some(({ dead }) => dead);
  }
  protected get held(): number {
    return this.stack.length - this.frame.height;
  }

  protected emit(...bytes: readonly number[]): void {
    this.code.push(...bytes);
    if (!this.unreached) this.cost += this.frame.weight;
  }

  protected push0(op: number, result: Type | null, weight: number, counter: number): void {
    const height = this.stack.length;
    this.frames.push({ op, result, height, dead: false, counter, weight });
  }

  protected die(): void {
    this.stack.length = this.frame.height;
    this.frame.dead = true;
  }

  /** Operands of these types on top: taken as they lie there, made, or, where nothing is reached, out of nothing. */
  protected need(types: readonly Type[]): void {
    const fits = (count: number, from: number): boolean =>
      types.slice(from, from + count).every((type, k) => {
        const held = this.stack[this.stack.length - count + k];
        return held === type || held === ANY;
      });
    if (this.frame.dead && this.held < types.length && this.chance(0.6)) {
      if (fits(this.held, types.length - this.held)) return;
    }
    let count = Math.min(this.held, types.length);
    while (!fits(count, 0)) count--;
    for (const type of types.slice(count)) this.make(type);
  }

  protected take(count: number): void {
    this.stack.length = Math.max(this.frame.height, this.stack.length - count);
  }

  /** need() and take(). */
  protected operands(...types: readonly Type[]): void {
    this.need(types);
    this.take(types.length);
  }

  protected constant(type: Type): void {
    const { leb } = this.around;
    const small = this.pick(EDGES);
    const value = this.chance(0.7)
      ? this.chance(0.75)
        ? small
        : this.pick(WIDE_EDGES)
      : Math.floor(this.around.random() * 2 ** 32) | 0;
    if (type === I32) this.emit(OP.i32, ...leb.i32(value));
    else {
      const high = this.chance(0.3) ? BigInt(this.below(2 ** 31)) << 32n : 0n;
      this.emit(OP.i64, ...leb.i64(BigInt(value) ^ high));
    }
    this.stack.push(type);
  }

  protected make(type: Type): void {
    const { leb, globals } = this.around;
    const locals = [...this.locals.keys()].filter((k) => this.locals[k] === type);
    if (locals.length > 0 && this.chance(0.5)) {
      this.emit(OP.get, ...leb.u32(this.pick(locals)));
      this.stack.push(type);
      return;
    }
    const known = [...globals.keys()].filter((k) => globals[k]?.type === type);
    if (known.length > 0 && this.chance(0.2)) {
      this.emit(OP.globalGet, ...leb.u32(this.pick(known)));
      this.stack.push(type);
      return;
    }
    this.constant(type);
  }
}
