import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { wasm3Pin, wasm3Source } from "../../../host/firmware/wasm3-source.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "twentywatt-wasm3-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const problemOf = async (work: Promise<unknown>) => {
  const error = await work.catch((raised: unknown) => raised);
  expect(error).toBeInstanceOf(TwentyWattError);
  return (error as TwentyWattError).problems[0];
};

const never = () => Promise.reject(new Error("nothing is to be fetched"));

test("WASM3_DIR may be a checkout or its folder source; nothing is fetched", async () => {
  const source = join(folder, "checkout/source");
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, "m3_compile.c"), "");
  expect(await wasm3Source(join(folder, "checkout"), folder, never)).toBe(source);
  expect(await wasm3Source(source, folder, never)).toBe(source);
});

test("a WASM3_DIR without sources is named", async () => {
  const problem = await problemOf(wasm3Source(join(folder, "nothing"), folder, never));
  expect(problem).toMatchObject({ code: "IO", where: "WASM3_DIR" });
});

test("another tarball than the pinned one is refused, and leaves nothing", async () => {
  const cache = join(folder, "cache");
  const problem = await problemOf(wasm3Source(undefined, cache, async () => Buffer.from("other")));
  expect(problem).toMatchObject({ code: "IO", expected: wasm3Pin().sha512 });
  expect(problem?.remedy).toContain("WASM3_DIR");
  expect(existsSync(cache)).toBe(false);
});

test("what was fetched once is used from then on", async () => {
  const cache = join(folder, "warm");
  const known = join(cache, `wasm3-${wasm3Pin().sha512.slice(0, 16)}`);
  mkdirSync(known, { recursive: true });
  writeFileSync(join(known, "m3_compile.c"), "");
  expect(await wasm3Source(undefined, cache, never)).toBe(known);
  expect(readdirSync(cache)).toHaveLength(1);
});
