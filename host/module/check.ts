/**
 * The host's checks of a module before anything of it runs: form, hash, allowed instructions, ABI, ranges. A target may
 * trust what passes; the first thing that is wrong is raised, because what follows from damage says nothing new.
 */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import { elements } from "../model/graph.ts";
import { readManifest } from "./check-manifest.ts";
import { checkData, checkKernels, checkManifestKernels, checkRomPlace } from "./check-native.ts";
import { ABI, ELEMENT_BYTES, type Manifest, SECTION } from "./manifest.ts";
import { isRelaxed, knowsRelaxed, RELAXED, requireExact } from "./relaxed.ts";
import {
  EXPORT_KIND,
  type Export,
  readExports,
  readGlobals,
  readIndices,
  readTypes,
} from "./sections.ts";
import { longestStraightLine } from "./straight-line.ts";
import {
  ByteReader,
  concat,
  readCustom,
  readSections,
  SECTION_ID,
  type Section,
} from "./wasm-binary.ts";
import { type FunctionBody, OPCODE, readCode, usesRelaxed } from "./wasm-code.ts";

/** The exported globals, all i32. */
export type ModuleGlobals = {
  readonly inPtr: number;
  readonly inLen: number;
  readonly outPtr: number;
  readonly outLen: number;
  readonly statePtr: number;
  readonly stateLen: number;
  readonly cntPtr: number;
  readonly cntLen: number;
  readonly memUsed: number;
  readonly romLen: number;
  readonly stepsHint: number;
};

export type CheckedModule = {
  readonly manifest: Manifest;
  readonly globals: ModuleGlobals;
  readonly pages: number;
  /** bytes of the code section, and of the data segments */
  readonly codeBytes: number;
  readonly dataBytes: number;
  /** longest chain of calls from step() or init(), themselves counted */
  readonly callDepth: number;
  readonly functions: number;
  /** most instructions between two branches: what a stack without tail calls must hold */
  readonly straightLine: number;
};

export type CheckLimits = {
  /** pages of memory the target can give */
  readonly maxPages: number;
  /** of a target whose stack holds only so many functions, or instructions between two branches; absent: any */
  readonly maxFunctions?: number;
  readonly maxStraightLine?: number;
};

/** What this host gives: 256 MiB, the most that the compiler plans. */
export const HOST_LIMITS: CheckLimits = { maxPages: 4096 };

const COUNTER_BYTES = 32;
const PAGE = 65536;

/**
 * @param sha256 of bytes as lower-case hex: passed in, because this room does no I/O
 * @throws MODULE_FORMAT, MODULE_DAMAGED, MODULE_ABI, MODULE_TOO_BIG
 */
export function checkModule(
  wasm: Uint8Array,
  sha256: (bytes: Uint8Array) => string,
  limits: CheckLimits = HOST_LIMITS,
): CheckedModule {
  const sections = readSections(wasm);
  const manifest = manifestOf(sections);
  const hash = sha256(withoutManifest(wasm, sections));
  if (hash !== manifest.codeSha256) {
    fail(
      "MODULE_DAMAGED",
      "code",
      `SHA-256 ${hash}`,
      `${manifest.codeSha256}, as the manifest says`,
    );
  }
  if (isRelaxed(manifest.flavour) && !knowsRelaxed()) requireExact(manifest, "module");
  if (!WebAssembly.validate(wasm as BufferSource)) {
    fail("MODULE_FORMAT", "module", "bytes that do not validate", "valid WebAssembly");
  }
  const known = knownSections(sections);
  const pages = memoryPages(known.get(SECTION_ID.memory));
  if (pages > limits.maxPages) {
    fail(
      "MODULE_TOO_BIG",
      "memory",
      `${pages} pages`,
      `at most ${limits.maxPages} pages of 64 KiB`,
    );
  }
  const types = readTypes(known.get(SECTION_ID.type), manifest);
  const functionTypes = readIndices(known.get(SECTION_ID.function));
  const values = readGlobals(known.get(SECTION_ID.global));
  const exports = readExports(known.get(SECTION_ID.export));
  const globals = abiGlobals(exports, values);
  const signatureOf = (found: Export | undefined): string | undefined => {
    const type = found?.kind === EXPORT_KIND.function ? functionTypes[found.index] : undefined;
    return type === undefined ? undefined : types[type];
  };
  for (const name of ["init", "step"]) {
    const found = exports.get(name);
    if (signatureOf(found) !== "() → i32") {
      fail("MODULE_ABI", name, found ? "another kind or signature" : "nothing", "() → i32");
    }
  }
  checkKernels(exports, signatureOf);
  if (exports.get("memory")?.kind !== EXPORT_KIND.memory) {
    fail("MODULE_ABI", "memory", "no such export", "the module's memory");
  }
  checkRanges(globals, pages);
  // init and step are functions of the module's own, and those have bodies: V8 has seen to that
  const code = known.get(SECTION_ID.code) as Uint8Array;
  const bodies = readCode(code, manifest.build);
  checkFlavour(manifest, bodies, globalOf(exports, values, "relaxed") ?? 0);
  const callDepth = longestCallChain(bodies);
  const counts = { functions: bodies.length, straightLine: longestStraightLine(bodies) };
  checkCounts(counts, limits);
  const dataBytes = checkData(known.get(SECTION_ID.data), globals);
  if (globals.romLen > 0) checkRomPlace(wasm, sections, globals.romLen);
  checkManifestFits(manifest, globals, exports);
  return { manifest, globals, pages, codeBytes: code.length, dataBytes, callDepth, ...counts };
}

