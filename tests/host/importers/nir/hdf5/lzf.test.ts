/** LZF, by a packer of the test's own, a data set that h5py wrote, and damage. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TwentyWattError } from "../../../../../host/errors.ts";
import { Hdf5File } from "../../../../../host/importers/nir/hdf5/file.ts";
import { readHdf5 } from "../../../../../host/importers/nir/hdf5/index.ts";
import { unpacked } from "../../../../../host/importers/nir/hdf5/lzf.ts";
import { mulberry32 } from "../../../../../host/model/random.ts";

const file = new Hdf5File(new Uint8Array(16));

/** Copies from the first or the last place with the same three bytes, whichever goes on for longer. */
function packed(data: Uint8Array): Uint8Array {
  const out: number[] = [];
  let run: number[] = [];
  const flush = () => {
    if (run.length > 0) out.push(run.length - 1, ...run);
    run = [];
  };
  const key = (at: number) => `${data.subarray(at, at + 3)}`;
  const seen = new Map<string, number[]>();
  const note = (at: number) => seen.set(key(at), [...(seen.get(key(at)) ?? []).slice(-30), at]);
  for (let at = 0; at < data.length; ) {
    let [length, distance] = [0, 0];
    for (const from of (seen.get(key(at)) ?? []).filter((place) => at - place <= 8192)) {
      let n = 0;
      while (n < 264 && at + n < data.length && data[at + n] === data[from + n]) n++;
      if (n > length) [length, distance] = [n, at - from];
    }
    if (length < 3) {
      note(at);
      run.push(data[at++] ?? 0);
      if (run.length === 32) flush();
      continue;
    }
    flush();
    const [short, back] = [length - 2, distance - 1];
    if (short < 7) out.push((short << 5) | (back >> 8), back & 255);
    else out.push((7 << 5) | (back >> 8), short - 7, back & 255);
    for (let k = 0; k < length; k++) note(at++);
  }
  flush();
  return Uint8Array.from(out);
}

/** Runs, repeats near and far, and noise. */
function sample(seed: number): Uint8Array {
  const random = mulberry32(seed);
  const below = (n: number) => Math.floor(random() * n);
  const parts: number[] = [];
  while (parts.length < 12_000) {
    const length = 1 + below(600);
    const back = 1 + below(Math.min(9000, parts.length + 1));
    const kind = below(3);
    const start = parts.length;
    for (let k = 0; k < length; k++) {
      const copied = parts[start - back + k];
      parts.push(kind === 0 || copied === undefined ? below(256) : kind === 1 ? 7 : copied);
    }
  }
  return Uint8Array.from(parts);
}

test("what was packed comes back, byte for byte, near and far, short and long", () => {
  for (let seed = 0; seed < 5; seed++) {
    const data = sample(seed);
    const small = packed(data);
    expect(small.length).toBeLessThan(data.length);
    expect(Buffer.from(unpacked(file, 0, small, data.length)).equals(data)).toBe(true);
  }
});

test("a data set that h5py packed", () => {
  const url = new URL("../../../../fixtures/hdf5/refused.h5", import.meta.url);
  const tree = readHdf5(new Uint8Array(readFileSync(url)), (path) => path !== "/lzf");
  // write.py: halves around zero, in place order
  const expected = Array.from({ length: 16 }, (_, k) => (((k * 37) % 101) - 50) / 2);
  const numbers = Float64Array.from(expected);
  expect(tree.children.get("lzf")).toEqual({ kind: "numbers", shape: [4, 4], numbers });
});

test.each([
  ["a run that is cut short", [3, 1, 2], "cut short"],
  ["a copy without a distance", [0, 1, 0x20], "cut short"],
  ["a long copy without its length", [0, 1, 0xe0], "cut short"],
  ["a copy from before the beginning", [0, 1, 0x20, 1], "before its beginning"],
  ["a run beyond the chunk", [8, 1, 2, 3, 4, 5, 6, 7, 8, 9], "more than its shape says"],
  ["a copy beyond the chunk", [0, 1, 0xe0, 255, 0], "more than its shape says"],
])("%s is refused", (_, bytes, why) => {
  expect(() => unpacked(file, 5, Uint8Array.from(bytes), 8)).toThrow(why);
});

test("damaged data give at most the chunk, or a coded refusal", () => {
  const random = mulberry32(9);
  const whole = packed(sample(9));
  for (let k = 0; k < 3000; k++) {
    const changed = whole.slice(0, 1 + Math.floor(random() * whole.length));
    for (let n = 0; n < 3; n++) {
      changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256);
    }
    try {
      expect(unpacked(file, 0, changed, 12_000).length).toBeLessThanOrEqual(12_000);
    } catch (error) {
      expect(error).toBeInstanceOf(TwentyWattError);
    }
  }
});
