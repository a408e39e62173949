/** Ctrl-C while a sensor is being opened, with the program as its own process and a port on which nobody speaks. */
import { spawn } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { loadSystemCalls } from "../../../host/linux/libc.ts";
import { openPseudoTerminal } from "../../../host/linux/pty.ts";
import { MAIN, NOT_BUILT } from "../../support/built.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { testUnless } from "../../support/skip.ts";

const { path } = folderOfFiles();
const calls = await loadSystemCalls().catch(() => null);
const terminal = calls && openPseudoTerminal(calls);
afterAll(() => terminal?.close());
const NO_TERMINAL = { reason: "no koffi", fix: "npm ci" };
const ptyTest = testUnless(terminal ? NOT_BUILT : NO_TERMINAL);

/** Starts it, waits until it has opened the port, and presses Ctrl-C once. */
async function interrupted(...args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const files = `/proc/${child.pid}/fd`;
  const has = () => readdirSync(files).some((fd) => linkOf(join(files, fd)) === terminal?.path);
  while (child.exitCode === null && !has()) await new Promise((next) => setTimeout(next, 20));
  child.kill("SIGINT");
  return { code: await ended, stdout, stderr };
}

/** A file may be closed between the list and the look. */
function linkOf(name: string): string | null {
  try {
    return readlinkSync(name);
  } catch {
    return null;
  }
}

describe("a port that is silent", () => {
  ptyTest("run ends with the first Ctrl-C, as an interruption", async () => {
    const from = `serial:${terminal?.path}`;
    const text = await interrupted("run", "net:demo-int8", "--input", from);
    expect([text.code, text.stdout]).toEqual([130, ""]);
    expect(text.stderr).toContain(`INTERRUPTED: ${from}: got a signal while it was opened`);
    const json = await interrupted("run", "net:perceptron", "--input", from, "--json");
    expect(json.code).toBe(130);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ...{ verb: "run", ok: false, errors: [{ code: "INTERRUPTED", where: from }] },
    });
  });

  ptyTest("record ends with it too, leaves no file and says so", async () => {
    const args = ["record", `serial:${terminal?.path}`, "-o", path("none.rec")];
    const { code, stderr } = await interrupted(...args);
    expect(code).toBe(0);
    expect(readdirSync(path(".")).filter((name) => name.endsWith(".rec"))).toEqual([]);
    expect(stderr).toContain("not one sample");
  });
});
