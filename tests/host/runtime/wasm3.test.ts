/** The firmware's core as a process, on pipes and on a pseudo-terminal: real time, real bytes. */
import { afterAll, beforeAll, describe, expect, test as plainTest } from "vitest";
import { networkByName } from "../../../host/cli/networks.ts";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { TwentyWattError } from "../../../host/errors.ts";
import { serialLine } from "../../../host/lines/index.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import {
  boardTarget,
  checkForBoard,
  install,
  localTarget,
  openLink,
  runSelfTest,
  sessionOn,
  wasm3Target,
} from "../../../host/runtime/index.ts";
import { exportGlobals, GLOBALS, handmade, INIT_AND_STEP } from "../../support/handmade-module.ts";
import { noisyLine } from "../../support/line-damage.ts";
import { missingPosix, PosixBoard, posixProgram } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";

const missing = missingPosix();
const test = testUnless(missing);

const messageOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof TwentyWattError ? error.message : `not coded: ${error}`;
  }
};

const module = async (name: string): Promise<Uint8Array> =>
  (await compile(await networkByName(name), DEFAULT_OPTIONS)).wasm;

describe("wasm3", () => {
  test("steps, counts, keeps its state, and passes its self-test", async () => {
    const wasm = await module("net:demo-spikes");
    const [there, here] = [
      await wasm3Target(posixProgram).load(wasm),
      await localTarget().load(wasm),
    ];
    expect(there.target).toBe("wasm3");
    expect(await runSelfTest(there)).toBe(true);
    const n = 30;
    const inputs = Uint8Array.from({ length: n * there.inputBytes }, (_, k) => (k % 7 ? 0 : 1));
    const outputs = new Uint8Array(n * there.outputBytes);
    await there.steps(inputs, n, outputs);
    const output = new Uint8Array(here.outputBytes);
    for (let k = 0; k < n; k++) {
      here.step(inputs.subarray(k * here.inputBytes, (k + 1) * here.inputBytes), output);
      expect(outputs.slice(k * output.length, (k + 1) * output.length)).toEqual(output);
    }
    expect(await there.counters()).toEqual(here.counters());
    expect(await there.readState()).toEqual(here.readState());
    expect((await there.timedStep(inputs.slice(0, there.inputBytes))).us).toBeGreaterThan(0);
    await there.close();
  });

  plainTest("without the program: TARGET_MISSING", async () => {
    const wasm = await handmade({ source: exportGlobals(GLOBALS) + INIT_AND_STEP });
    const target = wasm3Target(async () => "/no/such/program");
    expect(await messageOf(target.load(wasm))).toMatch(/^TARGET_MISSING: wasm3/);
  });
});

describe("a board on a pseudo-terminal, through serialport", () => {
  let board: PosixBoard;
  beforeAll(async () => {
    if (!missing) board = await PosixBoard.start();
  });
  afterAll(() => board?.close());

  test("takes a module, keeps it over a restart, and says that it restarted", async () => {
    const wasm = await module("net:demo-int8?input=features");
    const target = boardTarget(serialLine(board.path));
    const session = await target.load(wasm);
    const before = await session.link.hello();
    expect(before).toMatchObject({ board: "posix", resetReason: "power" });
    const output = new Uint8Array(session.outputBytes);
    const input = new Uint8Array(session.inputBytes).fill(3);
    await session.step(input, output);
    await board.powerOff();
    await board.powerOn();
    expect(await messageOf(session.step(input, output))).toMatch(/^DEVICE_RESTARTED.*power/);
    // it is there, and runs: nothing is sent again
    const stages: string[] = [];
    await session.close();
    const again = await boardTarget(serialLine(board.path), {
      onProgress: (stage) => stages.push(stage),
    }).load(wasm);
    expect(stages).toEqual([]);
    const second = new Uint8Array(again.outputBytes);
    await again.step(input, second);
    expect(second).toEqual(output);
    await again.close();
  });

  test("an endless loop: the watchdog, a coded error, and the old module goes on", async () => {
    const old = await module("net:demo-int8?input=features");
    const session = await boardTarget(serialLine(board.path)).load(old);
    const source = `${exportGlobals(GLOBALS)}
      export function init(): i32 { return 0; }
      export function step(): i32 { while (load<u8>(16) != 1) {} return 0; }`;
    const selfTest = { steps: 1, input: "AAAAAAAAAAA=", output: "AAAAAAAAAAA=" };
    const wasm = await handmade({ source, manifest: { selfTest } });
    const checked = checkForBoard(wasm);
    const endless = await sessionOn(session.link, checked);
    expect(await messageOf(install(endless, wasm, checked, {}, { stepLimitMs: 200 }))).toMatch(
      /^DEVICE_TRAP: board:.*\(watchdog\).*within 200 ms/,
    );
    expect(await runSelfTest(session)).toBe(true);
    await session.close();
  });

  test("a deployment over a line that damages bytes and is unplugged: whole, once", async () => {
    const wasm = await module("net:demo-spikes?input=features");
    const noise = { damaged: 0.1, unplugged: 0.06, late: 0.05, delayMs: 300 };
    const line = noisyLine(serialLine(board.path), mulberry32(21), noise);
    const gaps: number[] = [];
    const session = await boardTarget(line, { onFound: (ms) => gaps.push(ms) }).load(wasm);
    expect(await runSelfTest(session)).toBe(true);
    const { resends } = session.link.counts();
    expect([resends > 0, gaps.length > 0]).toEqual([true, true]);
    await session.close();
    const stages: string[] = [];
    const onProgress = (stage: string) => void stages.push(stage);
    const again = await boardTarget(serialLine(board.path), { onProgress }).load(wasm);
    expect(stages).toEqual([]);
    await again.close();
  });

  test("one program at a time", async () => {
    const first = openLink(serialLine(board.path));
    await first.hello();
    const second = openLink(serialLine(board.path));
    expect(await messageOf(second.hello())).toMatch(/^DEVICE_BUSY/);
    await first.close();
    await second.close();
  });
});

plainTest("a port that is not there, and one that is none", async () => {
  const missingPort = openLink(serialLine("/dev/no-such-port"));
  expect(await messageOf(missingPort.hello())).toMatch(/^TARGET_MISSING: \/dev\/no-such-port/);
  const file = openLink(serialLine("/dev/null"));
  expect(await messageOf(file.hello())).toMatch(/^IO: \/dev\/null/);
  const usb = openLink(serialLine("ffff:fffe:none"));
  expect(await messageOf(usb.hello())).toMatch(/^TARGET_MISSING: board:ffff:fffe:none/);
});
