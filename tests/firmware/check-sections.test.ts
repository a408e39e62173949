/** Every bound of the board's validator around the code: a module on each side of it, in memory that ends with it. */
import { expect } from "vitest";
import { readSections, writeSections } from "../../host/module/wasm-binary.ts";
import { ABI, ARENA, type Bound, check, expectBounds, FINE } from "../support/firmware-check.ts";
import { leb, text, vector, writtenModule, ZERO } from "../support/firmware-modules.ts";
import { compilerTest } from "../support/firmware-program.ts";

const [TYPE, FUNCTION, MEMORY, GLOBAL, EXPORT, CODE, DATA] = [1, 3, 5, 6, 7, 10, 11] as const;
const I32 = 0x7f;
const I64 = 0x7e;
const END = 0x0b;
const NOP = 0x01;
const FUNCTIONS_I32 = [0x60, 0, 1, I32];

const EARLY = "ends too early";
const TOO_MANY = "too many entries in a section";
const ANOTHER_SIZE = "a section with another size than its contents";
const CONSTANT = "an initial value that is no constant";
const LIMITS = "a memory with other limits than pages";
const NOTHING = "an export of nothing";
const CODELESS = "functions without code, or code without functions";
const ORDER = "sections out of order";
const TOO_LONG = "a number that is too long";
const CUSTOM = "a custom section other than the manifest";
const HEAD = "not a WebAssembly module of version 1";

const plain = writtenModule();
const bodyOf = (id: number, wasm = plain): number[] => [
  ...(readSections(wasm).find((section) => section.id === id)?.body ?? []),
];
const withSections = (sections: Readonly<Record<number, readonly number[]>>): Uint8Array =>
  writtenModule({ sections });
const without = (...ids: readonly number[]): Uint8Array =>
  writeSections(readSections(plain).filter(({ id }) => !ids.includes(id)));
/** A section behind all others. */
const followedBy = (id: number, body: readonly number[]): Uint8Array =>
  Uint8Array.from([...plain, id, ...leb(body.length), ...body]);
/** Added to the size of the last section, which is the code. */
const lastSizeOff = (by: number): Uint8Array => {
  const at = plain.length - bodyOf(CODE).length - 1;
  return plain.map((byte, k) => (k === at ? byte + by : byte));
};

/** A function's body: no locals, this code. */
const body = (...code: number[]): number[] => [0, ...code];
const INIT = body(...ZERO, END);
/** The bodies of init and step, each with its size, or with another one. */
const code = (step: readonly number[], size = step.length, init = INIT): number[] => [
  ...[2, ...leb(init.length), ...init],
  ...[...leb(size), ...step],
];
const DATA_LIKE_CODE = [1, 0, 0x41, 0, END, 3, NOP, NOP, END];

