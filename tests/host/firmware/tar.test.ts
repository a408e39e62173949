import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { untar } from "../../../host/firmware/tar.ts";

test("reads what tar writes: every size around a block, and files only", () => {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-tar-"));
  try {
    mkdirSync(join(folder, "in/deep"), { recursive: true });
    const sizes = [0, 1, 511, 512, 513, 2000];
    for (const size of sizes) writeFileSync(join(folder, `in/deep/${size}`), Buffer.alloc(size, 7));
    symlinkSync("1", join(folder, "in/deep/link"));
    spawnSync("tar", ["--format=ustar", "-czf", "out.tgz", "in"], { cwd: folder });
    const files = untar(readFileSync(join(folder, "out.tgz")));
    expect(files.map(({ name }) => name).sort()).toEqual(sizes.map((n) => `in/deep/${n}`).sort());
    for (const { name, bytes } of files) {
      expect([...bytes]).toEqual(Array(Number(name.split("/").at(-1))).fill(7));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an archive that is none is an error", () => {
  expect(() => untar(gzipSync(Buffer.alloc(1024, 65)))).toThrow(/no size/);
  expect(untar(gzipSync(Buffer.alloc(1024)))).toEqual([]);
});
