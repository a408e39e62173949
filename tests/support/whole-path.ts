/** From a board's lines to decisions, every part real: processes, a pseudo-terminal, the built program. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { SAMPLE_RATE_HZ } from "../../host/sensors/vibration.ts";
import { MAIN } from "./built.ts";
import { cli, type Document } from "./cli.ts";
import { machineSignal } from "./machine-signal.ts";
import { ROOT } from "./readmes.ts";

/** Of net:demo-*: new samples of a decision. */
export const HOP = 512;

export type Decision = { readonly document: Document; readonly latencyMs: number };

export type Ran = {
  readonly decisions: readonly Decision[];
  readonly summary: Document;
  readonly code: number | null;
  readonly stderr: string;
};

/** A network, and what limits its decisions. */
export type Network = readonly [name: string, limit: "--samples" | "--steps"];
export const NETWORKS: readonly Network[] = [
  ["net:demo-int8", "--samples"],
  ["net:demo-spikes", "--steps"],
];

/** Runs a network on the lines of tests/support/vibration-port.ts for so many windows. */
export async function runOnPort(
  [network, limit]: Network,
  windows: number,
  ...more: string[]
): Promise<Ran> {
  const loader = ["--import", "./tests/support/ts-loader.mjs"];
  const device = spawn(process.execPath, [...loader, "tests/support/vibration-port.ts"], {
    ...{ cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] },
  });
  let startNs = 0n;
  let path = "";
  const known = new Promise<void>((resolve) => {
    createInterface(device.stdout).on("line", (line) => {
      if (path === "") {
        path = line;
        resolve();
      } else startNs = BigInt(line);
    });
  });
  try {
    await known;
    const input = ["--input", `serial:${path}?rate=${SAMPLE_RATE_HZ}`];
    const args = ["run", network, ...input, limit, String(windows), "--json", ...more];
    const host = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    return await decisionsOf(host, () => startNs);
  } finally {
    const exit = once(device, "exit");
    device.kill("SIGKILL");
    await exit;
  }
}

async function decisionsOf(host: ChildProcess, startNs: () => bigint): Promise<Ran> {
  if (!host.stdout || !host.stderr) throw new Error("no streams");
  const decisions: Decision[] = [];
  let summary: Document = {};
  let stderr = "";
  host.stderr.on("data", (text) => {
    stderr = `${stderr}${text}`.slice(-4000);
  });
  const lines = createInterface(host.stdout).on("line", (line) => {
    const nowNs = process.hrtime.bigint();
    const document: Document = JSON.parse(line);
    if (document.sample === undefined) {
      summary = document;
      return;
    }
    // its last sample was due then
    const last = (document.sample.index + 1) * HOP - 1;
    const latencyMs = Number(nowNs - startNs()) / 1e6 - (1000 * last) / SAMPLE_RATE_HZ;
    decisions.push({ document, latencyMs });
  });
  const [[code]] = await Promise.all([once(host, "exit"), once(lines, "close")]);
  return { decisions, summary, code, stderr };
}

/** The same samples as a file, as csv: takes them. */
export function asTable(windows: number): string {
  const next = machineSignal();
  return `a [m/s²]\n${Array.from({ length: HOP * windows }, next).join("\n")}\n`;
}

/** What of a decision does not depend on the clock. */
export const decided = ({ sample }: Document): unknown => [
  ...[sample.index, sample.decided, sample.outputs],
];

/** What the same network decides on the samples of a file. */
export async function decidedOnTable(network: string, table: string): Promise<unknown[]> {
  const input = `csv:${table}?rate=${SAMPLE_RATE_HZ}`;
  const { stdout } = await cli(["run", network, "--input", input, "--json"]);
  const lines = stdout.trimEnd().split("\n").slice(0, -1);
  return lines.map((line) => decided(JSON.parse(line)));
}

/** @param share 0.99 of p99; nearest rank */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}