compilerTest("sizes: of sections, bodies, names and data", () => {
  const step = [...INIT];
  const long = body(...Array(40).fill(NOP), ...ZERO, END);
  const nops = body(...Array(12).fill(NOP));
  const overhang = (by: number, sections: Record<number, number[]> = {}) =>
    withSections({ ...sections, [CODE]: code(nops, nops.length + by, long) });
  const name = text("memory");
  const exported = (size: number) => [1, size, ...name.slice(1), 2, 0];
  const data = (size: number) => [1, 0, 0x41, 0, END, size, 7, 7];
  const bounds: Bound[] = [
    { name: "a section", inside: plain, outside: lastSizeOff(1), why: EARLY },
    { name: "a section, by as much as was read", outside: lastSizeOff(60), why: EARLY },
    {
      name: "a body, with its end",
      inside: withSections({ [CODE]: code(step) }),
      outside: withSections({ [CODE]: code(step, step.length + 1) }),
      why: EARLY,
    },
    // no longer than all bodies together, and so within a bound that forgets how many were read
    ...[1, 4, 30].map((by) => ({ name: `a body, ${by} more`, outside: overhang(by), why: EARLY })),
    ...[1, 4, 9].map((by) => ({
      name: `a body, ${by} more, which are data`,
      outside: overhang(by, { [DATA]: DATA_LIKE_CODE }),
      why: EARLY,
    })),
    {
      name: "the first of two bodies",
      outside: withSections({
        [CODE]: [2, INIT.length + step.length + 2, ...INIT, step.length, ...step],
      }),
      why: EARLY,
    },
    {
      name: "the name of an export",
      inside: withSections({ [EXPORT]: exported(6) }),
      outside: withSections({ [EXPORT]: [1, 7, ...name.slice(1)] }),
      why: EARLY,
    },
    {
      name: "the name of an export, without end",
      outside: withSections({ [EXPORT]: [1, ...leb(0x7fffffff), ...name.slice(1), 2, 0] }),
      why: EARLY,
    },
    {
      name: "data",
      inside: withSections({ [DATA]: data(2) }),
      outside: withSections({ [DATA]: data(3) }),
      why: EARLY,
    },
    {
      name: "data shorter than its section",
      outside: withSections({ [DATA]: data(1) }),
      why: ANOTHER_SIZE,
    },
    ...[TYPE, FUNCTION, MEMORY, GLOBAL, EXPORT, CODE, DATA].map((id) => ({
      name: `section ${id}, a byte too many`,
      inside: withSections({ [DATA]: data(2) }),
      outside: withSections({
        [DATA]: data(2),
        [id]: [...bodyOf(id, withSections({ [DATA]: data(2) })), 0],
      }),
      why: ANOTHER_SIZE,
    })),
    ...[TYPE, FUNCTION, MEMORY, GLOBAL, EXPORT, CODE].map((id) => ({
      name: `section ${id}, a byte too few`,
      outside: withSections({ [id]: bodyOf(id).slice(0, -1) }),
      why: EARLY,
    })),
  ];
  expectBounds(bounds);
});

compilerTest("counts, and indices into what was counted", () => {
  const bodies = (n: number) => vector(Array.from({ length: n }, () => [INIT.length, ...INIT]));
  const functions = (n: number, inCode = n) =>
    withSections({
      [FUNCTION]: vector(Array.from({ length: n }, () => [0])),
      [CODE]: bodies(inCode),
    });
  const types = (n: number) =>
    withSections({ [TYPE]: vector(Array.from({ length: n }, () => FUNCTIONS_I32)) });
  const type = (params: number, results: number) =>
    withSections({
      [TYPE]: [
        ...[2, ...FUNCTIONS_I32, 0x60, ...vector(Array.from({ length: params }, () => [I32]))],
        ...vector(Array.from({ length: results }, () => [I64])),
      ],
    });
  const globals = (n: number) =>
    withSections({ [GLOBAL]: vector(Array.from({ length: n }, () => [I32, 0, 0x41, 0, END])) });
  const [ownGlobals = 0] = bodyOf(GLOBAL);
  const exported = (kind: number, index: number) =>
    withSections({ [EXPORT]: vector([[...text("x"), kind, ...leb(index)]]) });
  expectBounds([
    { name: "types", inside: types(256), outside: types(257), why: TOO_MANY, ours: true },
    {
      name: "functions",
      inside: functions(4096),
      outside: functions(4097),
      why: TOO_MANY,
      ours: true,
    },
    { name: "globals", inside: globals(256), outside: globals(257), why: TOO_MANY, ours: true },
    { name: "parameters", inside: type(128, 1), outside: type(129, 1), why: TOO_MANY, ours: true },
    { name: "results", inside: type(1, 0), outside: type(1, 2), why: TOO_MANY, ours: true },
    ...[0x40, 0x5f, 0x61, 0x70].map((form) => ({
      name: `a type of form ${form}`,
      outside: withSections({ [TYPE]: [2, ...FUNCTIONS_I32, form, 0, 0] }),
      why: "a type that is no function's",
      ours: true,
    })),
    {
      name: "memories",
      outside: withSections({ [MEMORY]: [2, 0, 1, 0, 1] }),
      why: TOO_MANY,
      ours: true,
    },
    {
      name: "no memory",
      outside: without(MEMORY, EXPORT),
      why: "not one memory of its own",
      error: ABI,
      ours: true,
    },
    { name: "bodies, one too few", inside: functions(3), outside: functions(3, 2), why: CODELESS },
    { name: "bodies, one too many", outside: functions(3, 4), why: CODELESS },
    { name: "no bodies", outside: without(CODE), why: CODELESS },
    {
      name: "the type of a function",
      outside: withSections({ [FUNCTION]: [2, 0, 1] }),
      why: "a function of no type",
    },
    { name: "an exported function", inside: exported(0, 1), outside: exported(0, 2), why: NOTHING },
    { name: "an exported table", outside: exported(1, 0), why: NOTHING },
    { name: "an exported memory", inside: exported(2, 0), outside: exported(2, 1), why: NOTHING },
    {
      name: "an exported global",
      inside: exported(3, ownGlobals - 1),
      outside: exported(3, ownGlobals),
      why: NOTHING,
    },
    { name: "a kind of export", outside: exported(4, 0), why: NOTHING },
  ]);
});

