/** A recording is there with its head or not at all: killed at its first byte, on a full disk, on one that knows no links. */
import { spawnSync } from "node:child_process";
import { linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { createNew } from "../../../host/sensors/new-file.ts";
import { RecordingReader } from "../../../host/sensors/recording-reader.ts";
import { RecordingWriter } from "../../../host/sensors/recording-writer.ts";
import { builtTest, MAIN, NOT_BUILT } from "../../support/built.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { testUnless } from "../../support/skip.ts";
import { onSmallDisk, withoutDisks } from "../../support/small-disk.ts";

// the kernels of test machines have no FAT
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return { ...fs, linkSync: vi.fn(fs.linkSync) };
});

const { path, file } = folderOfFiles();
const FIRST = new TextEncoder().encode("first");
const CHANNEL = { name: "x", unit: "" };
const SOURCE = { uri: "sim:ecg", name: "a", channels: [CHANNEL], sampleRateHz: 100 };
const HEAD = { startedUnixMs: 0, label: null, sources: [SOURCE] };

afterEach(() => void vi.mocked(linkSync).mockReset());

function folder(name: string): string {
  mkdirSync(path(name));
  return path(name);
}

const refusedLinks = (code: string) =>
  vi.mocked(linkSync).mockImplementation(() => {
    throw Object.assign(new Error(code), { code, syscall: "link" });
  });

async function headOf(recording: string): Promise<unknown> {
  const reader = await RecordingReader.open(recording);
  await reader.close();
  return reader.head;
}

test("a file that is there stays, and nothing is left beside it", () => {
  const one = folder("there");
  writeFileSync(join(one, "a.rec"), "mine");
  expect(() => createNew(join(one, "a.rec"), FIRST)).toThrow(/^IO: .*never written over/);
  expect(readdirSync(one)).toEqual(["a.rec"]);
  expect(readFileSync(join(one, "a.rec"), "utf8")).toBe("mine");
  expect(() => createNew(join(one, "b", "a.rec"), FIRST)).toThrow(/^IO: .*b\/a\.rec/);
});

test.each(["EPERM", "ENOTSUP", "ENOSYS"])("where links are refused with %s", async (code) => {
  const one = folder(code);
  refusedLinks(code);
  new RecordingWriter(join(one, "a.rec"), HEAD, 0n).close();
  expect(readdirSync(one)).toEqual(["a.rec"]);
  expect(await headOf(join(one, "a.rec"))).toEqual(HEAD);
  expect(() => new RecordingWriter(join(one, "a.rec"), HEAD, 0n)).toThrow(/never written over/);
  expect(readdirSync(one)).toEqual(["a.rec"]);
});

test("another refusal is the reason, and nothing is left", () => {
  const one = folder("refused");
  refusedLinks("EIO");
  expect(() => createNew(join(one, "a.rec"), FIRST)).toThrow(/^IO: /);
  expect(readdirSync(one)).toEqual([]);
});

builtTest("killed before its first byte: no recording, and the next one cleans up", async () => {
  const one = folder("killed");
  const first = file(
    "first.cjs",
    `const fs = require("node:fs");
     fs.writeSync = () => process.kill(process.pid, "SIGKILL");
     require("node:module").syncBuiltinESMExports();`,
  );
  const record = (...node: string[]) =>
    spawnSync(
      process.execPath,
      [...node, MAIN, "record", "sim:step", "-o", join(one, "a.rec"), "--seconds", "0.1"],
      { encoding: "utf8" },
    );
  const killed = record("--require", first);
  expect([killed.signal, readdirSync(one).includes("a.rec")]).toEqual(["SIGKILL", false]);
  expect(record().status).toBe(0);
  expect(readdirSync(one)).toEqual(["a.rec"]);
  expect(await headOf(join(one, "a.rec"))).toMatchObject({ label: null });
});

testUnless(NOT_BUILT ?? withoutDisks())("no room for its head: no recording", () =>
  onSmallDisk(64, (disk) => {
    writeFileSync(join(disk, "full"), new Uint8Array(64 * 1024));
    const args = [MAIN, "record", "sim:step", "-o", join(disk, "a.rec"), "--seconds", "0.1"];
    const ran = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect([ran.status, ran.stderr]).toEqual([1, expect.stringMatching(/^IO: .*a\.rec/m)]);
    expect(readdirSync(disk)).toEqual(["full"]);
  }),
);
