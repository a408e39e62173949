/** The board's validator: what it lets through is valid for V8 too, and all that our compiler makes goes through. */
import { expect } from "vitest";
import { mulberry32, type Random, subseed } from "../../host/model/random.ts";
import { readData } from "../support/data.ts";
import { ABI, ARENA, check, checkOne, FINE, MODEL, valid } from "../support/firmware-check.ts";
import {
  COPY,
  demoModule,
  EVERYTHING,
  leb,
  mvpModule,
  operatorsModule,
  spikingDemoModule,
  vector,
  type Written,
  writtenModule,
  ZERO,
} from "../support/firmware-modules.ts";
import { compilerDataTest, compilerTest } from "../support/firmware-program.ts";
import { mutate as mutateSections } from "../support/module-fuzz.ts";
import { randomChain } from "../support/random-graph.ts";

const MUTANTS = 20_000;
const COMPILING_MS = 300_000;

let modules: readonly Uint8Array[] = [];
const real = async (): Promise<readonly Uint8Array[]> => {
  if (modules.length === 0) {
    const chains = Array.from({ length: 2 }, (_, seed) => mvpModule(randomChain(seed)));
    modules = [
      await demoModule(),
      await spikingDemoModule(),
      await operatorsModule(1),
      ...(await Promise.all(chains)),
    ];
  }
  return modules;
};

compilerTest(
  "every module of our compiler is let through",
  async () => {
    const verdicts = check(await real());
    expect(verdicts).toEqual(verdicts.map(() => FINE));
  },
  COMPILING_MS,
);

compilerTest("cut at any byte, a module is no module", async () => {
  const wasm = writtenModule();
  expect(WebAssembly.validate(wasm as BufferSource)).toBe(true);
  expect(check([wasm])).toEqual([FINE]);
  const cuts = check(Array.from(wasm, (_, length) => wasm.subarray(0, length)));
  // whole sections may be missing at the end: then the code is missing too, or the memory
  expect(cuts.filter(({ error }) => error === 0)).toEqual([]);
});

/** One byte, or a few, of the code: an instruction, an index, an immediate. */
function mutateBytes(wasm: Uint8Array, random: Random): Uint8Array {
  const mutant = wasm.slice();
  const below = (n: number): number => Math.floor(random() * n);
  for (let k = 1 + below(3); k > 0; k--) {
    const at = below(mutant.length);
    const old = mutant[at] ?? 0;
    mutant[at] = [old ^ (1 << below(8)), old + 1, old - 1, below(256), below(12)][below(5)] ?? 0;
  }
  return mutant;
}

compilerTest(
  `${MUTANTS} mutants: what is let through is valid`,
  async () => {
    const small = [writtenModule(), writtenModule({ step: EVERYTHING, locals: [0x7f, 0x7e] })];
    const sources = [...small, ...small, ...(await real()).filter(({ length }) => length < 6000)];
    const mutants = Array.from({ length: MUTANTS }, (_, seed) => {
      const random = mulberry32(subseed(11, seed));
      const source = sources[seed % sources.length] ?? writtenModule();
      return seed % 4 === 0 ? mutateSections(source, random) : mutateBytes(source, random);
    });
    const verdicts = check(mutants);
    const wrong: string[] = [];
    const refused = new Map<string, number>();
    let passed = 0;
    for (const [k, { error, why }] of verdicts.entries()) {
      const valid = WebAssembly.validate(mutants[k] as BufferSource);
      if (error === 0) {
        passed++;
        const words = valid ? "" : complaint(mutants[k]);
        if (!NAMES.test(words)) wrong.push(`${k}: ${words}`);
      } else if (valid) {
        refused.set(why, (refused.get(why) ?? 0) + 1);
      }
    }
    expect(wrong).toEqual([]);
    expect(passed).toBeGreaterThan(MUTANTS / 20);
    // of what V8 accepts only what lies outside of the ABI is refused
    expect([...refused.keys()].filter((why) => !OUTSIDE.has(why))).toEqual([]);
  },
  COMPILING_MS,
);