compilerTest("limits of a memory", () => {
  const memory = (...limits: number[]) => withSections({ [MEMORY]: [1, ...limits] });
  const pages = leb(65_536);
  const more = leb(65_537);
  expectBounds([
    { name: "least", inside: memory(0, ...pages), outside: memory(0, ...more), why: LIMITS },
    {
      name: "most",
      inside: memory(1, 1, ...pages),
      outside: memory(1, 1, ...more),
      why: LIMITS,
    },
    { name: "least of most", inside: memory(1, 2, 2), outside: memory(1, 2, 1), why: LIMITS },
    { name: "shared, without most", outside: memory(2, 1), why: LIMITS, ours: true },
    { name: "shared", outside: memory(3, 1, 1), why: LIMITS, ours: true },
  ]);
});

compilerTest("initial values", () => {
  const global = (...bytes: number[]) =>
    withSections({ [GLOBAL]: [1, ...bytes], [EXPORT]: vector([[...text("x"), 3, 0]]) });
  const data = (...bytes: number[]) => withSections({ [DATA]: [1, ...bytes] });
  const ones = (bytes: number) => Array<number>(bytes).fill(0xff);
  expectBounds([
    {
      name: "mutable or not",
      inside: global(I32, 1, 0x41, 0, END),
      outside: global(I32, 2, 0x41, 0, END),
      why: "a global neither mutable nor not",
    },
    { name: "i32", outside: global(I32, 0, 0x42, 0, END), why: CONSTANT },
    {
      name: "i64",
      inside: global(I64, 0, 0x42, 0, END),
      outside: global(I64, 0, 0x41, 0, END),
      why: CONSTANT,
    },
    { name: "not the end", outside: global(I32, 0, 0x41, 0, 0x0a, END), why: CONSTANT },
    {
      name: "32 bits",
      inside: global(I32, 0, 0x41, ...ones(4), 0x7f, END),
      outside: global(I32, 0, 0x41, ...ones(5), 0x7f, END),
      why: TOO_LONG,
    },
    {
      name: "64 bits",
      inside: global(I64, 0, 0x42, ...ones(9), 0x7f, END),
      outside: global(I64, 0, 0x42, ...ones(10), 0x7f, END),
      why: TOO_LONG,
    },
    {
      name: "where data lie",
      inside: data(0, 0x41, 0, END, 1, 7),
      outside: data(0, 0x42, 0, END, 1, 7),
      why: CONSTANT,
    },
    ...[1, 2, 3].map((mode) => ({
      name: `data of kind ${mode}`,
      outside: data(mode, 0x41, 0, END, 1, 7),
      why: "a data segment without its place",
      ours: true,
    })),
    {
      name: "data without a memory",
      outside: writeSections(
        readSections(data(0, 0x41, 0, END, 1, 7)).filter(
          ({ id }) => id !== MEMORY && id !== EXPORT,
        ),
      ),
      why: "a data segment without its place",
    },
  ]);
});

compilerTest("numbers that stand for sizes and indices have 32 bits in at most five bytes", () => {
  // of types: one
  const types = (...count: number[]) => withSections({ [TYPE]: [...count, ...FUNCTIONS_I32] });
  const exported = (...index: number[]) =>
    withSections({ [EXPORT]: [1, ...text("x"), 0, ...index] });
  const zeros = [0x80, 0x80, 0x80, 0x80];
  expectBounds([
    {
      name: "five bytes",
      inside: types(0x81, 0x80, 0x80, 0x80, 0),
      outside: types(0x81, 0x80, 0x80, 0x80, 0x80, 0),
      why: TOO_LONG,
    },
    ...[0x10, 0x20, 0x40, 0x70].map((high) => ({
      name: `a bit beyond the 32nd: ${high}`,
      inside: exported(...zeros, 0),
      outside: exported(...zeros, high),
      why: TOO_LONG,
    })),
    { name: "the 32nd bit", outside: exported(...zeros, 0x08), why: NOTHING },
  ]);
});

