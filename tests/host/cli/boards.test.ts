/** `deploy`, `monitor`, `devices`, `run` and `bench` on a board: the posix port on a pseudo-terminal of its own. */
import { readdirSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test as plainTest } from "vitest";
import { cli, cliJson, failedWith, folderOfFiles } from "../../support/cli.ts";
import { dataPath, dataTest } from "../../support/data.ts";
import { exportGlobals, GLOBALS, handmade, INIT_AND_STEP } from "../../support/handmade-module.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";

const missing = missingPosix();
const test = testUnless(missing);
const { file, path } = folderOfFiles();
let board: PosixBoard;
let target = "";

beforeAll(async () => {
  if (missing) return;
  board = await PosixBoard.start("--slot-bytes", "65536", "--arena", "131072");
  target = `board:${board.path}`;
});
afterAll(() => board?.close());

describe("deploy", () => {
  test("a model: compiled, sent, tested, active; the second time it is there", async () => {
    const { document, stderr } = await cliJson(["deploy", "net:demo-int8", target]);
    expect(document).toMatchObject({
      verb: "deploy",
      model: "net:demo-int8",
      target,
      board: { name: "posix", serial: "0" },
      task: "none",
      mode: "performance",
      transferred: true,
      selfTest: true,
      slotSequence: 1,
      attempts: 1,
      memory: { arenaBytes: 131072, slotBytes: 65536 },
    });
    expect(document.module.sha256).toMatch(/^[0-9a-f]{64}$/);
    for (const stage of ["sending", "reading it back", "testing it on the board"]) {
      expect(stderr).toContain(stage);
    }
    const again = (await cliJson(["deploy", "net:demo-int8", target])).document;
    expect(again).toMatchObject({ transferred: false, slotSequence: 1, attempts: 0 });
    const { stdout } = await cli(["deploy", "net:demo-int8", target]);
    expect(stdout).toContain("it was there already");
  });

  const bothTest = missing ? test : dataTest;
  bothTest("the keyword spotter: its MLPerf Tiny task follows from its shapes", async () => {
    const model = dataPath("models/kws_ref_model.tflite");
    const { document } = await cliJson(["deploy", model, target]);
    expect(document).toMatchObject({ task: "kws01", mode: "performance", transferred: true });
    const plain = await cliJson(["deploy", model, target, "--task", "none"]);
    expect(plain.document).toMatchObject({ task: "none", transferred: true });
    await cliJson(["deploy", "net:demo-int8", target]);
  });

  test("another mode, another limit are another deployment", async () => {
    const energy = ["deploy", "net:demo-int8", target, "--mode", "energy"];
    expect((await cliJson(energy)).document).toMatchObject({
      mode: "energy",
      slotSequence: expect.any(Number),
    });
    const limited = [...energy, "--step-limit", "1000"];
    expect((await cliJson(limited)).document).toMatchObject({ transferred: true, mode: "energy" });
  });

  test("what cannot be is refused with both numbers, and the module stays", async () => {
    const globals = { ...GLOBALS, mem_used: 65536 * 3 };
    const large = file(
      "large.wasm",
      await handmade({
        source: exportGlobals(globals) + INIT_AND_STEP,
        flags: ["--initialMemory", "3", "--maximumMemory", "3"],
      }),
    );
    const { document } = await cliJson(["deploy", large, target]);
    expect(document.errors[0]).toMatchObject({
      code: "MODULE_TOO_BIG",
      got: "linear memory of 196608 bytes",
      expected: "less than 131072 bytes",
    });
    const long = file("long.wasm", await tooLong());
    expect((await cliJson(["deploy", long, target])).document.errors[0]).toMatchObject({
      code: "MODULE_TOO_BIG",
      expected: "at most 65280 bytes",
    });
    expect(await failedWith("deploy", "net:demo-int8", target, "--task", "kws01")).toBe("USAGE 2");
    expect(await failedWith("deploy", "net:demo-int8", target, "--build", "simd")).toBe("USAGE 2");
    expect((await cli(["monitor", target, "--samples", "1"])).stdout).toContain("loaded");
  });

  plainTest("wrong calls", async () => {
    expect(await failedWith("deploy", "net:demo-int8", "somewhere")).toBe("USAGE 2");
    expect(await failedWith("deploy", "net:demo-int8", "board:")).toBe("USAGE 2");
    expect(await failedWith("deploy", "net:demo-int8", "board:/dev/no-port")).toBe(
      "TARGET_MISSING 1",
    );
    expect(await failedWith("deploy", "net:demo-int8", "board:x", "--step-limit", "60001")).toBe(
      "USAGE 2",
    );
    expect(await failedWith("run", "net:demo-int8", "--target", "moon")).toBe("USAGE 2");
    expect(await failedWith("run", "net:demo-int8", "--target", "board:/dev/no-port")).toBe(
      "TARGET_MISSING 1",
    );
  });
});

