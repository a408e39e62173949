/** `power stand-in`: the public energy runner's dialogue, with the posix board in energy mode behind a simulated meter. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { serialLine } from "../../../host/lines/index.ts";
import { openLink } from "../../../host/runtime/index.ts";
import { parseStatus } from "../../../host/runtime/requests.ts";
import { NOT_BUILT } from "../../support/built.ts";
import { cli, failure, folderOfFiles } from "../../support/cli.ts";
import { misfits } from "../../support/documents.ts";
import { EnergyRunner } from "../../support/energy-runner.ts";
import { FakeMeter } from "../../support/fake-meter.ts";
import { COPY_INFO, copyingTask } from "../../support/firmware-exchange.ts";
import { plainDeploy } from "../../support/plain-deploy.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { printing } from "../../support/printing-port.ts";
import { testUnless } from "../../support/skip.ts";

const missing = missingPosix();
const posixTest = testUnless(missing);
const folder = mkdtempSync(join(tmpdir(), "twentywatt-stand-in-"));
const pin = join(folder, "pin");
folderOfFiles();
const INPUT = Uint8Array.from([0, 1, 127, 128, 129, 200, 254, 255]);
/** 2 W without noise. */
const METER = "sim:steady?watts=2&noise=0";

let board: PosixBoard;
async function deploy(energy: boolean): Promise<void> {
  const link = openLink(serialLine(board.path));
  await plainDeploy(link, copyingTask(), { ...COPY_INFO, energy });
  await link.close();
}
beforeAll(async () => {
  if (missing) return;
  board = await PosixBoard.start("--pin", pin);
  await deploy(true);
});
afterAll(async () => {
  await board?.close();
  rmSync(folder, { recursive: true });
});

