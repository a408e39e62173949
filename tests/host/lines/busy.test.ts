/** Ports that somebody else reads: refused, and who it is, on pseudo-terminals of the kernel with processes at them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterEach, describe, expect } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { holdersOf } from "../../../host/lines/holders.ts";
import type { Channel } from "../../../host/lines/line.ts";
import { serialLine } from "../../../host/lines/serial.ts";
import { openPseudoTerminal, type PseudoTerminal } from "../../../host/linux/pty.ts";
import { builtTest, MAIN } from "../../support/built.ts";
import { cli, folderOfFiles } from "../../support/cli.ts";
import { ROOT } from "../../support/readmes.ts";
import { kernelTest, systemCalls } from "../../support/system-calls.ts";

const { path } = folderOfFiles();
let terminals: PseudoTerminal[] = [];
let children: ChildProcess[] = [];
let channels: Channel[] = [];

afterEach(async () => {
  for (const channel of channels) await channel.close();
  for (const child of children) {
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  }
  for (const terminal of terminals) terminal.close();
  [terminals, children, channels] = [[], [], []];
});

function terminal(): PseudoTerminal {
  const made = openPseudoTerminal(systemCalls());
  terminals.push(made);
  return made;
}

/** Starts a process and waits for its first line. */
async function started(command: string, ...args: string[]): Promise<{ pid: number; said: string }> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [said] = await once(createInterface(child.stdout), "line");
  return { pid: child.pid ?? 0, said };
}

/** A program that opens a port as the shell does, and does nothing more. @param how "<", ">" or "<>" */
const holds = (port: string, how: string) =>
  started("sh", "-c", `exec 3${how}"$0"; echo open; exec sleep 600`, port);

async function open(port: string): Promise<string> {
  const events = { bytes: () => {}, closed: () => {} };
  try {
    channels.push(await serialLine(port).open(events));
    return "opened";
  } catch (error) {
    if (error instanceof TwentyWattError) return error.message;
    throw error;
  }
}

describe("a port that is read", () => {
  kernelTest(
    "by a program that locks nothing is refused with its name and its number",
    async () => {
      const { path: port } = terminal();
      const { pid } = await holds(port, "<>");
      expect(await open(port)).toBe(
        `DEVICE_BUSY: ${port}: got a port that sleep, process ${pid}, has open, expected a port that nobody else has open. End it: kill ${pid}`,
      );
      expect(holdersOf(port)).toEqual([{ pid, program: "sleep" }]);
    },
  );

  kernelTest("is found by another name of it", async () => {
    const { path: port } = terminal();
    const { pid } = await holds(port, "<");
    symlinkSync(port, path("by-id"));
    expect(await open(path("by-id"))).toContain(`process ${pid}, has open`);
  });

  kernelTest("by this program is refused as such", async () => {
    const { path: port } = terminal();
    expect(await open(port)).toBe("opened");
    expect(await open(port)).toMatch(
      /^DEVICE_BUSY: .*that this program has open already, .*Name every port once\.$/,
    );
    const two = await cli(["record", `serial:${port}`, "-o", path("two.rec")]);
    expect(two.stderr).toMatch(/DEVICE_BUSY.*this program has open already/);
  });

  builtTest(
    "by another twentywatt, which locks it, is refused with the script that runs",
    async () => {
      const held = terminal();
      const lines = setInterval(() => held.write(new TextEncoder().encode("1,2\n")), 10);
      try {
        const args = ["record", `serial:${held.path}?rate=100`, "-o", path("a.rec"), "--json"];
        const { pid } = await started(process.execPath, MAIN, ...args);
        const { code, stdout, stderr } = await cli([
          "record",
          `serial:${held.path}`,
          "-o",
          path("b.rec"),
        ]);
        expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
        expect(stderr).toContain(
          `DEVICE_BUSY: ${held.path}: got a port that node main.js, process`,
        );
        expect(stderr).toContain(`End it: kill ${pid}`);
      } finally {
        clearInterval(lines);
      }
    },
  );
});

describe("a port is free", () => {
  kernelTest("for one that reads while another only writes", async () => {
    const { path: port } = terminal();
    await holds(port, ">");
    expect(await open(port)).toBe("opened");
  });

  kernelTest("where the program at the other end holds both sides", async () => {
    const loader = ["--import", "./tests/support/ts-loader.mjs"];
    const { said } = await started(process.execPath, ...loader, "tests/support/both-sides.ts");
    expect(said).toMatch(/^\/dev\/pts\/\d+$/);
    expect(await open(said)).toBe("opened");
  });
});
