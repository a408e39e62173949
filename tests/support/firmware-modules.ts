/** Modules for boards: the project's own networks, and modules written section by section to be wrong in one way. */
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { int8Graph, spikingGraph } from "../../host/demo/index.ts";
import type { Graph } from "../../host/model/graph.ts";
import { randomOperator } from "./random-graph.ts";
import { KINDS } from "./random-operators.ts";

const MVP = { ...DEFAULT_OPTIONS, build: "mvp" } as const;

export const mvpModule = async (graph: Graph): Promise<Uint8Array> =>
  (await compile(graph, MVP)).wasm;

export const demoModule = (): Promise<Uint8Array> => mvpModule(int8Graph());
export const spikingDemoModule = (): Promise<Uint8Array> => mvpModule(spikingGraph());

/** One module for each kind of operator. */
export const operatorModules = (seed: number): Promise<Uint8Array[]> =>
  Promise.all(KINDS.map((kind) => mvpModule(randomOperator(kind, seed))));

const leb = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)]);
/** A signed number of 32 bits. */
export const signed = (n: number): number[] =>
  n >= -64 && n < 64 ? [n & 0x7f] : [(n & 0x7f) | 0x80, ...signed(n >> 7)];
const text = (name: string): number[] => [...leb(name.length), ...Buffer.from(name)];
const vector = (items: readonly (readonly number[])[]): number[] => [
  ...leb(items.length),
  ...items.flat(),
];

const I32 = 0x7f;
const END = 0x0b;

/** What the ABI asks for, of a module with an input and an output of 8 bytes. */
const GLOBALS: Readonly<Record<string, number>> = {
  ...{ abi: 0x10000, in_ptr: 16, in_len: 8, out_ptr: 24, out_len: 8, state_ptr: 32, state_len: 8 },
  ...{ cnt_ptr: 40, cnt_len: 0, mem_used: 64, rom_len: 0, steps_hint: 1 },
};

export type Written = {
  readonly globals?: Readonly<Record<string, number>>;
  /** without locals and end; init's pushes 0 unless given */
  readonly init?: readonly number[];
  readonly step?: readonly number[];
  /** value types */
  readonly locals?: readonly number[];
  /** further functions () -> i32, from index 2 on */
  readonly functions?: readonly (readonly number[])[];
  /** minimum and maximum pages */
  readonly pages?: readonly [number, number];
  /** sections by id, written instead of ours, or besides */
  readonly sections?: Readonly<Record<number, readonly number[]>>;
};

export const ZERO = [0x41, 0] as const; // i32.const 0
/** Input to output: eight bytes. */
export const COPY = [0x41, 24, 0x41, 16, 0x29, 3, 0, 0x37, 3, 0, ...ZERO] as const;

/** A module by its bytes. */
export function writtenModule(what: Written = {}): Uint8Array {
  const globals = Object.entries({ ...GLOBALS, ...what.globals });
  const bodies = [what.init ?? ZERO, what.step ?? COPY, ...(what.functions ?? [])];
  const locals = vector((what.locals ?? []).map((type) => [1, type]));
  const [least, most] = what.pages ?? [1, 1];
  const sections: Record<number, readonly number[]> = {
    1: vector([[0x60, 0, 1, I32]]),
    3: vector(bodies.map(() => [0])),
    5: [1, 1, ...leb(least), ...leb(most)],
    6: vector(globals.map(([, value]) => [I32, 0, 0x41, ...signed(value), END])),
    7: vector([
      [...text("memory"), 2, 0],
      [...text("init"), 0, 0],
      [...text("step"), 0, 1],
      ...globals.map(([name], k) => [...text(name), 3, ...leb(k)]),
    ]),
    10: vector(
      bodies.map((body) => {
        const code = [...locals, ...body, END];
        return [...leb(code.length), ...code];
      }),
    ),
    ...what.sections,
  };
  const bytes = Object.entries(sections)
    .sort(([a], [b]) => Number(a) - Number(b))
    .flatMap(([id, body]) => [Number(id), ...leb(body.length), ...body]);
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...bytes]);
}