type Started = {
  readonly paths: { readonly interface: string; readonly monitor: string };
  readonly stop: () => Promise<{ code: number; stdout: string; stderr: string }>;
  readonly ended: Promise<{ code: number; stdout: string; stderr: string }>;
};
const started: Started[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

/** Resolves when the two paths are printed. */
async function start(...args: readonly string[]): Promise<Started> {
  const stopped = new AbortController();
  let text = "";
  let printed = () => {};
  const ready = new Promise<void>((resolve) => {
    printed = resolve;
  });
  const given = ["power", "stand-in", "--board", board.path, "--meter", METER, ...args];
  const ended = cli(given, {
    signal: stopped.signal,
    stdout: {
      write(more: string) {
        text += more;
        if (/unofficial/.test(text)) printed();
      },
    },
  }).then((ran) => ({ ...ran, stdout: text }));
  await Promise.race([ready, ended]);
  const path = (name: string) =>
    new RegExp(`^${name} +(/dev/pts/\\d+)`, "m").exec(text)?.[1] ??
    new RegExp(`"${name}":"([^"]+)"`).exec(text)?.[1] ??
    "";
  const one: Started = {
    paths: { interface: path("interface"), monitor: path("monitor") },
    ended,
    stop() {
      stopped.abort("SIGINT");
      return ended;
    },
  };
  started.push(one);
  return one;
}

/** When the board's pin fell, in milliseconds of this computer's clock. */
const fallsIn = (file: string): number[] =>
  readFileSync(file, "latin1")
    .trim()
    .split("\n")
    .filter((edge) => edge.endsWith(" 0"))
    .map((edge) => Number(BigInt(edge.slice(0, -2)) / 1000n) / 1000);

posixTest(
  "the dialogue of a whole session, byte for byte, and joules that are those of the meter",
  async () => {
    const stand = await start("--pin", pin);
    const runner = new EnergyRunner();
    await runner.open(stand.paths);
    await runner.begin();
    expect(runner.replies).toEqual(
      [
        ...["htc", 'lcd 1 "MLPerf Tiny"', 'lcd 2 "     monitor    "', "pwr off", "acqtime inf"],
        ...["trigdelay 0", "trigsrc sw", "eventsrc d7 fal", "output energy", "format ascii_dec"],
        ...["freq 1k", "volt 1800m", 'lcd 2 "           1.8V "', "pwr on nostatus", "start"],
      ].map((command) => `PowerShield > ack ${command}`),
    );
    expect(await runner.ask("checkbaud")).toEqual(["baud is: 115200", "m-ready"]);
    expect(await runner.ask("setbaud 9600")).toEqual(["set baud to: 9600", "m-ready"]);
    expect(await runner.ask("checkbaud")).toEqual(["baud is: 9600", "m-ready"]);
    expect(await runner.ask("name")).toEqual(["tinyML Enhanced Interface Board", "m-ready"]);
    expect(await runner.dut("name")).toEqual(["m-name-dut-[posix]", "m-ready"]);
    expect(await runner.dut("profile")).toEqual([
      "m-profile-[ULPMark for tinyML Firmware V0.0.1]",
      "m-model-[kws01]",
      "m-ready",
    ]);
    runner.answers.length = 0;
    const trials = [];
    for (let k = 0; k < 3; k++) trials.push(await runner.trial(INPUT, 2_000_000, 0));
    expect(runner.answers.slice(0, 16)).toEqual([
      ...["m-dut-passthrough(db load 8)", "m-ready"],
      ...["[dut]: m-[Expecting 8 bytes]", "[dut]: m-ready"],
      ...["m-dut-passthrough(db 00017f8081c8feff)", "m-ready"],
      ...["[dut]: m-load-done", "[dut]: m-ready"],
      ...["m-dut-passthrough(infer 2000000 0)", "m-ready"],
      ...["[dut]: m-warmup-start-0", "[dut]: m-warmup-done", "[dut]: m-infer-start-2000000"],
      ...[
        "[dut]: m-infer-done",
        "[dut]: m-results-[0.500,0.503,0.996,0.000,0.003,0.281,0.492,0.496]",
      ],
      ...["[dut]: m-ready"],
    ]);
    const times = fallsIn(pin).slice(-6);
    for (const [k, { joules, milliseconds }] of trials.entries()) {
      // between the pin's edges, to the millisecond of the form at each end
      const truth = (times[2 * k + 1] as number) - (times[2 * k] as number);
      expect(Math.abs(milliseconds - truth)).toBeLessThanOrEqual(1);
      // four digits of 2 mJ, what they cut off carried on
      expect(Math.abs(joules - 2e-3 * milliseconds)).toBeLessThan(4e-6);
    }
    await runner.end();
    expect(runner.replies.slice(-4)).toEqual([
      ...["PowerShield > ack pwr off", "PowerShield > Acquisition completed"],
      ...["PowerShield > ack pwr off", "PowerShield > ack hrc"],
    ]);
    const { code, stdout, stderr } = await stand.stop();
    expect(code).toBe(0);
    const windows = stdout.split("\n").filter((line) => line.startsWith("window "));
    expect(windows).toHaveLength(3);
    for (const line of windows)
      expect(line).toMatch(/2,000,000 inferences in .*per inference, scope target, estimated$/);
    expect(stdout).toContain("unofficial");
    expect(stderr).toContain("1800 mV");
  },
);

testUnless(missing ?? NOT_BUILT)(
  "timestamps by D0 of a fake PPK2 on the board's pin: the joules of the load that it was given",
  async () => {
    const edges = join(folder, "sampled");
    // the pin is high from the start, and the port adds what changes
    writeFileSync(edges, "0 1\n");
    const other = await PosixBoard.start("--pin", edges);
    const first = board;
    let meter: FakeMeter | null = null;
    try {
      board = other;
      await deploy(true);
      // at 3.3 V 12 mA while the pin is high, and 2 mA while it is low, for a millisecond at each timestamp
      meter = await FakeMeter.start(edges, 2, 12, 1000);
      const uri = `ppk2:${meter.path}?mode=source&mv=3300`;
      const stand = await start("--meter", uri, "--pin", "D0", "--json");
      const runner = new EnergyRunner();
      await runner.open(stand.paths);
      await runner.begin("3.3");
      const trials = [];
      for (let k = 0; k < 2; k++) trials.push(await runner.trial(INPUT, 300_000, 0));
      await runner.end();
      const { code, stdout } = await stand.stop();
      expect(code).toBe(0);
      const { windows, ...last } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
      expect(last).toMatchObject({ unofficial: true, scope: "target", quality: "derived" });
      expect(windows).toHaveLength(2);
      const falls = fallsIn(edges).slice(-4);
      for (const [k, { joules, milliseconds, results }] of trials.entries()) {
        expect(results).toMatch(/^0\.500,/);
        const truth = (falls[2 * k + 1] ?? 0) - (falls[2 * k] ?? 0);
        const { coverage, joulesPerInference, inferences, seconds } = windows[k];
        // a computer that is too busy for 100,000 samples a second loses some, and says so
        if (coverage < 1 || !Number.isFinite(joules)) continue;
        expect(Math.abs(milliseconds - truth)).toBeLessThanOrEqual(1.5);
        // a window from fall to fall has one of them: 39.6 mW, less 33 mW for a millisecond
        expect(joules / (39.6e-6 * milliseconds - 33e-6)).toBeCloseTo(1, 2);
        const each = (39.6e-3 * seconds - 33e-6) / inferences;
        expect(joulesPerInference.value / each).toBeCloseTo(1, 2);
        expect(joulesPerInference.low).toBeLessThan(each);
        expect(joulesPerInference.high).toBeGreaterThan(each);
      }
    } finally {
      board = first;
      await meter?.close();
      await other.close();
    }
  },
);

posixTest("without a pin the board's lines stand for it, and a runner may come again", async () => {
  const stand = await start("--json");
  for (let session = 0; session < 2; session++) {
    const runner = new EnergyRunner();
    await runner.open(stand.paths);
    await runner.begin("3.3");
    const before = readFileSync(pin, "latin1").length;
    const { joules, milliseconds } = await runner.trial(INPUT, 1_000_000, 10);
    const edges = readFileSync(pin, "latin1").slice(before).trim().split("\n");
    const [, from = "", , to = ""] = ["", ...edges].map((edge) => edge.split(" ")[0]);
    const truth = Number(BigInt(to) - BigInt(from)) / 1e6;
    expect(Math.abs(milliseconds - truth)).toBeLessThan(100); // this computer's turns
    expect(Math.abs(joules - 2e-3 * milliseconds)).toBeLessThan(4e-6);
    // the second one leaves without a word, as at Ctrl-C
    if (session === 0) await runner.end();
    else await runner.close();
  }
  const { code, stdout } = await stand.stop();
  expect(code).toBe(0);
  const documents = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(documents[0].standIn).toMatchObject({
    unofficial: true,
    scope: "target",
    quality: "estimated",
  });
  const last = documents.pop();
  expect(last.windows).toHaveLength(2);
  for (const { joulesPerInference: each, inferences, seconds } of last.windows) {
    expect(each.low < each.value && each.value < each.high).toBe(true);
    expect(each.value * inferences).toBeCloseTo(2 * seconds, 3);
  }
  expect(misfits("powerStandIn", last)).toEqual([]);
  for (const line of documents) expect(misfits("powerStandInLine", line)).toEqual([]);
});

posixTest(
  "any bytes on both terminals: no frame reaches the board, and the dialogue goes on",
  async () => {
    const before = openLink(serialLine(board.path));
    const { badFrames } = parseStatus(await before.request("STATUS"));
    await before.close();
    const stand = await start();
    const runner = new EnergyRunner();
    await runner.open(stand.paths);
    let seed = 7;
    const random = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return seed >>> 16;
    };
    for (let k = 0; k < 60; k++) {
      const bytes = Array.from({ length: random() % 300 }, () =>
        String.fromCharCode(random() & 0xff),
      );
      const text = bytes.join("").replaceAll("%", "");
      runner.interface.write(`\0${text}\0%dut \0${text}%`);
      runner.monitor.write(`${text}\r\n`);
    }
    runner.interface.write("%".repeat(50));
    runner.interface.write(`dut ${"x".repeat(3_000)}%`);
    runner.monitor.write(`${"y".repeat(3_000)}\r\nstart now\r\n`);
    await runner.settle();
    expect(await runner.command("htc")).toBe(true);
    const refused = [
      "volt 1799m",
      "volt 3301m",
      "volt 0x90m",
      "freq 100k",
      "format bin_hexa",
      "stop!",
    ];
    for (const command of [...refused, `lcd 1 "${"z".repeat(17)}"`, "start now", "constructor"]) {
      expect([command, await runner.command(command)]).toEqual([command, false]);
    }
    expect(runner.replies).toContainEqual("Error detail: expected 1k: a sample a millisecond");
    await runner.begin();
    expect((await runner.trial(INPUT, 100_000, 0)).results).toMatch(/^0\.500,/);
    await runner.end();
    await stand.stop();
    const link = openLink(serialLine(board.path));
    const status = parseStatus(await link.request("STATUS"));
    await link.close();
    expect(status.badFrames).toBe(badFrames);
  },
);

