/** Modules for boards: the project's own networks, and modules written section by section to be wrong in one way. */
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { int8Graph, spikingGraph } from "../../host/demo/index.ts";
import type { Graph } from "../../host/model/graph.ts";
import { bundle, randomOperator } from "./random-graph.ts";
import { KINDS } from "./random-operators.ts";

const MVP = { ...DEFAULT_OPTIONS, build: "mvp" } as const;

export const mvpModule = async (graph: Graph): Promise<Uint8Array> =>
  (await compile(graph, MVP)).wasm;

export const demoModule = (): Promise<Uint8Array> => mvpModule(int8Graph());
export const spikingDemoModule = (): Promise<Uint8Array> => mvpModule(spikingGraph());

/** Every kind of operator, side by side. */
export const operatorsModule = (seed: number): Promise<Uint8Array> =>
  mvpModule(bundle(KINDS.map((kind) => randomOperator(kind, seed))));

export const leb = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)]);
/** A signed number of 32 bits. */
export const signed = (n: number): number[] =>
  n >= -64 && n < 64 ? [n & 0x7f] : [(n & 0x7f) | 0x80, ...signed(n >> 7)];
export const text = (name: string): number[] => [...leb(name.length), ...Buffer.from(name)];
export const vector = (items: readonly (readonly number[])[]): number[] => [
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

/** Every instruction of the ABI, each with operands of its types: a step with an i32 and an i64 as locals. */
export const EVERYTHING: readonly number[] = (() => {
  const i32 = [0x20, 0];
  const i64 = [0x20, 1];
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, k) => from + k);
  const drop = 0x1a;
  const unary = (operand: readonly number[], ops: readonly number[]) =>
    ops.flatMap((op) => [...operand, op, drop]);
  const binary = (operand: readonly number[], ops: readonly number[]) =>
    ops.flatMap((op) => [...operand, ...operand, op, drop]);
  return [
    ...unary(i32, [0x45, ...range(0x67, 0x69), 0xac, 0xad, 0xc0, 0xc1]),
    ...unary(i64, [0x50, ...range(0x79, 0x7b), 0xa7, ...range(0xc2, 0xc4)]),
    ...binary(i32, [...range(0x46, 0x4f), ...range(0x6a, 0x78)]),
    ...binary(i64, [...range(0x51, 0x5a), ...range(0x7c, 0x8a)]),
    ...[0x28, 0x2c, 0x2d, 0x2e, 0x2f].flatMap((op) => [...i32, op, 0, 4, drop]),
    ...[0x29, ...range(0x30, 0x35)].flatMap((op) => [...i32, op, 0, 4, drop]),
    ...[0x36, 0x3a, 0x3b].flatMap((op) => [...i32, ...i32, op, 0, 4]),
    ...[0x37, 0x3c, 0x3d, 0x3e].flatMap((op) => [...i32, ...i64, op, 0, 4]),
    ...[0x3f, 0, drop, ...i32, 0x22, 0, drop, ...i64, 0x21, 1, 0x01, 0x23, 0, drop],
    ...[...i32, ...i32, ...i32, 0x1b, drop, 0x10, 0, drop],
    ...[...i32, ...i32, ...i32, 0xfc, 10, 0, 0, ...i32, ...i32, ...i32, 0xfc, 11, 0],
    // blocks with and without a result, branches out of and around them
    ...[0x02, 0x7f, ...i32, ...i32, 0x0d, 0, 0x0b, drop, 0x03, 0x40, ...i32, 0x0d, 0, 0x0b],
    ...[...i32, 0x04, 0x7e, ...i64, 0x05, ...i64, 0x0b, drop, ...i32, 0x04, 0x40, 0x01, 0x0b],
    ...[0x02, 0x40, 0x02, 0x40, ...i32, 0x0e, 2, 0, 1, 1, 0x0b, 0x0b],
    ...[0x02, 0x40, 0x0c, 0, 0x0b, 0x42, 0x7f, drop, ...ZERO, 0x0f],
  ];
})();
