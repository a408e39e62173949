/**
 * --save-state and --load-state: what a network remembers, and which network that was.
 *
 *     0    "TWST"
 *     4    u32 version, 1
 *     8    SHA-256 of source and options
 *    40    u64 steps since the network's start
 *    48    u32 length of the state
 *    52    the state, as every build and target lays it out
 *          u32 CRC-32 of all before
 *
 * Numbers are little-endian.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { fail } from "../errors.ts";
import type { Manifest } from "../module/manifest.ts";
import { writeAtomic } from "./file.ts";
import { readWhole } from "./read-bytes.ts";

const MAGIC = "TWST";
const VERSION = 1;
const HEAD_BYTES = 52;
const CRC_BYTES = 4;
const DIGEST_BYTES = 32;
/** Since a network's start: half of what a double counts, so that a run may always go on from a state that was loaded. */
export const MAX_STEP = 2 ** 52;
/** The largest memory a module may have, and the file's own bytes. */
const MAX_BYTES = 2 ** 28 + 2 ** 10;

export type SavedState = {
  readonly digest: Uint8Array;
  readonly step: number;
  readonly state: Uint8Array;
};

/**
 * What must agree for a state to mean the same: the source, the options that change what is computed, and where each
 * part of the state lies. Builds and flavours compute the same, so that they may differ.
 */
export function stateDigest({ source, options, dtSeconds, memory }: Manifest): Uint8Array {
  const state = memory.filter(({ kind }) => kind === "state");
  const start = Math.min(...state.map(({ ptr }) => ptr));
  const what = {
    source: source.sha256,
    dtSeconds,
    options: COMPUTED_BY.map((key) => options[key] ?? null),
    // what is not there leaves no trace in the JSON
    refractory: options.refractory,
    front: options.frontSha256,
    // then dtSeconds is that of a hop, and two networks with other steps may have the same
    stepsPerHop: options.stepsPerHop,
    layout: state.map(({ name, ptr, len, scale }) => [name, ptr - start, len, scale ?? 1]),
  };
  return new Uint8Array(createHash("sha256").update(JSON.stringify(what)).digest());
}

const COMPUTED_BY = ["weights", "timeUnit", "discretisation", "reset", "inputKind"] as const;

export function encodeState({ digest, step, state }: SavedState): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + state.length + CRC_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(4, VERSION, true);
  bytes.set(digest, 8);
  view.setBigUint64(40, BigInt(step), true);
  view.setUint32(48, state.length, true);
  bytes.set(state, HEAD_BYTES);
  const end = HEAD_BYTES + state.length;
  view.setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}

/** Raises INPUT_FORMAT for what is no whole state file, STATE_MISMATCH for one of another version. */
export function decodeState(path: string, bytes: Uint8Array): SavedState {
  const magic = new TextDecoder("latin1").decode(bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) {
    const got =
      bytes.length === 0 ? "an empty file" : `a file that begins ${JSON.stringify(magic)}`;
    fail("INPUT_FORMAT", path, got, "a file of --save-state", "Give one to --load-state.");
  }
  const damaged = (got: string, expected: string): never =>
    fail("INPUT_FORMAT", path, got, expected, "The file is damaged: save the state again.");
  if (bytes.length < HEAD_BYTES + CRC_BYTES) {
    damaged(`${bytes.length} bytes`, `at least ${HEAD_BYTES + CRC_BYTES}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(4, true);
  if (version !== VERSION) {
    const remedy = "Save the state again with this version of twentywatt.";
    fail("STATE_MISMATCH", path, `version ${version}`, `version ${VERSION}`, remedy);
  }
  const length = view.getUint32(48, true);
  const whole = HEAD_BYTES + length + CRC_BYTES;
  if (bytes.length !== whole) damaged(`${bytes.length} bytes`, `${whole}, as its head says`);
  const end = HEAD_BYTES + length;
  const sum = view.getUint32(end, true);
  const own = crc32(bytes.subarray(0, end));
  if (sum !== own) damaged(`CRC-32 ${hex(own)}`, `${hex(sum)}, as it was written`);
  const step = view.getBigUint64(40, true);
  if (step > BigInt(MAX_STEP)) damaged(`step ${step}`, `at most ${MAX_STEP} steps`);
  return {
    digest: bytes.slice(8, 8 + DIGEST_BYTES),
    step: Number(step),
    state: bytes.slice(HEAD_BYTES, end),
  };
}

const hex = (word: number): string => `0x${word.toString(16).padStart(8, "0")}`;

export const readState = async (path: string, signal?: AbortSignal): Promise<SavedState> =>
  decodeState(path, await readWhole(path, MAX_BYTES, "INPUT_FORMAT", signal));

/** The old file or the new one, whole, whatever happens in between. */
export const writeState = (path: string, saved: SavedState): Promise<void> =>
  writeAtomic(path, encodeState(saved));

/** Raises USAGE where a run from here would end in a state that no run could load. @param steps null: until its input ends */
export function requireRoomFor(path: string, { step }: SavedState, steps: number | null): void {
  if (step + (steps ?? 0) <= MAX_STEP) return;
  const remedy = "Begin without --load-state, or give fewer --steps.";
  fail("USAGE", path, `step ${step} and ${steps} more`, `at most ${MAX_STEP} steps`, remedy);
}

/** Raises STATE_MISMATCH where another network saved it. */
export function requireSameNetwork(path: string, saved: SavedState, manifest: Manifest): void {
  if (Buffer.from(saved.digest).equals(stateDigest(manifest))) return;
  const { name } = manifest.source;
  fail(
    "STATE_MISMATCH",
    path,
    "the state of another network",
    `one saved by ${name}, same options`,
  );
}
