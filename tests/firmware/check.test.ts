/** The board's validator: what it lets through is valid for V8 too, and all that our compiler makes goes through. */
import { expect } from "vitest";
import { mulberry32, type Random, subseed } from "../../host/model/random.ts";
import {
  COPY,
  demoModule,
  mvpModule,
  operatorModules,
  spikingDemoModule,
  type Written,
  writtenModule,
  ZERO,
} from "../support/firmware-modules.ts";
import { ask, compilerTest, lineProgram } from "../support/firmware-program.ts";
import { mutate as mutateSections } from "../support/module-fuzz.ts";
import { randomChain } from "../support/random-graph.ts";

const MODEL = -1;
const ARENA = -2;
const ABI = -8;
const MUTANTS = 20_000;

const program = lineProgram("check", ["tw_check.c", "tw_check_code.c"]);

type Verdict = { readonly error: number; readonly why: string };

function check(modules: readonly Uint8Array[]): Verdict[] {
  const lines = modules.map((wasm) => `check ${Buffer.from(wasm).toString("hex") || "-"}`);
  return ask(program(), lines).map((answer) => {
    const [error, ...words] = answer.split(" ");
    return { error: Number(error), why: words.join(" ") };
  });
}
const checkOne = (what: Written): Verdict | undefined => check([writtenModule(what)])[0];
const fine = { error: 0, why: "-" };

let modules: readonly Uint8Array[] = [];
const real = async (): Promise<readonly Uint8Array[]> => {
  if (modules.length === 0) {
    const chains = Array.from({ length: 5 }, (_, seed) => mvpModule(randomChain(seed)));
    modules = [
      await demoModule(),
      await spikingDemoModule(),
      ...(await operatorModules(1)),
      ...(await Promise.all(chains)),
    ];
  }
  return modules;
};

compilerTest("every module of our compiler is let through", async () => {
  const verdicts = check(await real());
  expect(verdicts).toEqual(verdicts.map(() => fine));
});

compilerTest("cut at any byte, a module is no module", async () => {
  const wasm = writtenModule();
  expect(WebAssembly.validate(wasm as BufferSource)).toBe(true);
  expect(check([wasm])).toEqual([fine]);
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

compilerTest(`${MUTANTS} mutants: what is let through is valid`, async () => {
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
});

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
  "calls in a circle, or too deep",
  "too many locals",
  "too many operands",
  "too many blocks within blocks",
  "too many entries in a section",
  "not one memory of its own",
  "a memory with other limits than pages",
  "a table",
  "a start function",
  "imports: only the pure profile runs here",
  "a data segment without its place",
  "an unknown section",
  "names that do not fill their section",
  "ends too early",
]);

/** Every instruction of the ABI, each with operands of its types. */
const EVERYTHING: readonly number[] = (() => {
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
    ...[0x02, 0x40, 0x0c, 0, ...i32, drop, 0x0b, 0x42, 0x7f, drop, ...ZERO, 0x0f],
  ];
})();

compilerTest("the whole instruction set of the ABI", () => {
  const written = { step: EVERYTHING, locals: [0x7f, 0x7e] };
  expect(WebAssembly.validate(writtenModule(written) as BufferSource)).toBe(true);
  expect(checkOne(written)).toEqual(fine);
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
    [{ functions: [[0x10, 2]] }, MODEL, "calls in a circle, or too deep"],
    [
      {
        functions: [
          [0x10, 3],
          [0x10, 2],
        ],
      },
      MODEL,
      "calls in a circle, or too deep",
    ],
    [{ locals: Array.from({ length: 129 }, () => 0x7f) }, MODEL, "too many locals"],
    [{ step: [...nest(48), ...ZERO] }, MODEL, "too many blocks within blocks"],
    [{ step: Array.from({ length: 129 }, () => ZERO).flat() }, MODEL, "too many operands"],
  ];
  for (const [written, error, why] of refusals) {
    expect(checkOne(written)).toEqual({ error, why });
  }
});

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
    { step: [...nest(47), ...ZERO] },
    { locals: Array.from({ length: 128 }, () => 0x7f) },
    {
      step: [
        ...Array.from({ length: 128 }, () => ZERO).flat(),
        ...Array.from({ length: 127 }, () => 0x6a),
      ],
    },
    { step: [0x10, 2], functions: chain(16) },
    { step: [0x10, 17], functions: [ZERO, ...Array.from({ length: 15 }, (_, k) => [0x10, 2 + k])] },
  ]) {
    expect(WebAssembly.validate(writtenModule(written) as BufferSource)).toBe(true);
    expect(checkOne(written)).toEqual(fine);
  }
  expect(checkOne({ step: [0x10, 2], functions: chain(17) })?.error).toBe(MODEL);
});

compilerTest("without room to work in the answer is about memory", () => {
  const hex = Buffer.from(writtenModule()).toString("hex");
  expect(ask(program(), [`check ${hex} 8`])).toEqual([
    `${ARENA} too little memory to check the module`,
  ]);
  expect(check([Uint8Array.of(), Uint8Array.from(COPY)]).map(({ error }) => error)).toEqual([
    MODEL,
    MODEL,
  ]);
});
