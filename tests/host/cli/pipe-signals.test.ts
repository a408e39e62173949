/** Named pipes that nobody writes to, or reads from: no signal is lost in them, and no process stays behind. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { describe, expect } from "vitest";
import { openPseudoTerminal } from "../../../host/linux/pty.ts";
import { builtTest as binTest, MAIN } from "../../support/built.ts";
import { cli, failure, folderOfFiles } from "../../support/cli.ts";
import { kernelTest, systemCalls } from "../../support/system-calls.ts";

const { path } = folderOfFiles();

function pipe(name: string): string {
  spawnSync("mkfifo", [path(name)]);
  return path(name);
}

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function start(...args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text) => (stderr += text));
  const ended = once(child, "close").then(([code]) => ({ code, stdout, stderr }));
  return { child, ended };
}

const NETWORK = ["run", "net:lif", "--build", "mvp", "--steps", "3"] as const;

describe("a signal while something is waited for out of a pipe", () => {
  for (const [name, args] of [
    ["model.nir", ["inspect"]],
    ["state.bin", [...NETWORK, "--load-state"]],
    ["expected.csv", [...NETWORK, "--expect"]],
    ["classes.txt", ["run", "net:demo-int8", "--samples", "1", "--classes"]],
    ["labels.csv", ["run", "net:demo-int8", "--samples", "1", "--labels"]],
  ] as const) {
    binTest(`${name}: the exit code of the signal, in a document`, async () => {
      const silent = pipe(name);
      const { child, ended } = start(...args, silent, "--json");
      // opened once the program listens
      const writer = await open(silent, "w");
      child.kill("SIGTERM");
      const { code, stdout } = await ended;
      await writer.close();
      expect([code, JSON.parse(stdout).errors[0].code]).toEqual([143, "INTERRUPTED"]);
    });
  }

  binTest("two signals end it where nobody writes at all", async () => {
    const { child, ended } = start("inspect", pipe("nobody.nir"));
    const again = setInterval(() => child.kill("SIGINT"), 500);
    const { code } = await ended;
    clearInterval(again);
    expect([130, null]).toContain(code); // null: the first came before the program listened
  });
});

binTest("a device that goes on for long is left at a signal", async () => {
  const interrupt = new AbortController();
  interrupt.abort("SIGINT");
  const { code, stderr } = await cli(["inspect", "/dev/zero"], { signal: interrupt.signal });
  expect([code, stderr]).toEqual([130, expect.stringContaining("INTERRUPTED: /dev/zero")]);
});

kernelTest("a silent terminal is no file, and is not waited for", async () => {
  const terminal = openPseudoTerminal(systemCalls());
  const { errors } = await failure("inspect", terminal.path);
  expect(errors).toMatchObject([{ code: "IO", got: "a device that is silent" }]);
  terminal.close();
});

binTest("a model comes out of a pipe whose writer comes late", async () => {
  const [model, late] = [path("net.json"), pipe("late.json")];
  expect((await cli(["compile", "net:lif", "-o", model])).code).toBe(0);
  const { ended } = start("inspect", late, "--json");
  const writer = await open(late, "w");
  await writer.write(readFileSync(model));
  await writer.close();
  const { code, stdout } = await ended;
  expect([code, JSON.parse(stdout).totals.neurons]).toEqual([0, 1]);
});

describe("outputs", () => {
  binTest("a pipe that nobody reads is said, not waited for without an end", async () => {
    const { errors } = await failure(...NETWORK, "--record", `neuron.v=${pipe("unread.csv")}`);
    expect(errors).toMatchObject([{ code: "IO", got: "a pipe that nobody reads" }]);
  });

  binTest(
    "a reader gets every byte; one that stops does not keep the program from ending",
    async () => {
      const [taken, file] = [pipe("taken.csv"), path("file.csv")];
      const steps = ["run", "net:lif", "--build", "mvp", "--steps", "200000"] as const;
      const reader = spawn("sha256sum", [taken], { stdio: ["ignore", "pipe", "ignore"] });
      let sum = "";
      reader.stdout.setEncoding("utf8").on("data", (text) => (sum += text));
      const summed = once(reader, "close");
      const { ended } = start(...steps, "--record", `neuron.v=${taken}`);
      expect((await ended).code).toBe(0);
      await summed;
      expect((await cli([...steps, "--record", `neuron.v=${file}`])).code).toBe(0);
      const { stdout } = spawnSync("sha256sum", [file], { encoding: "utf8" });
      expect(sum.slice(0, 64)).toBe(stdout.slice(0, 64));

      const stuck = pipe("stuck.csv");
      const second = start(...steps, "--record", `neuron.v=${stuck}`);
      const end = await open(stuck, "r");
      await end.read(new Uint8Array(1));
      const again = setInterval(() => second.child.kill("SIGINT"), 300);
      expect((await second.ended).code).toBe(130);
      clearInterval(again);
      await end.close();
    },
  );
});

describe("what is read from anywhere in it must be a file", () => {
  for (const [what, args] of [
    ["a recording", (name: string) => ["replay", name]],
    ["a table", (name: string) => ["record", `csv:${name}`, "-o", path("r.twr")]],
    ["a sound", (name: string) => ["record", `wav:${name}`, "-o", path("r.twr")]],
  ] as const) {
    binTest(`${what}: a pipe and a folder are refused at once`, async () => {
      for (const name of [pipe(`${what.slice(-5)}.any`), path("")]) {
        const { errors } = await failure(...args(name));
        expect(errors).toMatchObject([{ code: "SENSOR_MISSING", expected: "a file" }]);
      }
    });
  }
});