/** Names are bytes to the board, whatever they say. */
const NAMES = /^$|UTF-8|Duplicate export/;

function complaint(wasm: Uint8Array | undefined): string {
  try {
    new WebAssembly.Module(wasm as BufferSource);
    return "";
  } catch (error) {
    return String(error);
  }
}

const OUTSIDE = new Set([
  "floating point",
  "an instruction outside of the ABI",
  "a type other than i32 and i64",
  "a block of another type than i32 and i64",
  "an initial value that is no constant",
  "calls in a circle, or calls and loops too deep",
  "too many loops in a row, in a function or on the way to it",
  "too many locals",
  "too many locals and operands",
  "code that is never reached",
  "an i64 local twice on the stack while it changes",
  "too many blocks within blocks",
  "too many entries in a section",
  "not one memory of its own",
  "a memory with other limits than pages",
  "a table",
  "a start function",
  "a kernel of another signature",
  "imports: only the pure profile runs here",
  "a data segment without its place",
  "an unknown section",
  "a custom section other than the manifest",
  "ends too early",
]);

compilerTest("the whole instruction set of the ABI", () => {
  const written = { step: EVERYTHING, locals: [0x7f, 0x7e] };
  expect(WebAssembly.validate(writtenModule(written) as BufferSource)).toBe(true);
  expect(checkOne(written)).toEqual(FINE);
});

compilerTest("what the ABI leaves out is refused by name", () => {
  const refusals: readonly (readonly [Written, number, string])[] = [
    [{ step: [0x43, 0, 0, 0, 0, 0x1a, ...ZERO] }, MODEL, "floating point"],
    [{ step: [0x41, 0, 0x2a, 2, 0, 0x1a, ...ZERO] }, MODEL, "floating point"],
    [{ step: [...ZERO, 0xb2, 0x1a, ...ZERO] }, MODEL, "floating point"],
    [{ locals: [0x7d] }, MODEL, "a type other than i32 and i64"],
    [{ step: [...ZERO, 0x40, 0] }, MODEL, "an instruction outside of the ABI"],
    [{ step: [0xfd, 0x0c] }, MODEL, "an instruction outside of the ABI"],
    [{ step: [...ZERO, 0x11, 0, 0] }, MODEL, "an instruction outside of the ABI"],
    [
      { sections: { 2: [1, 1, 0x61, 1, 0x62, 0, 0] } },
      ABI,
      "imports: only the pure profile runs here",
    ],
    [{ sections: { 4: [1, 0x70, 0, 1] } }, ABI, "a table"],
    [{ sections: { 8: [0] } }, ABI, "a start function"],
    [{ sections: { 5: [0], 7: [0] } }, ABI, "not one memory of its own"],
    [{ functions: [[0x10, 2]] }, MODEL, "calls in a circle, or calls and loops too deep"],
    [
      {
        functions: [
          [0x10, 3],
          [0x10, 2],
        ],
      },
      MODEL,
      "calls in a circle, or calls and loops too deep",
    ],
    [{ locals: Array.from({ length: 129 }, () => 0x7f) }, MODEL, "too many locals"],
    [{ step: [...nest(24), ...ZERO] }, MODEL, "too many blocks within blocks"],
    [
      { step: Array.from({ length: 129 }, () => ZERO).flat() },
      MODEL,
      "too many locals and operands",
    ],
  ];
  for (const [written, error, why] of refusals) {
    expect(checkOne(written)).toEqual({ error, why });
  }
});

/** Loops within loops, and in the innermost a call or nothing. */
const loops = (depth: number, callee?: number): number[] => [
  ...Array.from({ length: depth }, () => [0x03, 0x40]).flat(),
  ...(callee === undefined ? [] : [0x10, callee, 0x1a]),
  ...Array.from({ length: depth }, () => 0x0b),
  ...ZERO,
];