/** More bytes of data than the slot has. */
async function tooLong(): Promise<Uint8Array> {
  const source = exportGlobals({ ...GLOBALS, mem_used: 120_000 }) + INIT_AND_STEP;
  const numbers = Array.from({ length: 66_000 }, (_, k) => (k * 7 + 1) % 251).join(",");
  return handmade({
    source: `${source}\nexport const later: i32 = i32(memory.data<u8>([${numbers}]));`,
    flags: [
      ...["--memoryBase", "1024", "--disable", "bulk-memory"],
      ...["--initialMemory", "2", "--maximumMemory", "2"],
    ],
  });
}

describe("run and bench", () => {
  const computesTheSame = async (where: string) => {
    const there = where === "board" ? target : where;
    for (const model of ["net:demo-int8", "net:demo-spikes"]) {
      const length = model === "net:demo-int8" ? ["--samples", "8"] : ["--steps", "40"];
      const run = async (name: string) => {
        const output = path(`${where}-${name === "local" ? "local" : "there"}.csv`);
        const args = ["run", model, "--target", name, "--seed", "3", ...length];
        const { document } = await cliJson([...args, "--output", output]);
        const { target: on, build, outputs, counters } = document;
        return { on, build, outputs, counters };
      };
      const [here, away] = [await run("local"), await run(there)];
      expect([away.on, away.build]).toEqual([there, "mvp"]);
      expect([away.outputs, away.counters]).toEqual([here.outputs, here.counters]);
    }
  };
  for (const where of ["wasm3", "board"]) {
    test(`on ${where}: what the local target computes`, () => computesTheSame(where));
  }

  test("a board is let go of where something else is refused after it was opened", async () => {
    const held = () =>
      readdirSync("/proc/self/fd").filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`) === board.path;
        } catch {
          return false; // that of the listing itself
        }
      });
    const labels = file("labels.txt", "17\n");
    for (const model of ["net:demo-int8", "net:demo-spikes"]) {
      const args = ["run", model, "--target", target, "--seed", "1", "--labels", labels];
      expect(await failedWith(...args)).toBe("INPUT_FORMAT 1");
      expect(held()).toEqual([]);
    }
  });

  test("state goes from one target to another", async () => {
    const state = path("network.state");
    const args = ["run", "net:izhikevich?type=CH"];
    await cliJson([...args, "--target", target, "--steps", "300", "--save-state", state]);
    const rest = ["--steps", "200", "--load-state", state, "--record"];
    await cliJson([...args, ...rest, `neuron.v=${path("here.csv")}`]);
    await cliJson([...args, ...rest, `neuron.v=${path("there.csv")}`, "--target", "wasm3"]);
    const { readFileSync } = await import("node:fs");
    expect(readFileSync(path("there.csv"), "utf8")).toBe(readFileSync(path("here.csv"), "utf8"));
  });

  test("bench: the board's own microseconds", async () => {
    const args = ["bench", "net:demo-int8", "net:demo-spikes", "--seconds", "0.2"];
    const { document } = await cliJson([...args, "--target", target]);
    expect(document.results).toHaveLength(2);
    for (const result of document.results) {
      expect(result).toMatchObject({ target, build: "mvp", flavour: null });
      expect(result.n).toBeGreaterThan(4);
      expect(result.minUs).toBeGreaterThan(0);
      expect(result.overheadP50Us).toBeGreaterThan(0);
      expect(result).not.toHaveProperty("cyclesP50"); // this board has no counter
    }
  });
});

describe("monitor", () => {
  test("a line per sample, then the summary", async () => {
    const { code, stdout } = await cli([
      ...["monitor", target, "--interval", "0.05", "--samples", "3", "--json"],
    ]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const samples = lines.filter((line) => "sample" in line);
    expect([code, samples.length]).toEqual([0, 3]);
    expect(samples[0].sample).toMatchObject({ stage: "none", arenaBytes: 131072 });
    const head = { schema: 1, verb: "monitor", ok: true, warnings: [] };
    for (const line of lines) expect(line).toMatchObject(head);
    expect(lines.find((line) => "log" in line)?.log).toContain("start");
    expect(lines.at(-1)).toMatchObject({ ok: true, target, samples: 3, restarts: 0 });
  });

  test("a board that disappears is found again, and that is said; Ctrl-C ends it", async () => {
    const interrupt = new AbortController();
    let stdout = "";
    const watching = cli(["monitor", target, "--interval", "0.05"], {
      signal: interrupt.signal,
      stdout: { write: (text) => (stdout += text) },
    });
    const until = async (pattern: RegExp) => {
      while (!pattern.test(stdout)) await new Promise((resolve) => setTimeout(resolve, 25));
    };
    await until(/up .*\n.*up /s);
    await board.powerOff();
    await board.powerOn();
    stdout = "";
    await until(/up .*\n.*up /s);
    interrupt.abort();
    const { code, stderr } = await watching;
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: the line is gone/);
    expect(stderr).toMatch(/the line is there again after/);
    expect(stderr).toMatch(/a restart .*\(power\)/);
    expect(stdout).toMatch(/watched +\S+ s, \d+ samples/);
    expect(stdout).toMatch(/1 restart, found again [1-9]/);
  });

  test("ends at once when nobody reads any more", async () => {
    const unread = new AbortController();
    const stdout = { write: (text: string) => text.startsWith("up ") && unread.abort() };
    const { code } = await cli(["monitor", target, "--interval", "3600"], {
      unread: unread.signal,
      stdout,
    });
    expect(code).toBe(0);
  });

  plainTest("without a board", async () => {
    expect(await failedWith("monitor")).toBe("USAGE 2");
    expect(await failedWith("monitor", "board:/dev/no-port")).toBe("TARGET_MISSING 1");
  });

  test("the board of TW_BOARD", async () => {
    const { document } = await cliJson(["devices", target]);
    expect(document.ports.at(-1)).toMatchObject({
      target,
      board: { board: "posix" },
      problem: null,
    });
    for (const named of [target, board.path]) {
      const { code, stdout } = await cli(["monitor", "--samples", "1"], {
        env: { TW_BOARD: named },
      });
      expect([code, stdout.includes("posix (serial 0)")]).toEqual([0, true]);
    }
  });
});

describe("devices", () => {
  plainTest("what runs here, and a port that is none", async () => {
    const { document } = await cliJson(["devices", "board:/dev/null"]);
    expect(document.targets.map(({ name }: { name: string }) => name)).toEqual(["local", "wasm3"]);
    expect(document.targets[0]).toMatchObject({ runs: true, fix: null });
    expect(document.ports.at(-1)).toMatchObject({ board: null, problem: { code: "IO" } });
    expect((await cli(["devices"])).stdout).toMatch(/^targets +local +runs/);
  });
});
