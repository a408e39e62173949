/**
 * Modules with kernels that a board has itself, changed where it must not believe them: names and signatures of exports, what
 * globals say of memory and constants, where data lies, the arguments of calls.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { networkByName } from "../../host/cli/networks.ts";
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { compileFlags, WASM3_FILES } from "../../host/firmware/flags.ts";
import { readPort, wasm3Source } from "../../host/firmware/index.ts";
import { at } from "../../host/model/at.ts";
import { mulberry32, type Random, subseed } from "../../host/model/random.ts";
import { withoutManifest } from "../../host/module/check.ts";
import { KERNEL_PREFIX, NATIVE_KERNELS } from "../../host/module/kernels.ts";
import {
  ByteReader,
  readSections,
  SECTION_ID,
  type Section,
  writeSections,
} from "../../host/module/wasm-binary.ts";
import { coreSources, WASM3_SANITIZER } from "./firmware-fuzz.ts";
import { leb, signed, text } from "./firmware-modules.ts";
import { coreFile, link, ownSource, programFile } from "./firmware-program.ts";
import { bundle, randomOperator } from "./random-graph.ts";
import { largePopulation } from "./random-spiking.ts";

const KINDS = ["CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "SOFTMAX"] as const;

/** What is changed. */
export async function seeds(): Promise<readonly Uint8Array[]> {
  const graphs = [
    ...KINDS.map((kind) => bundle([randomOperator(kind, 3)])),
    bundle(KINDS.map((kind) => randomOperator(kind, 5))),
    largePopulation(1),
    await networkByName("net:cuba?neurons=100"),
    await networkByName("net:synfire?neurons=60"),
  ];
  const modules: Uint8Array[] = [];
  for (const graph of graphs) {
    // one that takes another compiler's weights has other lists
    modules.push(withoutManifest((await compile(graph, DEFAULT_OPTIONS)).wasm));
  }
  return modules;
}

/** The core and WASM3 on an arena whose blocks a sanitizer sees, with 32 bits, where all memory is within reach. */
export async function hostileProgram(): Promise<string> {
  const wasm3 = await wasm3Source();
  const port = readPort("posix");
  const bits = ["-m32"];
  const sources = [
    ...["hostile_modules.c", "fuzz_arena.c"].map((file) => ownSource(programFile(file))),
    ...coreSources(wasm3).filter(({ file }) => file !== coreFile("tw_arena.c")),
    ...readdirSync(wasm3)
      .filter((file) => WASM3_FILES.includes(file))
      .map((file) => ({
        file: join(wasm3, file),
        flags: [...compileFlags(port, "wasm3", file, wasm3), ...WASM3_SANITIZER],
      })),
  ].map(({ file, flags }) => ({ file, flags: [...flags, ...bits] }));
  return link("hostile-modules", sources, bits);
}

const CORNERS = [-(2 ** 31), 2 ** 31 - 1, -1, 0, 1, 8, 16, 4096, 65_535, 65_536, 2 ** 30];
const below = (random: Random, n: number): number => Math.floor(random() * n);

type Export = { name: string; kind: number; index: number };

function changedExports(body: Uint8Array, random: Random): Uint8Array {
  const reader = new ByteReader(body);
  const exports = Array.from(
    { length: reader.u32() },
    (): Export => ({ name: reader.name(), kind: reader.byte(), index: reader.u32() }),
  );
  const one = at(exports, below(random, exports.length));
  const other = at(exports, below(random, exports.length));
  const names = NATIVE_KERNELS.map(({ name }) => KERNEL_PREFIX + name);
  const alike = names.filter((name) => name.length === one.name.length);
  switch (below(random, 5)) {
    case 0:
      [one.index, other.index] = [other.index, one.index];
      break;
    case 1:
      if (one.kind === other.kind) one.index = other.index; // a function of two names
      break;
    case 2:
      if (one.name.startsWith(KERNEL_PREFIX)) one.name = `${one.name.slice(0, -1)}9`; // a newer one
      break;
    default: {
      // of the same length the constants keep their place in the file
      const list = alike.length > 0 && random() < 0.8 ? alike : names;
      one.name = at(list, below(random, list.length));
    }
  }
  const bytes = exports.map(({ name, kind, index }) => [...text(name), kind, ...leb(index)]);
  return Uint8Array.from([...leb(exports.length), ...bytes.flat()]);
}

