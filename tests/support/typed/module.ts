/** Whole modules of the ABI around random code: every one of them valid, and its step ends. */
import { at } from "../../../host/model/at.ts";
import { mulberry32, subseed } from "../../../host/model/random.ts";
import { Body, type Global, type Signature } from "./body.ts";
import { I32, I64, type Type } from "./instructions.ts";
import { Lebs } from "./leb.ts";

export type TypedModule = {
  readonly wasm: Uint8Array;
  /** with instructions that the host's mvp build has none of */
  readonly wide: boolean;
  /** with numbers that are longer than they need be */
  readonly overlong: boolean;
};

/** What the ABI asks for; mem_used is the whole of the memory, because V8 knows no less. */
const ABI: Readonly<Record<string, number>> = {
  ...{ abi: 0x10000, in_ptr: 16, in_len: 16, out_ptr: 32, out_len: 16, state_ptr: 48 },
  ...{ state_len: 16, cnt_ptr: 64, cnt_len: 32, rom_len: 0, steps_hint: 1 },
};
export const [INPUT_AT, INPUT_BYTES] = [16, 16];
export const PAGE = 65_536;
const MAX_COST = 20_000;

/** A quarter of all modules write some numbers longer than need be, a few every one of them. */
const OVERLONG = [0, 0, 0, 0, 0, 0, 0.05, 0.5, 1] as const;

export function typedModule(seed: number): TypedModule {
  const random = mulberry32(subseed(31, seed));
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T extends NonNullable<unknown> | null>(items: readonly T[]): T =>
    at(items, below(items.length));
  const overlong = pick(OVERLONG);
  const leb = new Lebs(random, overlong);
  const type = (): Type => (random() < 0.5 ? I32 : I64);
  const wide = random() < 0.3;

  const list = <T>(items: readonly T[], write: (item: T) => readonly number[]): number[] => [
    ...leb.u32(items.length),
    ...items.flatMap(write),
  ];
  const sized = (bytes: readonly number[]): number[] => [...leb.u32(bytes.length), ...bytes];
  const name = (text: string): number[] => sized([...Buffer.from(text)]);

  const types: Signature[] = [{ params: [], result: I32 }];
  for (let k = below(5); k > 0; k--) {
    const params = Array.from({ length: below(random() < 0.1 ? 12 : 4) }, type);
    types.push({ params, result: random() < 0.8 ? type() : null });
  }
  const functions = [0, 0, ...Array.from({ length: below(5) }, () => below(types.length))];

  const entries = Object.entries({ ...ABI, mem_used: PAGE });
  const further: Global[] = Array.from({ length: below(4) }, () => ({
    type: type(),
    mutable: wide && random() < 0.6,
  }));
  const globals: Global[] = [
    ...entries.map(() => ({ type: I32, mutable: false }) as const),
    ...further,
  ];

  // from the last to the first: each may call those behind it
  const bodies: number[][] = [];
  const callees: { index: number; type: Signature; cost: number }[] = [];
  const deep = random() < 0.03;
  const deadCode = random() < 0.08;
  const nesting = deep ? 40 : pick([2, 3, 5, 8]);
  for (let index = functions.length - 1; index >= 0; index--) {
    const signature = at(types, at(functions, index));
    const many = random() < 0.02 ? 125 : below(random() < 0.1 ? 40 : 6);
    const length = below(pick([4, 20, 60, 60, random() < 0.05 ? 800 : 120]));
    const around = {
      ...{ random, leb, globals, callees: index === 0 ? [] : [...callees], wide, nesting },
      ...{ length, maxCost: MAX_COST, deep, deadCode },
    };
    const body = new Body(around, signature, Array.from({ length: many }, type));
    // init succeeds most of the time
    const code =
      index === 0 && random() < 0.9 ? [...leb.u32(0), 0x41, ...leb.i32(0), 0x0b] : body.bytes();
    bodies[index] = sized(code);
    if (index > 1) callees.push({ index, type: signature, cost: body.cost + 10 });
  }

  const constant = (t: Type): number[] =>
    t === I32
      ? [0x41, ...leb.i32(below(2 ** 31)), 0x0b]
      : [0x42, ...leb.i64(BigInt(below(2 ** 31)) << BigInt(below(33))), 0x0b];
  const segments = Array.from({ length: below(4) }, () => ({
    at: random() < 0.97 ? 96 + below(PAGE - 200) : PAGE - below(30),
    bytes: Array.from({ length: below(40) }, () => below(256)),
  }));
  const sections: readonly (readonly [number, readonly number[]])[] = [
    [
      1,
      list(types, ({ params, result }) => [
        ...[0x60, ...list(params, (t) => [t])],
        ...list(result === null ? [] : [result], (t) => [t]),
      ]),
    ],
    [3, list(functions, (index) => leb.u32(index))],
    [5, [...leb.u32(1), 1, ...leb.u32(1), ...leb.u32(1)]],
    [
      6,
      [
        ...leb.u32(globals.length),
        ...entries.flatMap(([, value]) => [I32, 0, 0x41, ...leb.i32(value), 0x0b]),
        ...further.flatMap(({ type: t, mutable }) => [t, mutable ? 1 : 0, ...constant(t)]),
      ],
    ],
    [
      7,
      [
        ...leb.u32(3 + entries.length),
        ...[...name("memory"), 2, ...leb.u32(0), ...name("init"), 0, ...leb.u32(0)],
        ...[...name("step"), 0, ...leb.u32(1)],
        ...entries.flatMap(([key], k) => [...name(key), 3, ...leb.u32(k)]),
      ],
    ],
    [10, list(bodies, (body) => body)],
    ...(segments.length === 0
      ? []
      : [
          [
            11,
            list(segments, ({ at: address, bytes }) => [
              ...[...leb.u32(0), 0x41, ...leb.i32(address), 0x0b],
              ...sized(bytes),
            ]),
          ] as const,
        ]),
  ];
  const bytes = sections.flatMap(([id, body]) => [id, ...sized(body)]);
  return {
    wasm: Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...bytes]),
    wide,
    overlong: overlong > 0,
  };
}
