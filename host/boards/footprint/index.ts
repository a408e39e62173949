/**
 * What a module takes of a 32-bit board's arena, to the byte: every block that WASM3 asks for while the firmware loads
 * it (firmware/core/tw_engine_wasm3.c), in order. The sizes are those of the pinned WASM3 with the macros of
 * host/firmware/flags.ts.
 */
import { VALUE_STACK_BYTES } from "../../firmware/index.ts";
import { at } from "../../model/at.ts";
import { nativeKernel } from "../../module/kernels.ts";
import { ByteReader, readSections, SECTION_ID } from "../../module/wasm-binary.ts";
import { Arena, type Block } from "./arena.ts";
import { callees } from "./callees.ts";
import { CodePages } from "./code-pages.ts";
import { compileFunction, type FunctionType } from "./compile.ts";
import { valueType } from "./function-reader.ts";
import type { ValueType } from "./slots.ts";

export { blockSize } from "./arena.ts";
export { TooComplex } from "./slots.ts";

const BYTES = {
  ...{ environment: 32, runtime: 1068, module: 100, function: 68, global: 32 },
  ...{ functionType: 8, dataSegment: 20, memoryHeader: 12, pointer: 4 },
} as const;

/** four slots that WASM3 adds to its stack */
const STACK_SLACK_BYTES = 16;
const PAGE_BYTES = 65_536;
/** what is called in a kernel's place */
const KERNEL_WORDS = 4;
const KIND = { function: 0, global: 3 } as const;

export type Footprint = {
  /** the arena's peak while the module loads, linear memory included */
  readonly arenaBytes: number;
  /** where the arena ends then: what comes later is taken from there on */
  readonly endBytes: number;
};

/** Raises TooComplex for what exceeds WASM3's limits. */
export const footprint = (wasm: Uint8Array, { memoryBytes, native }: Loaded): Footprint =>
  new Loading(native).load(wasm, memoryBytes);

/** How a board loads a module: with kernels of its own, or all of it as it is. */
export type Loaded = {
  /** of linear memory, without what stays in flash */
  readonly memoryBytes: number;
  /** the firmware's kernels take the place of those that the module exports */
  readonly native: boolean;
};

class Loading {
  private readonly native: boolean;
  private readonly arena = new Arena();
  private readonly types: FunctionType[] = [];
  private readonly functions: FunctionType[] = [];
  private readonly bodies: Uint8Array[] = [];
  private readonly globals: ValueType[] = [];
  private readonly known: string[] = [];
  private globalBlock: Block | null = null;
  /** by function: whether a kernel of the firmware's takes its place; and the exports that run */
  private readonly kernels = new Set<number>();
  private readonly run = new Map<string, number>();
  private segments = 0;
  private pages = 0;

  constructor(native: boolean) {
    this.native = native;
  }

  load(wasm: Uint8Array, memoryBytes: number): Footprint {
    const { arena } = this;
    arena.alloc(BYTES.environment);
    for (const signature of [":", ":i32", ":i64", ":f32", ":f64"]) {
      arena.alloc(BYTES.functionType + 1);
      this.known.push(signature);
    }
    arena.alloc(BYTES.runtime);
    arena.alloc(VALUE_STACK_BYTES + STACK_SLACK_BYTES);
    arena.alloc(BYTES.module);
    for (const { id, body } of readSections(wasm)) this.sections[id]?.(new ByteReader(body));
    arena.alloc(Math.min(this.pages * PAGE_BYTES, memoryBytes) + BYTES.memoryHeader);
    this.compile();
    return { arenaBytes: arena.peak, endBytes: arena.end };
  }

