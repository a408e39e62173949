/** Spiking runs as their own process: Ctrl-C, pipes without end, readers that take their time. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { expect } from "vitest";
import { decodeState } from "../../../host/files/state-file.ts";
import { builtTest as binTest, MAIN } from "../../support/built.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { testUnless } from "../../support/skip.ts";

const procTest = testUnless(
  existsSync(MAIN) && existsSync("/proc/self/status")
    ? null
    : { reason: "no /proc or not built", fix: "npm run build, on Linux" },
);
const { path } = folderOfFiles();
const AXON = "net:delay-line?length=.01&velocity=1";

function start(args: readonly string[], stdin: "ignore" | "pipe" = "ignore") {
  const child = spawn(process.execPath, [MAIN, "run", ...args], { stdio: [stdin, "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, ended, said: () => ({ stdout, stderr }) };
}

/** Resolves once its progress appears: it is well under way. */
const underWay = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.stderr?.on("data", (text) => {
      if (String(text).includes(" steps")) resolve();
    });
    child.once("close", () => reject(new Error("it ended before its progress was shown")));
  });

binTest("Ctrl-C: summary, whole files and the state so far", async () => {
  const state = path("so-far.state");
  const events = path("so-far.events.csv");
  const { child, ended, said } = start([
    ...["net:lif", "--build", "mvp", "--steps", "900000000000", "--json"],
    ...["--save-state", state, "--record", `neuron.spikes=${events}`],
  ]);
  await underWay(child);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  const document = JSON.parse(said().stdout);
  expect(document.warnings).toEqual([expect.stringContaining("interrupted after")]);
  expect(document.counters.steps).toBe(document.steps);
  expect(decodeState(state, readFileSync(state)).step).toBe(document.steps);
  const lines = readFileSync(events, "utf8").trimEnd().split("\n");
  expect(lines.length).toBe(document.counters.spikes);
  expect(readdirSync(path("")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

binTest("a pipe without end: steps as it comes, Ctrl-C", async () => {
  const fifo = path("endless.events.csv");
  spawnSync("mkfifo", [fifo]);
  const script = `i=0; while :; do seq -f '%.0f,0' $i $((i+99999)); i=$((i+100000)); done > "$0"`;
  const feeder = spawn("sh", ["-c", script, fifo], { stdio: "ignore" });
  const { child, ended, said } = start([AXON, "--input", fifo, "--json"]);
  await underWay(child);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  feeder.kill("SIGKILL");
  const { steps, counters } = JSON.parse(said().stdout);
  // 10 ms of axon are 100 steps
  expect(counters.spikes).toBe(Math.max(0, steps - 100));
});

procTest("a pipe that falls silent: what came is stepped, and Ctrl-C is heard", async () => {
  const fifo = path("silent.csv");
  spawnSync("mkfifo", [fifo]);
  const events = path("heard.events.csv");
  const observed = ["--record", `target.spikes=${events}`, "--json"];
  const { child, ended, said } = start([
    ...["net:delay-line?length=.0001&velocity=1", "--input", fifo, ...observed],
  ]);
  // opened once the program reads; written before anybody looks whether it waits
  const writer = await open(fifo, "w");
  await writer.write("0\n1\n1\n");
  await idle(child);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  await writer.close();
  const { steps } = JSON.parse(said().stdout);
  expect(steps).toBe(3);
});

procTest("a reader that takes its time is waited for", async () => {
  const fifo = path("slow.csv");
  spawnSync("mkfifo", [fifo]);
  const { child, ended } = start([
    ...["net:cuba?neurons=1000", "--build", "mvp", "--steps", "900000000", "--output", fifo],
  ]);
  // takes some, then nothing more: who has 900 million steps to do and rests, waits
  const reader = await open(fifo, "r");
  for (let taken = 0; taken < 200_000; ) {
    taken += (await reader.read(new Uint8Array(65_536))).bytesRead;
  }
  await idle(child);
  child.kill("SIGKILL");
  await ended;
  await reader.close();
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

/**
 * Resolves once it waits for somebody: none of its threads runs or wants to, and none has run between two looks. A
 * process that is only kept from running, because others are, wants to.
 */
async function idle({ pid }: ChildProcess): Promise<void> {
  const tasks = `/proc/${pid}/task`;
  const threads = () =>
    readdirSync(tasks).map((id) => {
      const status = readFileSync(`${tasks}/${id}/status`, "utf8");
      const [, state = ""] = /^State:\s+(\w)/m.exec(status) ?? [];
      const switches = status.match(/^\w*ctxt_switches:\s+\d+/gm)?.join() ?? "";
      return { id, state, switches };
    });
  for (let [before, same] = ["", 0]; same < 5; await pause()) {
    const now = threads();
    const text = JSON.stringify(now);
    same = text === before && now.every(({ state }) => state === "S") ? same + 1 : 0;
    before = text;
  }
}
