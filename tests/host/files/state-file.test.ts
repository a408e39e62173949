/** State files byte by byte, and which network a state belongs to. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import {
  decodeState,
  encodeState,
  readState,
  requireRoomFor,
  requireSameNetwork,
  type SavedState,
  stateDigest,
  writeState,
} from "../../../host/files/state-file.ts";
import type { Manifest, MemoryEntry } from "../../../host/module/manifest.ts";

const folder = mkdtempSync(join(tmpdir(), "twentywatt-state-"));
afterAll(() => rmSync(folder, { recursive: true }));

const digest = Uint8Array.from({ length: 32 }, (_, k) => 200 - k);
const saved = (state: Uint8Array, step = 7): SavedState => ({ digest, step, state });

async function messageOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "works";
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.message;
  }
}

/** The file as the contract writes it: magic, version, digest, step, length, state, CRC-32. */
function written(
  state: Uint8Array,
  { version = 1, step = 7n, length = state.length } = {},
): Buffer {
  const head = Buffer.alloc(52);
  head.write("TWST", "latin1");
  head.writeUInt32LE(version, 4);
  Buffer.from(digest).copy(head, 8);
  head.writeBigUInt64LE(step, 40);
  head.writeUInt32LE(length, 48);
  const most = Buffer.concat([head, state]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(most));
  return Buffer.concat([most, sum]);
}

test.each([0, 1, 8, 100])("%i bytes of state, there and back", (length) => {
  const state = Uint8Array.from({ length }, (_, k) => 3 * k + 1);
  const bytes = encodeState(saved(state));
  expect(Buffer.from(bytes)).toEqual(written(state));
  expect(decodeState("s", bytes)).toEqual(saved(state));
  // also where it stands somewhere in a larger buffer
  const shifted = new Uint8Array(bytes.length + 9).fill(0xee);
  shifted.set(bytes, 5);
  expect(decodeState("s", shifted.subarray(5, 5 + bytes.length))).toEqual(saved(state));
});

test("steps up to half of the largest whole number, and no run beyond", () => {
  const state = new Uint8Array(8);
  expect(decodeState("s", written(state, { step: 2n ** 52n })).step).toBe(2 ** 52);
  const late = saved(state, 2 ** 52 - 10);
  expect(() => requireRoomFor("s", late, 10)).not.toThrow();
  expect(() => requireRoomFor("s", late, null)).not.toThrow();
  expect(() => requireRoomFor("s", saved(state, 2 ** 52), null)).not.toThrow();
  expect(() => requireRoomFor("s", late, 11)).toThrow(
    "USAGE: s: got step 4503599627370486 and 11 more",
  );
  expect(decodeState("s", encodeState(saved(state, 2 ** 40))).step).toBe(2 ** 40);
});

describe("what is no state", () => {
  const state = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const whole = written(state);
  const changed = (at: number): Buffer => {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const hex = (bytes: Buffer): string => `0x${crc32(bytes).toString(16).padStart(8, "0")}`;
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ["nothing", new Uint8Array(), "INPUT_FORMAT: s: got an empty file, expected a file of --save"],
    [
      "another file",
      new TextEncoder().encode("a,b,c,d"),
      'INPUT_FORMAT: s: got a file that begins "a,b,", expected a file of --save-state. Give one',
    ],
    [
      "a head alone",
      whole.subarray(0, 52),
      "INPUT_FORMAT: s: got 52 bytes, expected at least 56. The file is damaged: save",
    ],
    ["a byte less than a head and a sum", whole.subarray(0, 55), "INPUT_FORMAT: s: got 55 bytes"],
    [
      "a later version",
      written(state, { version: 2 }),
      "STATE_MISMATCH: s: got version 2, expected version 1. Save the state again with this",
    ],
    [
      "a byte more",
      Buffer.concat([whole, Buffer.of(0)]),
      "INPUT_FORMAT: s: got 65 bytes, expected 64, as its head says",
    ],
    ["a byte less", whole.subarray(0, 63), "INPUT_FORMAT: s: got 63 bytes, expected 64"],
    [
      "a longer state by its head",
      written(state, { length: 9 }),
      "INPUT_FORMAT: s: got 64 bytes, expected 65",
    ],
    [
      "a bit of the state turned",
      changed(55),
      `INPUT_FORMAT: s: got CRC-32 ${hex(changed(55).subarray(0, 60))}, expected ${hex(whole.subarray(0, 60))}, as it was written`,
    ],
    ["a bit of the digest turned", changed(8), "INPUT_FORMAT: s: got CRC-32"],
    ["a bit of the sum turned", changed(63), "INPUT_FORMAT: s: got CRC-32"],
    [
      "more steps than can be counted",
      written(state, { step: 2n ** 52n + 1n }),
      "INPUT_FORMAT: s: got step 4503599627370497, expected at most 4503599627370496 steps",
    ],
  ];
  test.each(cases)("%s", async (_, bytes, expected) => {
    const message = await messageOf(() => decodeState("s", bytes));
    expect(message.slice(0, expected.length)).toBe(expected);
  });
});

