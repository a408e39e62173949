/**
 * Modules put together byte by byte, section by section: for what no compiler would write. Numbers of the format are
 * those of the WebAssembly core specification, section 5.
 */
import type { Build, Manifest } from "../../host/module/manifest.ts";
import { concat, i32, SECTION_ID, u32, writeSections } from "../../host/module/wasm-binary.ts";
import { GLOBALS, withManifest } from "./handmade-module.ts";

type Bytes = readonly number[];
type SectionName = Exclude<keyof typeof SECTION_ID, "custom">;

export const I32 = 0x7f;
export const END = 0x0b;
export const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const;

export type Assembly = {
  /** by name; all are exported, in this order */
  readonly globals?: Readonly<Record<string, number>>;
  /** bodies of functions without their length; init() is the first, step() the second, others follow; all () → i32 */
  readonly functions?: readonly Bytes[];
  /** bodies of sections in place of the usual ones; null: without it */
  readonly sections?: Partial<Readonly<Record<SectionName, Bytes | null>>>;
  readonly build?: Build;
  readonly manifest?: Partial<Manifest>;
};

const text = (name: string): number[] => {
  const bytes = [...new TextEncoder().encode(name)];
  return [...u32(bytes.length), ...bytes];
};

/** A vector: the number of its elements, and they. */
export const vector = (elements: readonly Bytes[]): number[] => [
  ...u32(elements.length),
  ...elements.flat(),
];

export const exported = (name: string, kind: number, index: number): number[] => [
  ...text(name),
  kind,
  ...u32(index),
];

export const immutableI32 = (value: number): number[] => [I32, 0, 0x41, ...i32(value), END];

/** `locals` are runs: how many, of what type. */
export const body = (code: Bytes, locals: readonly Bytes[] = []): number[] => [
  ...vector(locals),
  ...code,
  END,
];

/** return 0 */
export const INIT = body([0x41, 0]);
/** store<u64>(24, load<u64>(16)); return 0 */
export const STEP = body([0x41, 24, 0x41, 16, 0x29, 3, 0, 0x37, 3, 0, 0x41, 0]);
export const call = (f: number): number[] => [0x10, ...u32(f)];
const sized = (bytes: Bytes): number[] => [...u32(bytes.length), ...bytes];

/** An active segment of memory 0. */
export const segment = (at: number, bytes: Bytes): number[] => [
  ...[0, 0x41, ...i32(at), END],
  ...sized(bytes),
];

const ORDER: readonly SectionName[] = [
  ...(["type", "import", "function", "table", "memory", "global", "export", "start"] as const),
  ...(["element", "dataCount", "code", "data"] as const),
];

export const EXPORTS: readonly Bytes[] = [
  exported("memory", KIND.memory, 0),
  exported("init", KIND.function, 0),
  exported("step", KIND.function, 1),
];

export const globalExports = (globals: Readonly<Record<string, number>>): number[][] =>
  Object.keys(globals).map((name, k) => exported(name, KIND.global, k));

export function assembled(assembly: Assembly = {}): Uint8Array {
  const { globals = GLOBALS, functions = [INIT, STEP], sections = {}, build, manifest } = assembly;
  const usual: Partial<Record<SectionName, Bytes>> = {
    type: vector([[0x60, 0, 1, I32]]),
    function: vector(functions.map(() => [0])),
    memory: [1, 1, 1, 1],
    global: vector(Object.values(globals).map(immutableI32)),
    export: vector([...EXPORTS, ...globalExports(globals)]),
    code: vector(functions.map(sized)),
  };
  const all = { ...usual, ...sections };
  const written = ORDER.flatMap((name) => {
    const bytes = all[name];
    return bytes ? [{ id: SECTION_ID[name], body: concat([bytes]) }] : [];
  });
  return withManifest(writeSections(written), { build: build ?? "mvp", ...manifest });
}
