/** Spiking runs as their own process: Ctrl-C, pipes without end, readers that take their time. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { decodeState } from "../../../host/files/state-file.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { testUnless } from "../../support/skip.ts";

const MAIN = fileURLToPath(new URL("../../../build/host/cli/main.js", import.meta.url));
const binTest = testUnless(
  existsSync(MAIN) ? null : { reason: "the program is not built", fix: "npm run build" },
);
const procTest = testUnless(
  existsSync(MAIN) && existsSync("/proc/self/status")
    ? null
    : { reason: "no /proc or not built", fix: "npm run build, on Linux" },
);
const { path } = folderOfFiles();
const AXON = "net:delay-line?length=.01&velocity=1";

/** Node.js and the compiler alone take about this much. */
const MOST_BYTES = 400 * 2 ** 20;

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
  new Promise((resolve) => {
    child.stderr?.on("data", (text) => {
      if (String(text).includes(" steps")) resolve();
    });
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

procTest("a pipe without end: steps as it comes, bounded memory, Ctrl-C", async () => {
  const fifo = path("endless.events.csv");
  spawnSync("mkfifo", [fifo]);
  const script = `i=0; while :; do seq -f '%.0f,0' $i $((i+99999)); i=$((i+100000)); done > "$0"`;
  const feeder = spawn("sh", ["-c", script, fifo], { stdio: "ignore" });
  const { child, ended, said } = start([AXON, "--input", fifo, "--json"]);
  await underWay(child);
  const peak = peakBytes(child);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  feeder.kill("SIGKILL");
  const { steps, counters } = JSON.parse(said().stdout);
  // 10 ms of axon are 100 steps
  expect(counters.spikes).toBe(Math.max(0, steps - 100));
  expect(peak).toBeLessThan(MOST_BYTES);
});

procTest("a pipe that falls silent: what came is stepped, and Ctrl-C is heard", async () => {
  const fifo = path("silent.csv");
  spawnSync("mkfifo", [fifo]);
  const writer = spawn("sh", ["-c", `{ echo 0; echo 1; echo 1; sleep 60; } > "$0"`, fifo], {
    ...{ stdio: "ignore", detached: true },
  });
  const events = path("heard.events.csv");
  const observed = ["--record", `target.spikes=${events}`, "--json"];
  const { child, ended, said } = start([
    ...["net:delay-line?length=.0001&velocity=1", "--input", fifo, ...observed],
  ]);
  while (!openFiles(child).includes(fifo)) await pause();
  await idle(child);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  if (writer.pid !== undefined) process.kill(-writer.pid, "SIGKILL");
  const { steps } = JSON.parse(said().stdout);
  expect(steps).toBe(3);
});

procTest("a reader that takes its time is waited for", async () => {
  const fifo = path("slow.csv");
  spawnSync("mkfifo", [fifo]);
  const { child, ended } = start([
    ...["net:cuba?neurons=1000", "--build", "mvp", "--steps", "900000000", "--output", fifo],
  ]);
  // takes some, then nothing more
  const reader = spawn("sh", ["-c", `{ head -c 200000 > /dev/null; sleep 60; } < "$0"`, fifo], {
    ...{ stdio: "ignore", detached: true },
  });
  while (!openFiles(child).includes(fifo)) await pause();
  await idle(child);
  expect(peakBytes(child)).toBeLessThan(MOST_BYTES);
  child.kill("SIGKILL");
  if (reader.pid !== undefined) process.kill(-reader.pid, "SIGKILL");
  await ended;
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

/** Resolves once it uses no processor time any more: it waits for somebody. */
async function idle({ pid }: ChildProcess): Promise<void> {
  const ticks = () =>
    readFileSync(`/proc/${pid}/stat`, "utf8").split(" ").slice(13, 15).map(Number).join();
  for (let [before, same] = ["", 0]; same < 5; await pause()) {
    const now = ticks();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}

function peakBytes({ pid }: ChildProcess): number {
  const [, kilobytes = "0"] =
    /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return 1024 * Number(kilobytes);
}

function openFiles({ pid }: ChildProcess): string[] {
  try {
    const { stdout } = spawnSync("readlink", [
      ...readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`),
    ]);
    return String(stdout).split("\n");
  } catch {
    return [];
  }
}
