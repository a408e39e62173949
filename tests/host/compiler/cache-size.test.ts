/** The cache stays within its limit, and only what this program put there is ever counted or removed. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { compileCached } from "../../../host/compiler/cache.ts";
import { cacheSize, cleanCache, trimCache } from "../../../host/compiler/cache-size.ts";
import { DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { cliJson, folderOfFiles } from "../../support/cli.ts";
import { flattenGraph } from "../../support/small-models.ts";

folderOfFiles(); // a cache of its own for the verb

const root = mkdtempSync(join(tmpdir(), "twentywatt-cache-size-"));
afterAll(() => rmSync(root, { recursive: true }));
let folder = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, "cache-"));
});

const key = (k: number): string => k.toString(16).padStart(64, "0");
const uuid = "01234567-89ab-cdef-0123-456789abcdef";

/** @param age in days */
function put(name: string, bytes: number, age = 0): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, new Uint8Array(bytes));
  const time = new Date(Date.UTC(2026, 0, 31 - age));
  utimesSync(path, time, time);
  return path;
}

const kept = (): string[] => readdirSync(folder).sort();

describe("what is used least goes first", () => {
  test("until the rest is within the limit", async () => {
    for (const [k, age] of [3, 9, 1, 7, 5].entries()) put(`${key(k)}.twc`, 100, age);
    await trimCache(folder, 500);
    expect(kept()).toHaveLength(5);
    await trimCache(folder, 499);
    expect(kept()).toEqual([0, 2, 3, 4].map((k) => `${key(k)}.twc`));
    await trimCache(folder, 250);
    expect(kept()).toEqual([0, 2].map((k) => `${key(k)}.twc`));
  });

  test("what was just stored stays, however large; half-written files go with age", async () => {
    put(`.${key(7)}.${uuid}.tmp`, 50, 30);
    put(`${key(1)}.twc`, 10, 20);
    put(`${key(2)}.twc`, 1000, 0);
    await trimCache(folder, 500);
    expect(kept()).toEqual([`${key(2)}.twc`]);
  });

  test("nothing else counts or goes: firmware, the list of own modules, files of others", async () => {
    put("wasm3-0123456789abcdef/m3_core.c", 1000, 99);
    put(`own/${key(5)}`, 0, 99);
    put("notes.txt", 1000, 99);
    put(`${key(1)}.twc`, 10, 1);
    await trimCache(folder, 500);
    expect(kept()).toEqual([`${key(1)}.twc`, "notes.txt", "own", "wasm3-0123456789abcdef"]);
  });

  test("to be found in the cache is to be used", async () => {
    const graph = flattenGraph();
    await compileCached(graph, DEFAULT_OPTIONS, { folder });
    const path = join(folder, kept()[0] ?? "");
    const long = new Date(0);
    utimesSync(path, long, long);
    const { compileCpuMs } = await compileCached(graph, DEFAULT_OPTIONS, { folder });
    expect(compileCpuMs).toBeNull();
    expect(statSync(path).mtimeMs).toBeGreaterThan(Date.UTC(2025, 0));
  });

  test("to store one trims the others", async () => {
    // sparse: no disk holds them
    const old = put(`${key(1)}.twc`, 0, 9);
    const { open } = await import("node:fs/promises");
    const file = await open(old, "w");
    await file.truncate(300 * 2 ** 20);
    await file.close();
    utimesSync(old, new Date(0), new Date(0));
    await compileCached(flattenGraph(), DEFAULT_OPTIONS, { folder });
    expect(existsSync(old)).toBe(false);
    expect(kept()).toHaveLength(1);
  });
});

describe("all of it", () => {
  function fill(): void {
    put(`${key(1)}.twc`, 100);
    put(`${key(2)}.twc`, 50);
    put(`own/${key(1)}`, 0);
    put("wasm3-0123456789abcdef/m3_core.c", 30);
    put(`firmware/objects/${key(3)}.o`, 20);
    put("firmware/posix-0123456789abcdef/twentywatt", 7);
    put("firmware/posix-0123456789abcdef/twentywatt.built", 3);
  }

  test("is counted by what it is", async () => {
    expect(await cacheSize(folder)).toEqual({
      modules: { count: 0, bytes: 0 },
      firmware: { files: 0, bytes: 0 },
    });
    fill();
    expect(await cacheSize(folder)).toEqual({
      modules: { count: 2, bytes: 150 },
      firmware: { files: 4, bytes: 60 },
    });
    expect((await cacheSize(join(folder, "not-there"))).modules.count).toBe(0);
  });

  test("is removed, and the folders that are empty then; so is what killed processes left", async () => {
    fill();
    const left = `.twentywatt-some-host-99-${uuid}.tmp`;
    put(left, 4);
    put(`firmware/objects/${left}`, 5);
    put(`firmware/posix-0123456789abcdef/${left}`, 6);
    put(`.twentywatt-h-98-${uuid}.tmp/m3_core.c`, 7);
    expect(await cacheSize(folder)).toMatchObject({ modules: { count: 2, bytes: 150 } });
    expect(await cleanCache(folder)).toEqual({ files: 11, bytes: 232 });
    expect(kept()).toEqual([]);
  });

  test("files of others, and what links lead to, stay", async () => {
    fill();
    const elsewhere = mkdtempSync(join(root, "elsewhere-"));
    writeFileSync(join(elsewhere, "m3_core.c"), "mine");
    symlinkSync(elsewhere, join(folder, "wasm3-aaaaaaaaaaaaaaaa"));
    symlinkSync(join(elsewhere, "m3_core.c"), join(folder, `${key(9)}.twc`));
    put("thesis.txt", 1);
    put("firmware/mine.c", 1);
    put("own/notes", 1);
    await cleanCache(folder);
    expect(existsSync(join(elsewhere, "m3_core.c"))).toBe(true);
    expect(kept()).toEqual(
      [`${key(9)}.twc`, "firmware", "own", "thesis.txt", "wasm3-aaaaaaaaaaaaaaaa"].sort(),
    );
    expect(readdirSync(join(folder, "firmware"))).toEqual(["mine.c"]);
    expect(readdirSync(join(folder, "own"))).toEqual(["notes"]);
  });
});

test("the verb: where it is, what it holds, and clean", async () => {
  const cache = join(process.env.XDG_CACHE_HOME ?? "", "twentywatt");
  await cliJson(["inspect", "net:demo-int8", "--build", "mvp"]);
  const { document } = await cliJson(["cache"]);
  const bytes = statSync(
    join(cache, readdirSync(cache).find((f) => f.endsWith(".twc")) ?? ""),
  ).size;
  expect(document).toMatchObject({
    ...{ verb: "cache", folder: cache, bytes, removed: null },
    modules: { count: 1, bytes, limitBytes: 256 * 2 ** 20 },
    firmware: { files: 0, bytes: 0 },
  });
  const { document: after } = await cliJson(["cache", "clean"]);
  expect(after).toMatchObject({ bytes: 0, modules: { count: 0 }, removed: { bytes } });
  expect(readdirSync(cache)).toEqual([]);
});