  /** By id; others WASM3 passes over. */
  private readonly sections: Readonly<Record<number, (reader: ByteReader) => void>> = {
    [SECTION_ID.type]: (reader) => this.typeSection(reader),
    [SECTION_ID.function]: (reader) => this.functionSection(reader),
    [SECTION_ID.memory]: (reader) => {
      reader.u32(); // one
      reader.byte(); // with a limit
      this.pages = reader.u32();
    },
    [SECTION_ID.global]: (reader) => this.globalSection(reader),
    [SECTION_ID.export]: (reader) => this.exportSection(reader),
    [SECTION_ID.code]: (reader) => {
      for (let k = reader.u32(); k > 0; k--) this.bodies.push(reader.take(reader.u32()));
    },
    [SECTION_ID.data]: (reader) => {
      this.segments = reader.u32();
      this.arena.alloc(BYTES.dataSegment * this.segments);
    },
    // its name, for a moment
    [SECTION_ID.custom]: (reader) => this.arena.free(this.arena.alloc(reader.u32() + 1)),
  };

  /** Types that were met before are given back. */
  private typeSection(reader: ByteReader): void {
    const count = reader.u32();
    this.arena.alloc(BYTES.pointer * count);
    for (let k = 0; k < count; k++) {
      reader.byte(); // form
      const read = () => Array.from({ length: reader.u32() }, () => valueType(reader.byte()));
      const [parameters, results] = [read(), read()];
      const block = this.arena.alloc(BYTES.functionType + parameters.length + results.length);
      const signature = `${parameters}:${results}`;
      if (this.known.includes(signature)) this.arena.free(block);
      else this.known.push(signature);
      this.types.push({ parameters, result: results[0] ?? null });
    }
  }

  private functionSection(reader: ByteReader): void {
    const count = reader.u32();
    if (count > 0) this.arena.alloc(BYTES.function * count);
    for (let k = 0; k < count; k++) {
      this.functions.push(at(this.types, reader.u32()));
    }
  }

  /** The table of globals grows by one, and moves when it does not fit its place. */
  private globalSection(reader: ByteReader): void {
    for (let k = reader.u32(); k > 0; k--) {
      this.globals.push(valueType(reader.byte()));
      reader.byte(); // mutable
      this.globalBlock = this.arena.resize(this.globalBlock, BYTES.global * this.globals.length);
      reader.byte(); // i32.const or i64.const
      reader.signed(64);
      reader.byte(); // end
    }
  }

  private exportSection(reader: ByteReader): void {
    for (let k = reader.u32(); k > 0; k--) {
      const text = reader.take(reader.u32());
      const name = this.arena.alloc(text.length + 1);
      const kind = reader.byte();
      const index = reader.u32();
      if (kind === KIND.function) this.exportFunction(new TextDecoder().decode(text), index);
      if (kind !== KIND.function && kind !== KIND.global) this.arena.free(name);
    }
  }

  private exportFunction(name: string, index: number): void {
    this.run.set(name, index);
    if (this.native && nativeKernel(name)) this.kernels.add(index);
  }

  /** Start values run on a page of code that the functions then take over. */
  private compile(): void {
    const pages = new CodePages((bytes) => this.arena.alloc(bytes));
    if (this.globals.length + this.segments > 0) {
      const page = pages.acquire();
      page.used = 0;
      pages.release(page);
    }
    const around = {
      functionType: (index: number) => at(this.functions, index),
      globalType: (index: number) => at(this.globals, index),
    };
    for (const _ of this.kernels) {
      const page = pages.acquire(KERNEL_WORDS);
      page.used += KERNEL_WORDS;
      pages.release(page);
    }
    const compiled = new Set(this.kernels);
    const compile = (k: number): void => {
      if (compiled.has(k)) return;
      compiled.add(k);
      const body = at(this.bodies, k);
      const constants = compileFunction({ type: around.functionType(k), body }, pages, around);
      if (constants > 0) this.arena.alloc(constants);
      for (const callee of callees(body)) compile(callee);
    };
    // a module without one of them is refused later
    for (const name of ["init", "step"]) {
      const function_ = this.run.get(name);
      if (function_ !== undefined) compile(function_);
    }
  }
}
