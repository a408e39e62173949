/**
 * Engines that this machine is not: a module's relaxed dot products as another processor computes them, each replaced by a call
 * of a function that spells them out in exact instructions. All else is this machine's V8 and the module itself.
 */
import { createHash } from "node:crypto";
import { readModuleManifest, withoutManifest } from "../../host/module/check.ts";
import { SECTION } from "../../host/module/manifest.ts";
import {
  customSection,
  readSections,
  SECTION_ID,
  type Section,
  writeSections,
} from "../../host/module/wasm-binary.ts";
import { OPCODE, RELAXED_DOT, readCode } from "../../host/module/wasm-code.ts";

export type Engine =
  /** vpdpbusd: x64 with AVX-VNNI */
  | "unsigned"
  /** sdot: arm64 from ARMv8.2 on */
  | "signed"
  /** smull and addp: older arm64 */
  | "signed, wraps"
  /** pmaddubsw: other x64 */
  | "unsigned, saturates";

/** A pair of bytes, in one of the four places of a sum, for which an engine is wrong. */
export type Spoiled = { readonly weight: number; readonly input: number; readonly place: number };

/** The instruction, and a call of the same length. */
const RELAXED = [0xfd, 0x93, 0x02] as const;
const call = (index: number) => [OPCODE.call, (index & 0x7f) | 0x80, index >> 7] as const;

/** Code alone: any module without imports that does not export what it is. */
export function withEngine(
  wasm: Uint8Array,
  engine: Engine,
  spoiled: Spoiled | null = null,
): Uint8Array {
  const sections = readSections(wasm);
  const code = bodyOf(sections, SECTION_ID.code);
  const functions = readCode(code, "simd");
  const uses = functions.flatMap((one) => one.code).filter(({ opcode }) => opcode === USE).length;
  const calls = call(functions.length);
  const places = placesOf(code);
  // the bytes could stand in a constant as well; then nothing here would be true
  if (places.length !== uses) throw new Error(`${places.length} places, ${uses} instructions`);
  const patched = code.slice();
  for (const place of places) patched.set(calls, place);
  const helper = helperOf(engine, spoiled);
  const types = bodyOf(sections, SECTION_ID.type);
  const replaced: Readonly<Record<number, Uint8Array>> = {
    [SECTION_ID.type]: appended(types, [0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b]),
    [SECTION_ID.function]: appended(bodyOf(sections, SECTION_ID.function), leb(types[0] as number)),
    [SECTION_ID.code]: appended(patched, [...leb(helper.length), ...helper]),
  };
  return writeSections(
    sections.map((section) => ({ ...section, body: replaced[section.id] ?? section.body })),
  );
}

/** A compiled module of a relaxed flavour as one of `dot` that a target takes. */
export function moduleWithEngine(wasm: Uint8Array, engine: Engine): Uint8Array {
  const manifest = readModuleManifest(wasm);
  const renamed = readSections(withEngine(wasm, engine)).map((section) =>
    section.id === SECTION_ID.export ? { ...section, body: withoutFlavour(section.body) } : section,
  );
  const bare = writeSections(renamed);
  const own = withoutManifest(bare, readSections(bare));
  const codeSha256 = createHash("sha256").update(own).digest("hex");
  const text = JSON.stringify({ ...manifest, flavour: "dot", codeSha256 });
  return writeSections([
    ...readSections(own),
    customSection(SECTION, new TextEncoder().encode(text)),
  ]);
}

const USE = (OPCODE.simd << 16) | RELAXED_DOT;

function placesOf(code: Uint8Array): number[] {
  const places: number[] = [];
  for (let k = 0; k + 2 < code.length; k++) {
    if (RELAXED.every((byte, n) => code[k + n] === byte)) places.push(k);
  }
  return places;
}

/** The global `relaxed` under a name that no check knows. */
function withoutFlavour(exports: Uint8Array): Uint8Array {
  const at = Buffer.from(exports).indexOf("relaxed");
  const renamed = exports.slice();
  if (at >= 0) renamed.set(new TextEncoder().encode("relayed"), at);
  return renamed;
}

const simd = (number: number) => [0xfd, ...leb(number)];
const get = (local: number) => [0x20, local];
const [W, X, SUM, LOW, HIGH] = [get(0), get(1), get(2), get(3), get(4)];
const keep = (local: number) => [0x21, local];

/** i32x4.dot_i16x8_s of both operands widened: four sums of two products each. */
const pairs = (half: "low" | "high", unsigned: boolean) => {
  const [signedHalf, unsignedHalf] = half === "low" ? [135, 137] : [136, 138];
  return [
    ...[...W, ...simd(signedHalf)],
    ...[...X, ...simd(unsigned ? unsignedHalf : signedHalf)],
    ...simd(186),
  ];
};

/** (weights, inputs, sums) → sums, all v128. */
function helperOf(engine: Engine, spoiled: Spoiled | null): number[] {
  const unsigned = engine.startsWith("unsigned");
  return [
    ...[1, 2, 0x7b], // two locals: LOW and HIGH
    ...[...pairs("low", unsigned), ...keep(3), ...pairs("high", unsigned), ...keep(4)],
    ...together(engine),
    ...[...SUM, ...simd(174)], // i32x4.add
    ...(spoiled ? error(spoiled) : []),
    0x0b,
  ];
}

/** A bit more wherever the two bytes meet in that place: i8x16.eq of both, and a one in each sum's byte of the place. */
function error({ weight, input, place }: Spoiled): number[] {
  const constant = (byte: (k: number) => number) => [
    ...simd(12),
    ...Array.from({ length: 16 }, (_, k) => byte(k) & 0xff),
  ];
  return [
    ...[...W, ...constant(() => weight), ...simd(35)],
    ...[...X, ...constant(() => input), ...simd(35), ...simd(78)],
    ...[...constant((k) => (k % 4 === place ? 1 : 0)), ...simd(78)],
    ...simd(174),
  ];
}

function together(engine: Engine): number[] {
  // i16x8.narrow_i32x4_s, i32x4.extadd_pairwise_i16x8_s
  if (engine === "unsigned, saturates") return [...LOW, ...HIGH, ...simd(133), ...simd(126)];
  if (engine === "signed, wraps") {
    // the low halves of the sums: i8x16.shuffle, then the same
    const lanes = Array.from({ length: 16 }, (_, k) => 4 * (k >> 1) + (k & 1));
    return [...LOW, ...HIGH, ...simd(13), ...lanes, ...simd(126)];
  }
  const lanes = (odd: number) =>
    Array.from({ length: 16 }, (_, k) => 8 * (k >> 2) + 4 * odd + (k & 3));
  const half = (odd: number) => [...LOW, ...HIGH, ...simd(13), ...lanes(odd)];
  return [...half(0), ...half(1), ...simd(174)];
}

function bodyOf(sections: readonly Section[], id: number): Uint8Array {
  const found = sections.find((section) => section.id === id);
  if (!found) throw new Error(`no section ${id}`);
  return found.body;
}

/** A vector with one more entry. */
function appended(body: Uint8Array, entry: readonly number[]): Uint8Array {
  let [count, at] = [0, 0];
  for (let shift = 0; ; shift += 7) {
    const byte = body[at++] as number;
    count += (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return Uint8Array.of(...leb(count + 1), ...body.subarray(at), ...entry);
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
