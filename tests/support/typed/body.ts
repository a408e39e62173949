/**
 * Random code of right types: each instruction is drawn among those that the operands allow. What is reached ends: loops
 * count down, calls go to functions further on, and the work of all of it is bounded. What is not reached may be
 * anything.
 */
import { at } from "../../../host/model/at.ts";
import { ANY, I32, I64, LOADS, PLAIN, STORES, type Type } from "./instructions.ts";
import { OP, TypedStack } from "./stack.ts";

export type { Global, Signature } from "./stack.ts";

export class Body extends TypedStack {
  /** The whole body: locals, code, end. */
  bytes(): number[] {
    for (let k = 0; k < this.around.length; k++) this.draw();
    while (this.frames.length > 0) this.end();
    const { leb } = this.around;
    const groups: [number, Type][] = [];
    for (const type of this.locals.slice(this.params)) {
      const last = groups.at(-1);
      if (last && last[1] === type && this.chance(0.8)) last[0]++;
      else groups.push([1, type]);
    }
    return [
      ...leb.u32(groups.length),
      ...groups.flatMap(([n, type]) => [...leb.u32(n), type]),
      ...this.code,
    ];
  }

  private draw(): void {
    if (this.frame.dead && !this.around.deadCode) {
      if (this.frames.length > 1) this.end();
      return;
    }
    const choices: readonly [number, () => void][] = [
      [14, () => this.make(this.type())],
      [24, () => this.plain()],
      [8, () => this.load()],
      [6, () => this.store()],
      [9, () => this.set()],
      [2, () => this.drop()],
      [5, () => this.select()],
      [this.around.deep ? 30 : 6, () => this.open()],
      [6, () => (this.frames.length > 1 ? this.end() : this.plain())],
      [3, () => this.branch()],
      [2, () => this.branchTable()],
      [1, () => this.leave()],
      [4, () => this.call()],
      [2, () => this.rest()],
    ];
    let at = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, act] of choices) {
      at -= weight;
      if (at < 0) {
        act();
        return;
      }
    }
  }

  private plain(): void {
    const { op, takes, leaves, divides } = this.pick(PLAIN);
    this.need(takes);
    if (divides && this.chance(0.8)) {
      const wide = takes[0] === I64;
      this.emit(wide ? OP.i64 : OP.i32, 1, wide ? OP.or64 : OP.or);
      if (this.held === 0) this.stack.push(takes[0] ?? I32); // out of nothing, but no longer
    }
    this.take(takes.length);
    this.emit(op);
    this.stack.push(leaves);
  }

  /** An address on top, inside of memory most of the time. */
  private address(): void {
    this.need([I32]);
    if (this.chance(0.06)) return;
    this.take(1);
    this.emit(OP.i32, ...this.around.leb.i32(this.pick([0xff, 0xfff, 0x7ff8, 0xfffc])), OP.and);
    this.stack.push(I32);
  }

  private memoryArgument(align: number): number[] {
    const { leb } = this.around;
    const offset = this.chance(0.95)
      ? this.pick([0, 0, 1, 4, 64, 200])
      : this.pick([65528, 2 ** 32 - 1]);
    return [...leb.u32(this.below(align + 1)), ...leb.u32(offset)];
  }

  private load(): void {
    const { op, type, align } = this.pick(LOADS);
    this.address();
    this.take(1);
    this.emit(op, ...this.memoryArgument(align));
    this.stack.push(type);
  }

  private store(): void {
    const { op, type, align } = this.pick(STORES);
    if (this.chance(0.5)) {
      this.address();
      this.make(type);
      this.take(2);
    } else {
      this.operands(I32, type);
    }
    this.emit(op, ...this.memoryArgument(align));
  }

  /** No local that a loop counts with. */
  private set(): void {
    const free = [...this.locals.keys()].filter((k) => !this.counters.includes(k));
    if (free.length === 0) return;
    const local = this.pick(free);
    const type = at(this.locals, local);
    this.operands(type);
    const tee = this.chance(0.4);
    this.emit(tee ? OP.tee : OP.set, ...this.around.leb.u32(local));
    if (tee) this.stack.push(type);
  }

  private drop(): void {
    if (this.held === 0 && !this.frame.dead) return;
    this.take(1);
    this.emit(OP.drop);
  }

  private select(): void {
    if (this.frame.dead && this.held === 0 && this.chance(0.5)) {
      this.emit(OP.select);
      this.stack.push(ANY);
      return;
    }
    const type = this.type();
    this.operands(type, type, I32);
    this.emit(OP.select);
    this.stack.push(type);
  }

  private open(): void {
    const { nesting, maxCost, leb } = this.around;
    if (this.frames.length >= nesting) return;
    const result = this.chance(0.45) ? this.type() : null;
    const op = this.pick([OP.block, OP.block, OP.loop, OP.if]);
    if (op === OP.loop && !this.unreached) {
      const turns = 1 + this.below(4);
      if (this.frame.weight * turns * 40 > maxCost) return;
      const counter = this.locals.push(I32) - 1;
      this.counters.push(counter);
      this.emit(OP.i32, ...leb.i32(turns), OP.set, ...leb.u32(counter));
      this.emit(op, result ?? 0x40);
      this.push0(op, result, this.frame.weight * (turns + 1), counter);
      return;
    }
    if (op === OP.if) this.operands(I32);
    this.emit(op, result ?? 0x40);
    this.push0(op, result, this.frame.weight, -1);
  }

  /** Exactly the result is left: folds what lies there, drops what no instruction takes. */
  private settle(result: Type | null): void {
    const most = result === null ? 0 : 1;
    while (this.held > most) {
      const [below, top] = this.stack.slice(-2);
      if (this.held > 1 && below === top && top !== ANY && this.chance(0.7)) {
        this.take(2);
        this.emit(top === I64 ? this.pick([0x7c, 0x7d, 0x85]) : this.pick([0x6a, 0x6b, 0x73]));
        this.stack.push(top as Type);
      } else if (this.held > 1 && top === I64 && below === I32 && this.chance(0.7)) {
        this.take(1);
        this.emit(0xa7);
        this.stack.push(I32);
      } else {
        this.take(1);
        this.emit(OP.drop);
      }
    }
    const [top] = this.stack.slice(-1);
    if (result === null || (this.held === 1 && (top === result || top === ANY))) return;
    if (this.held === 0 && this.frame.dead && this.chance(0.6)) return;
    if (this.held === 1) {
      this.take(1);
      this.emit(result === I32 ? 0xa7 : 0xad);
      this.stack.push(result);
    } else this.make(result);
  }

  private end(): void {
    const { op, result, height, counter, weight } = this.frame;
    const silent = this.frame.dead && !this.around.deadCode;
    if (op === OP.loop && counter >= 0 && !silent && this.chance(0.9)) {
      this.settle(null);
      this.again(0);
    }
    if (!silent) this.settle(result);
    if (op === OP.if && (result !== null || this.chance(0.5))) {
      this.emit(OP.else);
      this.frames.pop();
      this.stack.length = height;
      this.push0(OP.else, result, weight, -1);
      return;
    }
    this.emit(OP.end);
    this.frames.pop();
    this.stack.length = height;
    if (result !== null && this.frames.length > 0) this.stack.push(result);
  }

  /** A branch back to the loop at `depth`, as long as its counter lasts. */
  private again(depth: number): void {
    const { leb } = this.around;
    const counter = leb.u32(at(this.frames, this.frames.length - 1 - depth).counter);
    this.emit(OP.get, ...counter, OP.i32, 1, OP.sub, OP.tee, ...counter);
    this.emit(OP.i32, 0, OP.gtS, OP.brIf, ...leb.u32(depth));
  }

  private label(depth: number): Type | null {
    const { op, result } = at(this.frames, this.frames.length - 1 - depth);
    return op === OP.loop ? null : result;
  }

  private branch(): void {
    const { leb } = this.around;
    const depth = this.below(this.frames.length);
    const target = at(this.frames, this.frames.length - 1 - depth);
    if (target.op === OP.loop && target.counter >= 0 && !this.unreached) {
      this.again(depth);
      return;
    }
    if (target.op === OP.loop && !this.unreached) return;
    const label = this.label(depth);
    const carried = label === null ? [] : [label];
    const conditional = this.chance(0.7);
    this.operands(...carried, ...(conditional ? [I32 as Type] : []));
    this.emit(conditional ? OP.brIf : OP.br, ...leb.u32(depth));
    if (conditional) this.stack.push(...carried);
    else this.die();
  }

  private branchTable(): void {
    const { leb } = this.around;
    const first = this.below(this.frames.length);
    const label = this.label(first);
    const like = [...this.frames.keys()].filter((depth) => {
      const { op } = at(this.frames, this.frames.length - 1 - depth);
      return this.label(depth) === label && (op !== OP.loop || this.unreached);
    });
    if (like.length === 0) return;
    this.operands(...(label === null ? [] : [label]), I32);
    const depths = Array.from({ length: 1 + this.below(5) }, () => this.pick(like));
    this.emit(OP.brTable, ...leb.u32(depths.length - 1), ...depths.flatMap((d) => leb.u32(d)));
    this.die();
  }

  private leave(): void {
    if (this.chance(0.3)) {
      if (!this.unreached && this.chance(0.8)) return; // a trap ends the test too soon
      this.emit(OP.unreachable);
    } else {
      this.operands(...(this.result === null ? [] : [this.result]));
      this.emit(OP.return);
    }
    this.die();
  }

  private call(): void {
    const { callees, maxCost, leb } = this.around;
    const free = callees.filter(
      ({ cost }) => this.unreached || this.cost + this.frame.weight * cost <= maxCost,
    );
    if (free.length === 0) return;
    const { index, type, cost } = this.pick(free);
    this.operands(...type.params);
    this.emit(OP.call, ...leb.u32(index));
    if (!this.unreached) this.cost += this.frame.weight * cost;
    if (type.result !== null) this.stack.push(type.result);
  }

  private rest(): void {
    const { wide, globals, leb } = this.around;
    const mutable = [...globals.keys()].filter((k) => globals[k]?.mutable);
    switch (this.below(wide ? 5 : 1)) {
      case 0:
        this.emit(OP.nop);
        return;
      case 1:
        this.emit(OP.memorySize, 0);
        this.stack.push(I32);
        return;
      case 2: {
        if (mutable.length === 0) return;
        const global = this.pick(mutable);
        this.operands(at(globals, global).type);
        this.emit(OP.globalSet, ...leb.u32(global));
        return;
      }
      default: {
        // to, from or a byte, and how many
        this.address();
        this.extent();
        this.extent();
        this.take(3);
        if (this.chance(0.5)) this.emit(0xfc, ...leb.u32(10), 0, 0);
        else this.emit(0xfc, ...leb.u32(11), 0);
      }
    }
  }

  /** Another operand of memory.copy and memory.fill, short most of the time. */
  private extent(): void {
    this.make(I32);
    if (this.chance(0.1)) return;
    this.emit(OP.i32, ...this.around.leb.i32(0x3ff), OP.and);
  }
}
