/** Signals and modules without an end, with the program as its own process: exit codes, files, and how long it takes. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { beforeAll, describe, expect } from "vitest";
import { builtTest as binTest, MAIN } from "../../support/built.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { exportGlobals, GLOBALS, handmade } from "../../support/handmade-module.ts";

const { path, file } = folderOfFiles();

const EXITS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const;

/** Echoes its input; the third step never ends. */
const ENDLESS = `${exportGlobals(GLOBALS)}
export function init(): i32 { return 0; }
export function step(): i32 {
  store<u64>(24, load<u64>(16));
  store<u64>(32, load<u64>(32) + 1);
  while (load<u64>(32) > 2) {}
  return 0;
}`;

let endless = "";
beforeAll(async () => {
  endless = file("endless.wasm", await handmade({ source: ENDLESS }));
});

type Started = {
  readonly child: ChildProcess;
  /** resolves once stderr has this text */
  readonly says: (text: string) => Promise<void>;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }>;
};

const start = (...args: readonly string[]): Started => startIn(process.env, ...args);

/** With an empty cache: what was compiled before would not be compiled again. */
const startAfresh = (...args: readonly string[]): Started =>
  startIn({ ...process.env, XDG_CACHE_HOME: path(`cache-${randomUUID()}`) }, ...args);

function startIn(env: NodeJS.ProcessEnv, ...args: readonly string[]): Started {
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: [...stdio],
    env,
  });
  let [stdout, stderr] = ["", ""];
  let heard = () => {};
  child.stdout?.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    stderr += text;
    heard();
  });
  return {
    child,
    says: (text) =>
      new Promise((resolve, reject) => {
        heard = () => stderr.includes(text) && resolve();
        heard();
        child.once("close", () => reject(new Error(`it ended without "${text}": ${stderr}`)));
      }),
    ended: new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr }))),
  };
}

const call = (...args: readonly string[]) =>
  spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });

const temporaries = (): string[] => readdirSync(path("")).filter((name) => name.endsWith(".tmp"));

describe("a signal while a model is compiled", () => {
  for (const [signal, exit] of EXITS) {
    binTest(`${signal}: nothing is half written, exit code ${exit}`, async () => {
      const output = path(`${signal}.wasm`);
      const { child, says, ended } = startAfresh("compile", "net:cuba", "-o", output, "--json");
      await says("compiling");
      child.kill(signal);
      const { code, stdout } = await ended;
      expect(code).toBe(exit);
      const document = JSON.parse(stdout);
      expect(document).toMatchObject({ verb: "compile", ok: false });
      expect(document.errors[0].code).toBe("INTERRUPTED");
      expect(existsSync(output)).toBe(false);
      expect(temporaries()).toEqual([]);
    });
  }
});

describe("a signal while a network runs", () => {
  for (const [signal, exit] of EXITS) {
    binTest(`${signal}: the summary so far, whole files, exit code ${exit}`, async () => {
      const output = path(`${signal}.events.csv`);
      const args = ["run", "net:lif", "--build", "mvp", "--steps", "900000000000", "--json"];
      const { child, says, ended } = start(...args, "--record", `neuron.spikes=${output}`);
      await says(" steps");
      child.kill(signal);
      const { code, stdout } = await ended;
      const document = JSON.parse(stdout);
      expect([code, document.ok]).toEqual([exit, true]);
      expect(document.warnings).toEqual([expect.stringContaining("interrupted after")]);
      const lines = readFileSync(output, "utf8").trimEnd().split("\n");
      expect(lines.length).toBe(document.counters.spikes);
      expect(temporaries()).toEqual([]);
    });
  }

  binTest("where running is the purpose, it is no failure", async () => {
    const { child, says, ended } = startAfresh("demo", "--seconds", "600");
    await says("compiling");
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });
});