test("from a file and into one", async () => {
  const path = join(folder, "a.state");
  const state = Uint8Array.of(9, 8, 7);
  await writeState(path, saved(state));
  expect(readFileSync(path)).toEqual(written(state));
  expect(await readState(path)).toEqual(saved(state));
  writeFileSync(path, "");
  // the largest memory of a module, and room for the head
  truncateSync(path, 2 ** 28 + 2 ** 10 + 1);
  expect(await messageOf(() => readState(path))).toMatch(
    /^INPUT_FORMAT.* got 268436481 bytes, expected at most 268436480 bytes/,
  );
  expect(await messageOf(() => readState(join(folder, "none")))).toMatch(/^IO/);
});

describe("the digest", () => {
  const entry = (name: string, ptr: number, kind: MemoryEntry["kind"] = "state"): MemoryEntry => ({
    ...{ name, ptr, kind, len: 8 },
  });
  const manifest = {
    source: { name: "a.nir", format: "nir", sha256: "ab" },
    options: {
      ...{ weights: "i16", timeUnit: "s", discretisation: "norse", reset: "zero" },
      ...{ inputKind: "spikes", dt: 1e-4, build: "mvp" },
    },
    dtSeconds: 1e-4,
    memory: [
      entry("in", 16, "input"),
      entry("a.v", 72),
      { ...entry("a.s", 64), scale: 0.5 },
      entry("counters", 80, "counters"),
    ],
  } as unknown as Manifest;
  const hexOf = (one: Manifest): string => Buffer.from(stateDigest(one)).toString("hex");

  test("is SHA-256 of the source, of what changes the computation, and of the layout", () => {
    // state files of this version hold it: another order of words would refuse them
    const words =
      '{"source":"ab","dtSeconds":0.0001,"options":["i16","s","norse","zero","spikes"],' +
      '"layout":[["a.v",8,8,1],["a.s",0,8,0.5]]}';
    expect(hexOf(manifest)).toBe(createHash("sha256").update(words).digest("hex"));
    // those of a network behind a front end, where there is one
    const more = { refractory: "subtracted", frontSha256: "cd", stepsPerHop: 5 };
    const beside = words.replace(
      ',"layout"',
      ',"refractory":"subtracted","front":"cd","stepsPerHop":5,"layout"',
    );
    expect(hexOf({ ...manifest, options: { ...manifest.options, ...more } })).toBe(
      createHash("sha256").update(beside).digest("hex"),
    );
    const { reset: _, ...options } = manifest.options;
    const without = words.replace('"zero"', "null");
    expect(hexOf({ ...manifest, options })).toBe(
      createHash("sha256").update(without).digest("hex"),
    );
  });

  test("says whose state it is", async () => {
    const own = { ...saved(new Uint8Array()), digest: stateDigest(manifest) };
    expect(await messageOf(() => requireSameNetwork("s", own, manifest))).toBe("works");
    const other = { ...manifest, dtSeconds: 2e-4 };
    expect(await messageOf(() => requireSameNetwork("s", own, other))).toBe(
      "STATE_MISMATCH: s: got the state of another network, expected one saved by a.nir, same options. Load the state with the same model and options that saved it.",
    );
  });
});