/** Globals are i32 constants: 0x7f, 0, 0x41, the number, 0x0b. */
function changedGlobals(body: Uint8Array, random: Random): Uint8Array {
  const reader = new ByteReader(body);
  const count = reader.u32();
  const chosen = below(random, count);
  const bytes = [...leb(count)];
  for (let k = 0; k < count; k++) {
    const [type, mutable] = [reader.byte(), reader.byte()];
    reader.byte();
    const value = signedLeb(reader);
    reader.byte();
    const near = value + 8 * (below(random, 9) - 4);
    const next = random() < 0.6 ? near : at(CORNERS, below(random, CORNERS.length));
    bytes.push(type, mutable, 0x41, ...signed(k === chosen ? next | 0 : value), 0x0b);
  }
  return Uint8Array.from(bytes);
}

function signedLeb(reader: ByteReader): number {
  let [value, shift] = [0, 0];
  for (;;) {
    const byte = reader.byte();
    value |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte < 0x80) return shift < 32 && byte & 0x40 ? value | (-1 << shift) : value;
  }
}

/** Bits of a number behind i32.const; its length stays. */
function changedCode(body: Uint8Array, random: Random): Uint8Array {
  const bytes = body.slice();
  // the calls of init and step stand at the end
  const from = Math.floor(bytes.length * (random() < 0.7 ? 0.6 : 0));
  for (let tries = 0; tries < 400; tries++) {
    const place = from + below(random, bytes.length - from - 6);
    if (bytes[place] !== 0x41) continue;
    let end = place + 1;
    while ((bytes[end] as number) >= 0x80 && end < place + 5) end++;
    for (let k = place + 1; k <= end; k++) {
      const old = bytes[k] as number;
      bytes[k] =
        (old & 0x80) |
        ((random() < 0.5 ? below(random, 128) : old ^ (1 << below(random, 7))) & 0x7f);
    }
    return bytes;
  }
  return bytes;
}

function changedBytes(body: Uint8Array, random: Random): Uint8Array {
  const bytes = body.slice();
  const place =
    random() < 0.5 ? below(random, Math.min(16, bytes.length)) : below(random, bytes.length);
  bytes[place] = below(random, 256);
  return bytes;
}

const CHANGES: ReadonlyMap<number, (body: Uint8Array, random: Random) => Uint8Array> = new Map([
  [SECTION_ID.export, changedExports],
  [SECTION_ID.global, changedGlobals],
  [SECTION_ID.code, changedCode],
  [SECTION_ID.data, changedBytes],
]);
const CHOICES = [
  SECTION_ID.export,
  SECTION_ID.global,
  SECTION_ID.code,
  SECTION_ID.code,
  SECTION_ID.data,
];

export function hostileModule(modules: readonly Uint8Array[], seed: number): Uint8Array {
  const random = mulberry32(subseed(seed, 7));
  let sections: readonly Section[] = readSections(at(modules, seed % modules.length));
  for (let k = 1 + below(random, 3); k > 0; k--) {
    const id = at(CHOICES, below(random, CHOICES.length));
    sections = sections.map((section) => {
      const change = section.id === id ? CHANGES.get(id) : undefined;
      return change ? { ...section, body: change(section.body, random) } : section;
    });
  }
  return writeSections(sections);
}

/** Refused, loaded as they are, with kernels, with kernels that trapped. */
export type Verdicts = readonly [number, number, number, number];

const BATCH = 500;

/** @throws with the sanitizer's words, and the first module of those among which it was */
export async function hostileCampaign(from: number, count: number): Promise<Verdicts> {
  const [program, modules] = [await hostileProgram(), await seeds()];
  const verdicts: [number, number, number, number] = [0, 0, 0, 0];
  for (let k = from; k < from + count; k += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, from + count - k) }, (_, j) => {
      const wasm = hostileModule(modules, k + j);
      const record = Buffer.alloc(4 + wasm.length);
      record.writeUInt32LE(wasm.length, 0);
      record.set(wasm, 4);
      return record;
    });
    for (const verdict of await verdictsOf(program, Buffer.concat(batch), k)) {
      verdicts[verdict as 0 | 1 | 2 | 3]++;
    }
  }
  return verdicts;
}

async function verdictsOf(program: string, records: Buffer, first: number): Promise<Buffer> {
  const child = spawn(program, { stdio: ["pipe", "pipe", "pipe"] });
  const parts: Buffer[] = [];
  let errors = "";
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.stderr.setEncoding("latin1").on("data", (words: string) => {
    errors += words;
  });
  child.stdin.on("error", () => {}); // it ended: its exit says why
  child.stdin.end(records);
  const [code, signal] = await once(child, "close");
  if (code !== 0) {
    throw new Error(`${code ?? signal} in the modules from ${first} on: ${errors.slice(0, 3000)}`);
  }
  return Buffer.concat(parts);
}