/** The manifest of a module, unchecked against its code: to recognise a module and to show what it says of itself. */
export function readModuleManifest(wasm: Uint8Array): Manifest {
  return manifestOf(readSections(wasm));
}

/** The bytes that codeSha256 covers: everything but the custom section `twentywatt`. */
export function withoutManifest(
  wasm: Uint8Array,
  sections: readonly Section[] = readSections(wasm),
): Uint8Array {
  const kept: Uint8Array[] = [wasm.subarray(0, 8)];
  sections.forEach((section, k) => {
    const end = sections[k + 1]?.offset ?? wasm.length;
    if (!isManifest(section)) kept.push(wasm.subarray(section.offset, end));
  });
  return concat(kept);
}

const isManifest = ({ id, body }: Section): boolean =>
  id === SECTION_ID.custom && readCustom(body).name === SECTION;

function manifestOf(sections: readonly Section[]): Manifest {
  const found = sections.filter(isManifest);
  const [section] = found;
  if (!section || found.length > 1) {
    const expected = `one custom section "${SECTION}"`;
    return fail("MODULE_FORMAT", "module", `${found.length} such sections`, expected);
  }
  const text = new TextDecoder().decode(readCustom(section.body).payload);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    fail("MODULE_FORMAT", "manifest", "text that is not JSON", "JSON", undefined, { cause });
  }
  return readManifest(json);
}

/** The sections a module may have, each at most once. WebAssembly.validate has checked their order. */
function knownSections(sections: readonly Section[]): ReadonlyMap<number, Uint8Array> {
  const { type, function: functions, memory, global, export: exports, code, data } = SECTION_ID;
  const allowed = new Set<number>([type, functions, memory, global, exports, code, data]);
  const known = new Map<number, Uint8Array>();
  for (const section of sections) {
    if (isManifest(section)) continue;
    if (!allowed.has(section.id)) {
      const expected = "types, functions, one memory, globals, exports, code and data only";
      fail("MODULE_FORMAT", `byte ${section.offset}`, `a section ${section.id}`, expected);
    }
    known.set(section.id, section.body);
  }
  return known;
}

function memoryPages(body: Uint8Array | undefined): number {
  const reader = new ByteReader(body ?? Uint8Array.of(0));
  const count = reader.u32();
  const limited = count === 1 && reader.byte() === 1;
  const min = limited ? reader.u32() : -1;
  const max = limited ? reader.u32() : -2;
  if (min !== max) {
    fail("MODULE_ABI", "memory", `${count} memories, limits ${min} to ${max}`, "one, min = max");
  }
  return min;
}

/** Raises MODULE_ABI for another ABI and for a global that is missing. */
function abiGlobals(
  exports: ReadonlyMap<string, Export>,
  values: readonly number[],
): ModuleGlobals {
  const value = (name: string): number =>
    globalOf(exports, values, name) ??
    fail("MODULE_ABI", name, "no such global", "an exported immutable i32");
  const major = value("abi") >>> 16;
  if (major !== ABI >>> 16) {
    fail("MODULE_ABI", "abi", `major version ${major}`, `${ABI >>> 16}`);
  }
  return {
    inPtr: value("in_ptr"),
    inLen: value("in_len"),
    outPtr: value("out_ptr"),
    outLen: value("out_len"),
    statePtr: value("state_ptr"),
    stateLen: value("state_len"),
    cntPtr: value("cnt_ptr"),
    cntLen: value("cnt_len"),
    memUsed: value("mem_used"),
    romLen: value("rom_len"),
    stepsHint: value("steps_hint"),
  };
}

function globalOf(
  exports: ReadonlyMap<string, Export>,
  values: readonly number[],
  name: string,
): number | undefined {
  const found = exports.get(name);
  return found?.kind === EXPORT_KIND.global ? values[found.index] : undefined;
}

/** The code itself says what its relaxed products are made for: the manifest must say the same. */
function checkFlavour(
  { flavour }: Manifest,
  bodies: readonly FunctionBody[],
  relaxed: number,
): void {
  const said = isRelaxed(flavour) ? RELAXED[flavour] : 0;
  if (relaxed !== said) {
    const expected = `relaxed = ${said}, by the flavour ${flavour}`;
    fail("MODULE_ABI", "manifest flavour", `relaxed = ${relaxed} in the code`, expected);
  }
  if (said === 0 && usesRelaxed(bodies)) {
    const expected = `the instructions of the flavour ${flavour}`;
    fail("MODULE_FORMAT", "code", "relaxed products", expected);
  }
}