const nest = (depth: number): number[] => [
  ...Array.from({ length: depth }, () => [0x02, 0x40]).flat(),
  ...Array.from({ length: depth }, () => 0x0b),
];

compilerTest("the limits themselves are let through", () => {
  const chain = (calls: number) => [
    ...Array.from({ length: calls - 1 }, (_, k) => [0x10, 3 + k]),
    [...ZERO],
  ];
  for (const written of [
    { step: [...nest(23), ...ZERO] },
    { locals: Array.from({ length: 127 }, () => 0x7f), step: ZERO },
    {
      step: [
        ...Array.from({ length: 93 }, () => ZERO).flat(),
        ...Array.from({ length: 92 }, () => 0x6a),
      ],
    },
    { step: [0x10, 2], functions: chain(24) },
    { step: [0x10, 25], functions: [ZERO, ...Array.from({ length: 23 }, (_, k) => [0x10, 2 + k])] },
    { step: loops(12, 2), functions: [loops(11)] },
    { step: loops(11), functions: [loops(12, 1)] },
  ]) {
    expect(WebAssembly.validate(writtenModule(written) as BufferSource)).toBe(true);
    expect(checkOne(written)).toEqual(FINE);
  }
  for (const written of [
    { step: [0x10, 2], functions: chain(25) },
    { step: loops(12, 2), functions: [loops(12)] },
    { step: loops(12), functions: [loops(12, 1)] },
    { init: loops(2), step: loops(11, 0), functions: [loops(11, 1)] },
  ]) {
    expect(checkOne(written)?.why).toBe("calls in a circle, or calls and loops too deep");
  }
});

const END = 0x0b;

compilerDataTest(
  "counts that take more bytes than they need are read once, and not past them",
  () => {
    const long = readData("hostile-modules/longp.bin");
    expect(valid(long)).toBe(true);
    expect(check([long])).toEqual([FINE]);
    const cuts = check(Array.from(long, (_, length) => long.subarray(0, length)));
    expect(cuts.filter(({ error }) => error === 0)).toEqual([]);
  },
);

compilerDataTest("names whose size wraps on 32 bits are refused", () => {
  expect(check([readData("hostile-modules/nameloop.bin")])).toEqual([
    { error: MODEL, why: "a custom section other than the manifest" },
  ]);
});

compilerTest("counts of every length: parameters, results, and what a call takes of them", () => {
  const i32 = 0x7f;
  const long = (n: number, bytes: number): number[] =>
    Array.from({ length: bytes }, (_, k) => (k === bytes - 1 ? 0 : 0x80) | (k === 0 ? n : 0));
  const called = (params: number, results: number): Uint8Array =>
    writtenModule({
      sections: {
        1: [2, 0x60, 0, 1, i32, 0x60, ...long(2, params), i32, 0x7e, ...long(1, results), 0x7e],
        3: [3, 0, 0, 1],
        10: vector(
          [ZERO, [...ZERO, 0x42, 1, 0x10, 2, 0xa7], [0x20, 1]].map((code) => [
            ...leb(code.length + 2),
            ...[0, ...code, END],
          ]),
        ),
      },
    });
  for (const params of [1, 2, 3, 4, 5]) {
    for (const results of [1, 2, 3, 4, 5]) {
      const wasm = called(params, results);
      expect([params, results, valid(wasm)]).toEqual([params, results, true]);
      expect(check([wasm])).toEqual([FINE]);
    }
  }
  for (const wasm of [called(6, 1), called(1, 6)]) {
    expect(valid(wasm)).toBe(false);
    expect(check([wasm])).toEqual([{ error: MODEL, why: "a number that is too long" }]);
  }
});

compilerTest("without room to work in the answer is about memory", () => {
  expect(check([writtenModule()], 8)).toEqual([
    { error: ARENA, why: "too little memory to check the module" },
  ]);
  expect(check([Uint8Array.of(), Uint8Array.from(COPY)]).map(({ error }) => error)).toEqual([
    MODEL,
    MODEL,
  ]);
});