posixTest("a board that goes: what was lost, and exit code 1", async () => {
  const other = await PosixBoard.start("--pin", join(folder, "other"));
  const first = board;
  try {
    board = other;
    await deploy(true);
    const stand = await start();
    await other.powerOff();
    const { code, stderr } = await stand.ended;
    expect(code).toBe(1);
    expect(stderr).toContain("DEVICE_TIMEOUT: board:");
  } finally {
    board = first;
    await other.close();
  }
});

posixTest("a meter that goes, and one without a pin", async () => {
  const meter = printing("5.00 V 100.0 mA\r\n", 10);
  const stand = await start("--meter", `text:${meter.path}`);
  setTimeout(() => meter.close(), 200);
  const { code, stderr } = await stand.ended;
  expect(code).toBe(1);
  expect(stderr).toContain("METER_LOST: --meter text:");
  const again = printing("5.00 V 100.0 mA\r\n", 10);
  const args = ["--board", board.path, "--meter", `text:${again.path}`, "--pin", "D0"];
  const { stderr: refused } = await cli(["power", "stand-in", ...args]);
  again.close();
  expect(refused).toContain("USAGE: --pin: got a pin of ");
});

posixTest("refused before anything is opened", async () => {
  const file = join(folder, "not-a-pin");
  const on = ["power", "stand-in", "--board", board.path];
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["power", "stand-in", "--meter", METER], "USAGE"],
    [on, "USAGE"],
    [[...on, "--meter", METER, "--pin", file], "USAGE"],
    [[...on, "--meter", METER, "--seconds", "1"], "USAGE"],
    [[...on, "--meter", "sim:steady,sim:pulses"], "USAGE"],
    [[...on, "--meter", "rapl"], "METER_MISSING"],
    [["power", "stand-in", "--board", "/dev/no-such-port", "--meter", METER], "TARGET_MISSING"],
    [["power", "--board", board.path, "--meter", METER], "USAGE"],
  ];
  for (const [args, code] of cases) expect((await failure(...args)).errors[0]?.code).toBe(code);
  await deploy(false);
  const { errors } = await failure(...on, "--meter", METER);
  expect(errors[0]).toMatchObject({ code: "TARGET_MISSING", got: "a model in performance mode" });
  await deploy(true);
  writeFileSync(file, "");
});