function checkRanges(g: ModuleGlobals, pages: number): void {
  const bad = (where: string, got: string, expected: string): never =>
    fail("MODULE_ABI", where, got, expected);
  if (g.memUsed < 16 || g.memUsed > pages * PAGE) {
    bad("mem_used", `${g.memUsed}`, `16 … ${pages * PAGE}, the memory`);
  }
  const fits = g.romLen > 0 && g.romLen <= g.memUsed - 16 && (g.memUsed - g.romLen) % 16 === 0;
  if (g.romLen !== 0 && !fits) {
    bad("rom_len", `${g.romLen}`, `the end of mem_used = ${g.memUsed}, from a multiple of 16 on`);
  }
  // what a board keeps in RAM
  const written = g.memUsed - g.romLen;
  if (g.cntLen !== COUNTER_BYTES) bad("cnt_len", `${g.cntLen}`, `${COUNTER_BYTES}`);
  if (g.stepsHint < 1) bad("steps_hint", `${g.stepsHint}`, "at least 1");
  const ranges = [
    { name: "in", ptr: g.inPtr, len: g.inLen },
    { name: "out", ptr: g.outPtr, len: g.outLen },
    { name: "state", ptr: g.statePtr, len: g.stateLen },
    { name: "cnt", ptr: g.cntPtr, len: g.cntLen },
  ];
  for (const { name, ptr, len } of ranges) {
    if (len < 0 || ptr < 16 || ptr % 8 !== 0 || ptr + len > written) {
      const expected = `multiples of 8 inside 16 … mem_used − rom_len = ${written}`;
      bad(`${name}_ptr, ${name}_len`, `${ptr}, ${len}`, expected);
    }
  }
  const sorted = ranges.filter(({ len }) => len > 0).sort((a, b) => a.ptr - b.ptr);
  sorted.forEach((range, k) => {
    const next = sorted[k + 1];
    if (next && next.ptr < range.ptr + range.len) {
      bad(`${next.name}_ptr`, `${next.ptr}, inside ${range.name}`, "disjoint buffers");
    }
  });
}

/** While the functions that it calls are still being counted. */
const OPEN = 0;

/** Depth of the deepest chain of calls. Raises on a cycle: an interpreter's stack on a board is small. */
function longestCallChain(functions: readonly FunctionBody[]): number {
  const callees = functions.map(({ code }) =>
    code.filter(({ opcode }) => opcode === OPCODE.call).map(({ index }) => index),
  );
  const depths = new Map<number, number>();
  // an explicit stack: a hostile module must not overflow ours
  for (const root of callees.keys()) {
    const stack = [root];
    for (let f = stack.pop(); f !== undefined; f = stack.pop()) {
      const inner = at(callees, f);
      const known = depths.get(f);
      if (known === undefined) {
        depths.set(f, OPEN);
        stack.push(f); // once more when all that it calls are known
        for (const callee of inner) {
          if (depths.get(callee) === OPEN) {
            fail(
              "MODULE_FORMAT",
              `function ${callee}`,
              "a recursive call",
              "an acyclic call graph",
            );
          }
          stack.push(callee);
        }
      } else {
        depths.set(f, inner.reduce((most, g) => Math.max(most, depths.get(g) ?? OPEN), 0) + 1);
      }
    }
  }
  return [...depths.values()].reduce((a, b) => Math.max(a, b));
}

function checkCounts(
  { functions, straightLine }: Pick<CheckedModule, "functions" | "straightLine">,
  {
    maxFunctions = Number.POSITIVE_INFINITY,
    maxStraightLine = Number.POSITIVE_INFINITY,
  }: CheckLimits,
): void {
  if (functions > maxFunctions) {
    fail("MODULE_TOO_BIG", "code", `${functions} functions`, `at most ${maxFunctions}`);
  }
  if (straightLine > maxStraightLine) {
    const got = `${straightLine} instructions without a branch`;
    fail(
      "MODULE_TOO_BIG",
      "code",
      got,
      `at most ${maxStraightLine}: the target's stack grows with each`,
    );
  }
}

/** The manifest describes these buffers and no others. */
function checkManifestFits(
  manifest: Manifest,
  globals: ModuleGlobals,
  exports: ReadonlyMap<string, Export>,
): void {
  checkManifestKernels(manifest, globals, exports);
  for (const [name, tensors, len] of [
    ["inputs", manifest.inputs, globals.inLen],
    ["outputs", manifest.outputs, globals.outLen],
  ] as const) {
    const bytes = tensors.reduce(
      (n, { shape, dtype }) => n + elements(shape) * ELEMENT_BYTES[dtype],
      0,
    );
    if (bytes !== len) fail("MODULE_ABI", `manifest ${name}`, `${bytes} bytes`, `${len} bytes`);
  }
  for (const { name, ptr, len } of manifest.memory) {
    if (ptr < 16 || ptr + len > globals.memUsed) {
      fail("MODULE_ABI", `manifest memory ${name}`, `${ptr}, ${len}`, "a range inside mem_used");
    }
  }
}
