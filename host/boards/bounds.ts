/**
 * The bounds of one function on a board, as the firmware's validator keeps them (firmware/core/tw_check_stack.h,
 * tw_check_code.c): what WASM3 has room for while it compiles. WASM3 itself does not notice the end of its room
 * everywhere, and loses count of operands in code that is never reached.
 */
import { WASM3_MACROS } from "../firmware/index.ts";
import { at } from "../model/at.ts";
import { OPCODE } from "../module/wasm-code.ts";
import type { FunctionType } from "./footprint/compile.ts";
import { FunctionReader } from "./footprint/function-reader.ts";
import { signature } from "./footprint/signature.ts";

/** Parameters, locals, operands and results of open blocks at once; words of 32 bits that they wait in; open blocks. */
const VALUES = WASM3_MACROS.d_m3MaxFunctionStackHeight;
const WORDS = 2 * VALUES;
const CONSTANT_WORDS = WASM3_MACROS.d_m3MaxConstantTableSize;
const NESTING = 24;
const TWICE = "once: WASM3 keeps half of it";

type Callee = { readonly callee: number; readonly within: number; readonly past: number };

export type FunctionFacts = {
  /** the deepest loop within loops */
  readonly loops: number;
  /** all its loops */
  readonly past: number;
  /** within so many loops, and past so many */
  readonly callees: readonly Callee[];
};

/** What a board does not take. */
export class OutOfBounds extends Error {
  readonly got: string;
  readonly expected: string;

  constructor(got: string, expected: string) {
    super(`${got}; expected ${expected}`);
    this.got = got;
    this.expected = expected;
  }
}

type Block = {
  readonly opcode: number;
  /** operands below it */
  readonly height: number;
  readonly result: boolean;
  dead: boolean;
};

const OP = {
  ...{ unreachable: 0x00, nop: 0x01, else: 0x05, br: 0x0c, brIf: 0x0d, brTable: 0x0e },
  ...{ return: 0x0f, drop: 0x1a, select: 0x1b, localGet: 0x20, localSet: 0x21, localTee: 0x22 },
  ...{ i32Const: 0x41, i64Const: 0x42, firstAccess: 0x28, lastAccess: 0x3e },
} as const;

/**
 * @param body locals, then instructions of valid code of the mvp build
 * @param typeOf of a function by its index
 * @throws OutOfBounds
 */
export function boundedFunction(
  body: Uint8Array,
  type: FunctionType,
  typeOf: (index: number) => FunctionType,
): FunctionFacts {
  return new Walk(body, type, typeOf).facts();
}

class Walk {
  private readonly reader: FunctionReader;
  private readonly typeOf: (index: number) => FunctionType;
  private readonly locals: number;
  /** below the operands */
  private readonly words: number;
  /** of each operand: pairs of words up to a call's result, 0 for others */
  private readonly places: number[] = [];
  /** of each operand: the i64 local that it stands for, -1 for others */
  private readonly stands: number[] = [];
  /** which of the parameters and locals are i64 */
  private readonly wide: readonly boolean[];
  private readonly blocks: Block[] = [];
  private results = 0;
  private most = 0;
  private openLoops = 0;
  private past = 0;
  private deepest = 0;
  private readonly callees: Callee[] = [];

  constructor(body: Uint8Array, type: FunctionType, typeOf: (index: number) => FunctionType) {
    this.reader = new FunctionReader(body);
    this.typeOf = typeOf;
    const { parameters, result } = type;
    const locals = this.reader.locals();
    this.locals = parameters.length + locals.length;
    this.wide = [...parameters, ...locals].map((local) => local === "i64");
    const own = locals.reduce((words, local) => words + (local === "i64" ? 2 : 1), 0);
    const before = 2 * parameters.length + (result ? 2 : 0) + own;
    // i64 begins at an even word: locals and constants may leave one free each
    this.words = evenUp(before + 2) + evenUp(constantWords(this.reader.rest()));
    this.room(0);
    this.blocks.push({ opcode: OPCODE.block, height: 0, result: result !== null, dead: false });
  }

  facts(): FunctionFacts {
    while (this.blocks.length > 0) this.instruction(this.reader.byte());
    return { loops: this.deepest, past: this.past, callees: this.callees };
  }

  private get block(): Block {
    return at(this.blocks, this.blocks.length - 1);
  }

  private room(pairs: number): void {
    const values = this.places.length + this.results;
    this.most = Math.max(this.most, values);
    const most = Math.max(this.most, pairs);
    if (this.locals + values > VALUES || this.words + 2 * (most + 1) > WORDS) {
      throw new OutOfBounds("too many locals and operands", "as many as WASM3 has room for");
    }
  }

  private push(place = 0, local = -1): void {
    this.stands[this.places.length] = local;
    this.places.push(place);
    this.room(place);
  }

  private pop(count: number): void {
    this.places.length = Math.max(this.block.height, this.places.length - count);
  }