describe("a module that never ends", () => {
  for (const target of ["local", "wasm3"]) {
    binTest(`${target}: --step-limit ends it, and what was done is reported`, () => {
      const inputs = file(
        "in.bin",
        Uint8Array.from({ length: 40 }, (_, k) => k),
      );
      const output = path(`${target}.bin`);
      const args = ["run", endless, "--target", target, "--input", inputs, "--output", output];
      const { status, stdout } = call(...args, "--step-limit", "3", "--json");
      const document = JSON.parse(stdout);
      expect([status, document.ok, document.samples]).toEqual([1, false, 2]);
      expect(document.errors[0]).toMatchObject({ code: "STEP_LIMIT" });
      expect([...readFileSync(output)]).toEqual([...readFileSync(inputs).subarray(0, 16)]);
    });

    binTest(`${target}: Ctrl-C ends it`, async () => {
      // its limit, 10 s unless another is given, could be over before this process has looked
      const args = ["run", endless, "--target", target, "--step-limit", "3600", "--json"];
      const { child, ended } = start(...args);
      // until its third step spins: a process that has used a second of processor time
      await busy(child, target === "local" ? 100 : 0);
      child.kill("SIGINT");
      const { code, stdout } = await ended;
      expect(code).toBe(130);
      expect(JSON.parse(stdout).verb).toBe("run");
    });
  }

  binTest("bench says so, too", () => {
    const { status, stdout } = call("bench", endless, "--step-limit", "1", "--json");
    expect([status, JSON.parse(stdout).errors[0].code]).toEqual([1, "STEP_LIMIT"]);
  });

  binTest("what this program compiled has no limit unless one is given", () => {
    const own = path("own.wasm");
    expect(call("compile", "net:lif", "-o", own).status).toBe(0);
    const plain = JSON.parse(call("run", own, "--steps", "1000", "--json").stdout);
    const limited = call("run", own, "--steps", "1000", "--step-limit", "5", "--json");
    expect(JSON.parse(limited.stdout).outputs).toEqual(plain.outputs);
    expect(JSON.parse(limited.stdout).counters).toEqual(plain.counters);
  });
});

describe("files that are replaced", () => {
  binTest("keep who may read them", () => {
    const secret = file("secret.csv", "old");
    chmodSync(secret, 0o600);
    expect(call("run", "net:lif", "--steps", "10", "--record", `neuron.v=${secret}`).status).toBe(
      0,
    );
    expect(statSync(secret).mode & 0o777).toBe(0o600);
  });

  binTest(
    "what a killed process left is removed by the next; what others write is not",
    async () => {
      const { child, says, ended } = start(
        ...["run", "net:lif", "--build", "mvp", "--steps", "900000000000"],
        ...["--record", `neuron.v=${path("killed.csv")}`],
      );
      await says(" steps");
      const [left] = temporaries();
      expect(left).toContain(`-${child.pid}-`);
      child.kill("SIGKILL");
      await ended;
      expect(temporaries()).toEqual([left]);
      const uuid = "00000000-0000-0000-0000-000000000000";
      const host = hostname().replace(/[^A-Za-z0-9-]/g, "_");
      const alive = `.twentywatt-${host}-${process.pid}-${uuid}.tmp`;
      const elsewhere = `.twentywatt-${host}x-1-${uuid}.tmp`;
      for (const name of [alive, elsewhere]) writeFileSync(path(name), "");
      expect(
        call("run", "net:lif", "--steps", "1", "--record", `neuron.v=${path("v.csv")}`).status,
      ).toBe(0);
      expect(temporaries().sort()).toEqual([alive, elsewhere].sort());
    },
  );
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

/** Resolves once the process has used so many ticks of processor time, or its child does. */
async function busy(child: ChildProcess, ticks: number): Promise<void> {
  const { pid } = child;
  const used = (id: number): number => {
    try {
      const stat = readFileSync(`/proc/${id}/stat`, "utf8").split(" ");
      return Number(stat[13]) + Number(stat[14]);
    } catch {
      return 0;
    }
  };
  const children = (): number[] => {
    const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" });
    return stdout.trim().split(/\s+/).filter(Boolean).map(Number);
  };
  for (;;) {
    const { exitCode, signalCode } = child;
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`it ended by itself: ${exitCode ?? signalCode}`);
    }
    if (ticks > 0 && used(pid ?? 0) > ticks) return;
    if (ticks === 0 && children().some((id) => used(id) > 20)) return;
    await pause();
  }
}