compilerTest("the order of sections", () => {
  const sections = readSections(plain);
  const twice = (id: number) =>
    writeSections(sections.flatMap((one) => (one.id === id ? [one, one] : [one])));
  const custom = { id: 0, body: Uint8Array.from([...text("twentywatt"), 1, 2, 3]) };
  const customs = writeSections(sections.flatMap((one) => [custom, one, custom]));
  const [first, second, ...rest] = sections;
  const swapped = first && second ? writeSections([second, first, ...rest]) : plain;
  expectBounds([
    ...[TYPE, FUNCTION, MEMORY, GLOBAL, EXPORT, CODE].map((id) => ({
      name: `section ${id} twice`,
      inside: customs,
      outside: twice(id),
      why: ORDER,
    })),
    { name: "functions before their types", outside: swapped, why: "a function of no type" },
    { name: "code before data", outside: writeSections(dataFirst()), why: ORDER },
    { name: "a section of no kind", outside: followedBy(14, []), why: "an unknown section" },
    { name: "the version", outside: plain.map((byte, k) => (k === 4 ? 2 : byte)), why: HEAD },
    { name: "a part of the head", outside: plain.subarray(0, 7), why: HEAD },
    {
      ...{ name: "the head alone", outside: plain.subarray(0, 8), ours: true },
      ...{ why: "not one memory of its own", error: ABI },
    },
  ]);
});

function dataFirst() {
  const sections = readSections(withSections({ [DATA]: [0] }));
  const [data, code] = [sections.at(-1), sections.at(-2)];
  return [...sections.slice(0, -2), ...(data && code ? [data, code] : [])];
}

compilerTest(
  "of custom sections only the manifest: WASM3 trusts the sizes in that of names",
  () => {
    const named = (name: string, ...bytes: readonly number[]) =>
      followedBy(0, [...text(name), ...bytes]);
    const names = [1, 14, 2, 0, ...text("init"), 1, ...text("step")];
    // to V8 they are nobody's business
    const others = ["name", "name\0", "nam", "names", "", "twentywat", "twentywatts", "twentywatT"];
    expectBounds([
      ...others.map((name) => ({
        ...{ name: JSON.stringify(name), ours: true, why: CUSTOM },
        inside: named("twentywatt", ...names),
        outside: named(name, ...names),
      })),
      // a part whose end lies at 2^32 bytes behind its beginning
      {
        name: "a size that wraps",
        outside: named("name\0", 2, 0xfa, 0xff, 0xff, 0xff, 0x0f, 0),
        why: CUSTOM,
        ours: true,
      },
      {
        name: "the length of the name",
        inside: followedBy(0, text("twentywatt")),
        outside: followedBy(0, [0xff, 0xff, 0xff, 0xff, 0x0f, ...Buffer.from("twentywatt")]),
        why: EARLY,
      },
    ]);
  },
);

compilerTest("the check takes as much memory as its header says, and no byte more", () => {
  const wasm = withSections({
    [TYPE]: vector([FUNCTIONS_I32, [0x60, 1, I64, 0], [0x60, 0, 0]]),
  });
  const [types, functions, globals] = [3, 2, bodyOf(GLOBAL)[0] ?? 0];
  const room = 6 * types + 6 * functions + globals;
  expect(check([wasm], room)).toEqual([FINE]);
  for (const less of [
    room - 1,
    6 * types + 6 * functions - 1,
    6 * types + 2 * functions - 1,
    6 * types - 1,
    0,
  ]) {
    expect(check([wasm], less)).toEqual([
      { error: ARENA, why: "too little memory to check the module" },
    ]);
  }
});

compilerTest("of many functions and no globals: still no byte beyond", () => {
  const functions = Array.from({ length: 100 }, () => ZERO);
  const wasm = writtenModule({ functions, sections: { 6: [0], 7: [0] } });
  expect(check([wasm], 6 + 6 * 102)).toEqual([FINE]);
  expect(check([wasm], 6 + 6 * 102 - 1)[0]?.error).toBe(ARENA);
});
