/**
 * What this engine computes for i32x4.relaxed_dot_i8x16_i7x16_add_s. The standard lets it take a byte ≥ 128 of the second
 * operand as signed or as unsigned, and saturate sums of two products in int16. Every engine always does the same on one
 * processor, so a probe tells: V8 has vpdpbusd on x64 with AVX-VNNI (unsigned, exact), sdot on arm64 (signed, exact), or a pair
 * of smull and addp (exact unless two products of −128 · −128 meet); everywhere else it has pmaddubsw, which saturates.
 */
import { fail } from "../errors.ts";
import type { Flavour, Manifest } from "./manifest.ts";

export type RelaxedFlavour = Extract<Flavour, `relaxed-${string}`>;

/** The value of a module's global `relaxed`: the flavour as the code says it, which an edited manifest cannot change. */
export const RELAXED: Readonly<Record<RelaxedFlavour, number>> = {
  "relaxed-unsigned": 1,
  "relaxed-signed": 2,
};

export const isRelaxed = (flavour: Flavour | null): flavour is RelaxedFlavour =>
  flavour !== null && Object.hasOwn(RELAXED, flavour);

/** Pairs of a weight and an input byte. */
const PAIRS = 0x10000;
/** Bytes of an array with four bytes, or one sum, for each pair. */
const ARRAY = 4 * PAIRS;
const PAGE = 0x10000;

/** sums[k] += Σ of four products of weights[4k …] and inputs[4k …], over arrays that follow one another in memory. */
export const PROBE = probeModule();

let known: RelaxedFlavour | null | undefined;

/** The relaxed flavour that this engine computes exactly, or null. Asked once a process. */
export function relaxedHere(): RelaxedFlavour | null {
  if (known === undefined) known = relaxedOf(PROBE);
  return known;
}

/** Whether the engine knows the instruction at all. */
export const knowsRelaxed = (): boolean => WebAssembly.validate(PROBE as BufferSource);

/** @param probe PROBE, or what an engine would make of it */
export function relaxedOf(probe: Uint8Array): RelaxedFlavour | null {
  if (!WebAssembly.validate(probe as BufferSource)) return null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(probe as BufferSource));
  const { buffer } = exports.m as WebAssembly.Memory;
  const arrays: Arrays = {
    weights: new Int8Array(buffer, 0, ARRAY),
    inputs: new Uint8Array(buffer, ARRAY, ARRAY),
    sums: new Int32Array(buffer, 2 * ARRAY, PAIRS),
  };
  const exact: Record<RelaxedFlavour, boolean> = {
    "relaxed-unsigned": true,
    "relaxed-signed": true,
  };
  for (const distance of DISTANCES) {
    fillTaps(arrays, distance);
    (exports.f as () => void)();
    exact["relaxed-unsigned"] &&= isExact(arrays, 0, -128);
    exact["relaxed-signed"] &&= isExact(arrays, 128, -127);
  }
  if (exact["relaxed-unsigned"]) return "relaxed-unsigned";
  return exact["relaxed-signed"] ? "relaxed-signed" : null;
}

/**
 * How far apart the pairs are whose products are added: 0 adds each to itself, which saturates an int16 wherever that can
 * happen; the other mixes them, and brings each pair into each of the four places.
 */
const DISTANCES = [0, 0x5a5b] as const;

type Arrays = {
  readonly weights: Int8Array;
  readonly inputs: Uint8Array;
  readonly sums: Int32Array;
};

function fillTaps({ weights, inputs, sums }: Arrays, distance: number): void {
  for (let k = 0; k < ARRAY; k++) {
    const pair = (k >> 2) + (k & 3) * distance;
    weights[k] = pair >> 8;
    inputs[k] = pair;
  }
  for (let k = 0; k < PAIRS; k++) sums[k] = startOf(k);
}

/** Sums start anywhere in int32, and wrap. */
const startOf = (k: number): number => Math.imul(k, 0x9e3779b1);

/** @param half 128 where bytes ≥ 128 are negative; 0 where they are not */
function isExact({ weights, inputs, sums }: Arrays, half: number, leastWeight: number): boolean {
  for (let k = 0; k < PAIRS; k++) {
    let sum = startOf(k);
    let counts = true;
    for (let tap = 4 * k; tap < 4 * k + 4; tap++) {
      const w = weights[tap] as number;
      const x = inputs[tap] as number;
      sum += w * ((x ^ half) - half);
      counts &&= w >= leastWeight;
    }
    if (counts && sums[k] !== (sum | 0)) return false;
  }
  return true;
}

/** @throws TARGET_MISSING where this engine would compute a module of this flavour otherwise */
export function requireExact({ flavour }: Pick<Manifest, "flavour">, where: string): void {
  refuseInexact(
    flavour,
    where,
    "Give the model itself without --flavour: it is compiled for this engine, with the same results.",
  );
}

/** @throws TARGET_MISSING where the self-test of a module of this flavour cannot be recorded here */
export function requireComputable(flavour: Flavour | null): void {
  refuseInexact(
    flavour,
    "--flavour",
    "Leave it out to get the fastest that is exact here; to compile for another machine, give --no-self-test too.",
  );
}

function refuseInexact(flavour: Flavour | null, where: string, remedy: string): void {
  if (!isRelaxed(flavour)) return;
  const here = relaxedHere();
  if (here === flavour) return;
  fail(
    "TARGET_MISSING",
    where,
    `${flavour}, and an engine that computes ${here ?? "no relaxed products"} exactly`,
    here === null ? "dot or extmul" : `${here}, dot or extmul`,
    remedy,
  );
}

function probeModule(): Uint8Array {
  const get = [0x20, 0];
  const load = (offset: number) => [...get, 0xfd, 0x00, 4, ...leb(offset)];
  const body = [
    ...[1, 1, 0x7f], // one local, i32: the address
    ...[0x03, 0x40], // loop
    ...[...get, ...load(0), ...load(ARRAY), ...load(2 * ARRAY)],
    ...[0xfd, ...leb(0x113)], // i32x4.relaxed_dot_i8x16_i7x16_add_s
    ...[0xfd, 0x0b, 4, ...leb(2 * ARRAY)], // v128.store
    ...[...get, 0x41, 16, 0x6a, 0x22, 0], // address += 16
    ...[0x41, ...leb(ARRAY), 0x49, 0x0d, 0], // again below ARRAY
    ...[0x0b, 0x0b],
  ];
  const section = (id: number, ...bytes: readonly number[]) => [id, ...leb(bytes.length), ...bytes];
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 0, 0),
    ...section(3, 1, 0),
    ...section(5, 1, 0, (3 * ARRAY) / PAGE),
    ...section(7, 2, 1, 0x6d, 2, 0, 1, 0x66, 0, 0), // m: memory, f: function
    ...section(10, 1, ...leb(body.length), ...body),
  );
}

/** Unsigned LEB128; of numbers whose highest 7 bits leave the sign free, the signed one too. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