  /** WASM3 gives a local that changes another place for those that stand for it: half of one, where they are two. */
  private keep(local: number): void {
    let found = 0;
    for (let k = 0; k < this.places.length; k++) {
      if (this.stands[k] !== local) continue;
      if (++found === 2) {
        throw new OutOfBounds("an i64 local twice on the stack while it changes", TWICE);
      }
    }
  }

  /** Whatever stands for a local gets a place of its own. */
  private keepAll(): void {
    for (const local of new Set(this.stands.slice(0, this.places.length))) {
      if (local >= 0) this.keep(local);
    }
    this.stands.fill(-1);
  }

  private open(opcode: number): void {
    this.keepAll();
    const result = this.reader.blockType() !== null;
    if (this.blocks.length === NESTING) {
      const most = NESTING - 1;
      throw new OutOfBounds("too many blocks within blocks", `at most ${most}, for a board`);
    }
    if (result) {
      this.results++;
      this.room(0);
    }
    this.blocks.push({ opcode, height: this.places.length, result, dead: false });
    if (opcode === OPCODE.loop) {
      this.deepest = Math.max(this.deepest, ++this.openLoops);
      this.past++;
    }
  }

  private end(): void {
    const { opcode, height, result } = this.block;
    this.blocks.pop();
    this.places.length = height;
    if (opcode === OPCODE.loop) this.openLoops--;
    if (this.blocks.length === 0 || !result) return;
    this.results--;
    this.push();
  }

  private die(): void {
    this.places.length = this.block.height;
    this.block.dead = true;
  }

  private instruction(opcode: number): void {
    if (this.block.dead && opcode > OP.nop && opcode !== OP.else && opcode !== OPCODE.end) {
      const expected = "none: WASM3 loses count of operands that are not there";
      throw new OutOfBounds("code that is never reached", expected);
    }
    const row = this.rows[opcode];
    if (row) row();
    else this.operator(opcode);
  }

  private readonly rows: Readonly<Record<number, () => void>> = {
    [OP.unreachable]: () => this.die(),
    [OP.nop]: () => {},
    [OPCODE.block]: () => this.open(OPCODE.block),
    [OPCODE.loop]: () => this.open(OPCODE.loop),
    [OPCODE.if]: () => {
      this.pop(1);
      this.open(OPCODE.if);
    },
    [OP.else]: () => {
      this.places.length = this.block.height;
      this.block.dead = false;
    },
    [OPCODE.end]: () => this.end(),
    [OP.br]: () => {
      this.reader.u32();
      this.die();
    },
    // what it carries stays
    [OP.brIf]: () => {
      this.reader.u32();
      this.pop(1);
    },
    [OP.brTable]: () => {
      for (let k = this.reader.u32(); k >= 0; k--) this.reader.u32();
      this.die();
    },
    [OP.return]: () => this.die(),
    [OPCODE.call]: () => this.call(this.reader.u32()),
    [OP.drop]: () => this.pop(1),
    [OP.select]: () => {
      this.pop(3);
      this.push();
    },
    [OP.localGet]: () => {
      const local = this.reader.u32();
      this.push(0, at(this.wide, local) ? local : -1);
    },
    [OP.localSet]: () => {
      this.set(this.reader.u32());
      this.pop(1);
    },
    [OP.localTee]: () => this.set(this.reader.u32()),
    [OPCODE.globalGet]: () => this.made(() => this.reader.u32()),
    [OP.i32Const]: () => this.made(() => this.reader.signed()),
    [OP.i64Const]: () => this.made(() => this.reader.signed()),
  };

  private set(local: number): void {
    if (!at(this.wide, local)) return;
    this.keep(local);
    for (let k = 0; k < this.places.length; k++) if (this.stands[k] === local) this.stands[k] = -1;
  }

  private made(immediate: () => unknown): void {
    immediate();
    this.push();
  }

  /** Its result lies above all that there was before, arguments included. */
  private call(callee: number): void {
    const { parameters, result } = this.typeOf(callee);
    this.callees.push({ callee, within: this.openLoops, past: this.past });
    const place = this.places.reduce((most, pairs) => Math.max(most, pairs), this.most) + 1;
    this.pop(parameters.length);
    if (result) this.push(place);
  }

  private operator(opcode: number): void {
    if (opcode >= OP.firstAccess && opcode <= OP.lastAccess) {
      this.reader.u32(); // the alignment
      this.reader.u32(); // the offset
    }
    const [operands, result] = signature(opcode);
    this.pop(operands);
    if (result) this.push();
  }
}

/** What WASM3 keeps apart for constants: every byte that looks like their instruction counts. */
function constantWords(code: Uint8Array): number {
  let words = 0;
  for (const byte of code) {
    const more = byte === 0x41 || byte === 0x43 ? 1 : byte === 0x42 || byte === 0x44 ? 2 : 0;
    if (words + more >= CONSTANT_WORDS) break;
    words += more;
  }
  return words;
}

const evenUp = (words: number): number => words + (words % 2);
