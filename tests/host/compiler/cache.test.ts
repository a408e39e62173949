import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { cacheKey, compileCached, digestOwn, ROOMS } from "../../../host/compiler/cache.ts";
import { DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { abandonedIn } from "../../support/abandoned.ts";
import { int8Tensor, layeredGraph, reshape } from "../../support/graphs.ts";

const folder = mkdtempSync(join(tmpdir(), "twentywatt-cache-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const graphOf = (constant: number) =>
  layeredGraph(
    [
      int8Tensor("in", [1, 4]),
      int8Tensor("out", [4]),
      int8Tensor("constant", [1], Uint8Array.of(constant)),
    ],
    [reshape(0, 0, 1)],
    [0],
    [1, 2],
  );

test("the second compilation comes from the cache, byte for byte", async () => {
  const first = await compileCached(graphOf(7), DEFAULT_OPTIONS, { folder });
  const second = await compileCached(graphOf(7), DEFAULT_OPTIONS, { folder });
  expect(first.compileCpuMs).toBeGreaterThan(0);
  expect(second.compileCpuMs).toBeNull();
  // what it took is kept with it
  expect(second.onceCpuMs).toBe(first.compileCpuMs);
  expect(first.onceCpuMs).toBe(first.compileCpuMs);
  expect(second.wasm).toEqual(first.wasm);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("a damaged file is compiled again and mended", async () => {
  const [name] = readdirSync(folder);
  const file = join(folder, name ?? "");
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, whole.length >> 1));
  const again = await compileCached(graphOf(7), DEFAULT_OPTIONS, { folder });
  expect(again.compileCpuMs).not.toBeNull();
  expect(Buffer.from(again.wasm)).toEqual(whole.subarray(76));
  // all but the digest and the time that it took: another compilation takes another
  const mended = readFileSync(file);
  expect(mended.subarray(0, 36)).toEqual(whole.subarray(0, 36));
  expect(mended.subarray(76)).toEqual(whole.subarray(76));
});

test("a folder that cannot be written costs only the compilation", async () => {
  const blocked = join(folder, "file");
  writeFileSync(blocked, "");
  const { wasm } = await compileCached(graphOf(7), DEFAULT_OPTIONS, { folder: blocked });
  expect(wasm.length).toBeGreaterThan(100);
});

test("the key tells weights and options apart", async () => {
  const keys = new Set([
    await cacheKey(graphOf(7), DEFAULT_OPTIONS),
    await cacheKey(graphOf(8), DEFAULT_OPTIONS),
    await cacheKey(graphOf(7), { ...DEFAULT_OPTIONS, rounding: "single" }),
  ]);
  expect(keys.size).toBe(3);
});

test("the key tells numbers that are not finite apart", async () => {
  const graph = graphOf(7);
  const scaled = (scale: number) => ({
    ...graph,
    tensors: graph.tensors.map((t) => ({
      ...t,
      quantization: { ...t.quantization, scales: [scale] },
    })),
  });
  const keys = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((scale) =>
    cacheKey(scaled(scale), DEFAULT_OPTIONS),
  );
  expect(new Set(await Promise.all(keys)).size).toBe(3);
});

test("an entry under another key, a link, a pipe and a folder are no entries", async () => {
  const own = mkdtempSync(join(tmpdir(), "twentywatt-cache-"));
  const place = async (constant: number) =>
    join(own, `${await cacheKey(graphOf(constant), DEFAULT_OPTIONS)}.twc`);
  const seven = await compileCached(graphOf(7), DEFAULT_OPTIONS, { folder: own });
  const whole = readFileSync(await place(7));
  // a module of the same ports, intact in itself, under the key of another
  const put: ((path: string) => void)[] = [
    (path) => copyFileSync(join(own, "seven"), path),
    (path) => symlinkSync(join(own, "seven"), path),
    (path) => spawnSync("mkfifo", [path]),
    (path) => mkdirSync(path),
    (path) => writeFileSync(path, whole.subarray(76)),
  ];
  writeFileSync(join(own, "seven"), whole);
  for (const [k, write] of put.entries()) {
    const path = await place(8 + k);
    write(path);
    const got = await compileCached(graphOf(8 + k), DEFAULT_OPTIONS, { folder: own });
    expect(got.compileCpuMs, `${k}`).not.toBeNull();
    expect(got.wasm).not.toEqual(seven.wasm);
  }
  rmSync(own, { recursive: true, force: true });
});

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Every file that a file imports, directly or not. */
function reached(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, specifier] of readFileSync(file, "utf8").matchAll(
    /^(?:import|export)\s[^;]*?from\s+"(\.[^"]+)"/gms,
  )) {
    reached(join(dirname(file), specifier ?? ""), seen);
  }
  return seen;
}

test("the key knows every room that the compiler reaches", () => {
  const host = join(ROOT, "host");
  const files = [...reached(join(host, "compiler", "index.ts"))].map((f) => relative(host, f));
  const rooms = new Set(files.filter((f) => f.includes("/")).map((f) => f.split("/")[0]));
  expect(rooms.size).toBeGreaterThan(1);
  expect([...rooms].sort()).toEqual([...ROOMS].sort());
  // words and checks only: nothing in them becomes a byte of a module
  expect(files.filter((f) => !f.includes("/")).sort()).toEqual(["errors.ts"]);
});

test("a change in any room that decides bytes changes the key", async () => {
  const copy = join(folder, "copy");
  for (const part of ["assembly", "asconfig.json", "package.json", "host"]) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  }
  const digest = () => digestOwn(copy, join(copy, "host"));
  const before = await digest();
  const changed = [
    ...["assembly/fixed/exp.ts", "asconfig.json", "package.json"],
    ...ROOMS.map(
      (room) =>
        `host/${room}/${readdirSync(join(copy, "host", room)).find((f) => f.endsWith(".ts"))}`,
    ),
    "host/compiler/ops/binary.ts",
  ];
  for (const file of changed) {
    const text = readFileSync(join(copy, file));
    writeFileSync(join(copy, file), Buffer.concat([text, Buffer.from("\n")]));
    expect(await digest(), file).not.toBe(before);
    writeFileSync(join(copy, file), text);
  }
  expect(await digest()).toBe(before);
  writeFileSync(join(copy, "host", "power", "index.ts"), "");
  expect(await digest()).toBe(before);
});

test("what a process that was killed while it stored left is removed by the next", async () => {
  const own = join(folder, "abandoned");
  const left = abandonedIn(own);
  await compileCached(graphOf(8), DEFAULT_OPTIONS, { folder: own });
  expect(existsSync(left)).toBe(false);
  expect(readdirSync(own)).toHaveLength(1);
});
