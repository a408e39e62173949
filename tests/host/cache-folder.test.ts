/** Where things are kept when the usual place cannot be written: a service has no home. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cacheFolder } from "../../host/cache-folder.ts";

/** A path that not even root can make. */
const IMPOSSIBLE = "/dev/null/cache";
const before = { ...process.env };
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "twentywatt-folders-"));
  process.env.TMPDIR = folder;
  process.env.XDG_CACHE_HOME = IMPOSSIBLE;
});
afterEach(() => {
  for (const name of ["TMPDIR", "XDG_CACHE_HOME"]) {
    const value = before[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true, force: true });
});

const fallback = () => join(folder, `twentywatt-${process.getuid?.() ?? "cache"}`);

test("XDG_CACHE_HOME where it can be written", () => {
  process.env.XDG_CACHE_HOME = join(folder, "xdg");
  expect(cacheFolder()).toBe(join(folder, "xdg", "twentywatt"));
});

test("else a folder below TMPDIR that only this user can write", () => {
  expect(cacheFolder()).toBe(fallback());
  expect(statSync(fallback()).mode & 0o777).toBe(0o700);
  expect(cacheFolder()).toBe(fallback());
});

test("never one that others could write, or a link to somewhere", () => {
  mkdirSync(fallback());
  chmodSync(fallback(), 0o777);
  expect(cacheFolder()).toBe(join(IMPOSSIBLE, "twentywatt"));
  rmSync(fallback(), { recursive: true });
  mkdirSync(join(folder, "elsewhere"));
  symlinkSync(join(folder, "elsewhere"), fallback());
  expect(cacheFolder()).toBe(join(IMPOSSIBLE, "twentywatt"));
});
