/** MLPerf Tiny's device protocol, byte for byte, over the pseudo-terminal of the posix port. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect } from "vitest";
import { importModel } from "../../host/importers/index.ts";
import { serialLine } from "../../host/lines/index.ts";
import { openLink } from "../../host/runtime/index.ts";
import type { SlotInfo } from "../../host/runtime/requests.ts";
import { hasData, readData, readInt8 } from "../support/data.ts";
import { COPY_INFO, copyingTask, exchange } from "../support/firmware-exchange.ts";
import { demoModule, mvpModule, writtenModule } from "../support/firmware-modules.ts";
import { Runner } from "../support/firmware-runner.ts";
import { plainDeploy } from "../support/plain-deploy.ts";
import { missingPosix, PosixBoard, posixProgram } from "../support/posix-board.ts";
import { testUnless } from "../support/skip.ts";
import { plainModule } from "../support/wasm-module.ts";

const posixTest = testUnless(missingPosix());
const posixDataTest = testUnless(
  missingPosix() ?? (hasData ? null : { reason: "no shared data", fix: "set TWENTYWATT_DATA" }),
);

const folders: string[] = [];
const boards: PosixBoard[] = [];
const runners: Runner[] = [];
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.close();
  for (const board of boards.splice(0)) await board.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-mlperf-"));
  folders.push(folder);
  return folder;
}

/** A board that holds a module, or none, and a runner on its line. */
async function runnerOn(
  wasm: Uint8Array | null,
  info: Partial<SlotInfo> = {},
  ...args: readonly string[]
): Promise<Runner> {
  const board = await PosixBoard.start(...args);
  boards.push(board);
  const line = serialLine(board.path);
  if (wasm) {
    const link = openLink(line);
    await plainDeploy(link, wasm, info);
    await link.close();
  }
  const runner = await Runner.open(line);
  runners.push(runner);
  await runner.settle();
  return runner;
}

posixTest("every command, well-formed and not", async () => {
  const runner = await runnerOn(copyingTask(), COPY_INFO);
  const { got, expected } = await exchange(runner, "posix");
  expect(got).toEqual(expected);
});

posixTest("timestamps are microseconds, and those of infer embrace the runs", async () => {
  const runner = await runnerOn(copyingTask(), COPY_INFO);
  const lap = async (command: string) =>
    [...(await runner.command(command)).matchAll(/m-lap-us-(\d+)/g)].map((found) =>
      Number(found[1]),
    );
  const before = (await lap("timestamp"))[0] ?? 0;
  const [start = 0, end = 0] = await lap("infer 20000 0");
  const after = (await lap("timestamp"))[0] ?? 0;
  expect(before).toBeLessThan(start);
  // a step takes more than a hundredth of a microsecond on any computer
  expect(end - start).toBeGreaterThan(200);
  expect(end).toBeLessThan(after);
});

posixTest("without a module, or with one of no task, there is an e-line and m-ready", async () => {
  const needing = ["db load 8", "db print", "db 00", "infer", "results"];
  for (const [wasm, line] of [
    [null, "e-[No model is loaded]\r\n"],
    [copyingTask(), "e-[The model speaks for no benchmark]\r\n"],
  ] as const) {
    const runner = await runnerOn(wasm);
    for (const command of needing) expect(await runner.command(command)).toBe(line);
    expect(await runner.command("profile")).toBe(
      `m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\n${line}`,
    );
    expect(await runner.command("name")).toBe("m-name-dut-[posix]\r\n");
    expect(await runner.command("timestamp")).toMatch(/^m-lap-us-\d+\r\n$/);
    expect(await runner.command("infer 0")).toBe("e-[Inference iterations must be >0]\r\n");
  }
});

posixTest("db holds what the arena has left, and says so", async () => {
  const runner = await runnerOn(copyingTask(), COPY_INFO, "--arena", "32768");
  const answer = await runner.command("db load 27648");
  const room = Number(
    /^Supplied buffer size 27648 exceeds maximum of (\d+)\r\n$/.exec(answer)?.[1],
  );
  expect(room).toBeGreaterThan(8);
  expect(room).toBeLessThan(27_648);
  expect(await runner.command(`db load ${room}`)).toBe(`m-[Expecting ${room} bytes]\r\n`);
});

const BYTES = Uint8Array.of(0, 1, 127, 128, 129, 200, 254, 255);
const decimal = (value: number): string => value.toFixed(3);

posixTest("ic01 and vww01: bytes less 128, results rounded", async () => {
  for (const [task, scale, zero] of [
    ["ic01", Math.fround(1 / 256), -128],
    ["vww01", Math.fround(0.0078), 3],
  ] as const) {
    const info = { task, conversion: "u8", outputScale: scale, outputZero: zero } as const;
    const runner = await runnerOn(copyingTask(), info);
    expect(await runner.command("profile")).toContain(`m-model-[${task}]\r\n`);
    const values = [...BYTES].map((byte) => decimal(Math.fround((byte - 128 - zero) * scale)));
    expect(await runner.infer(BYTES)).toBe(values.join(","));
  }
});

posixTest("ad01: float32 in, the mean squared error out", async () => {
  const [inScale, outScale] = [Math.fround(0.39101523), Math.fround(0.36449847)];
  const info: Partial<SlotInfo> = {
    ...{ task: "ad01", conversion: "f32", inputScale: inScale, inputZero: 89 },
    ...{ outputScale: outScale, outputZero: 96 },
  };
  const runner = await runnerOn(copyingTask(), info);
  expect(await runner.command("profile")).toContain("m-model-[ad01]\r\n");
  const input = [-20.3, 0, 1.5, 14.7, -84, 1e9, -1e9, 0.1].map(Math.fround);
  const moderate = input.map((x) => (Math.abs(x) > 1000 ? 3 : x));
  const floats = Float32Array.from(moderate);
  const q = moderate.map((x) => {
    const scaled = Math.fround(x / inScale);
    const rounded = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5) + 89;
    return Math.min(127, Math.max(-128, rounded));
  });
  const errors = q.map(
    (value, k) => (Math.fround((value - 96) * outScale) - (moderate[k] ?? 0)) ** 2,
  );
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const result = Number(await runner.infer(new Uint8Array(floats.buffer)));
  expect(Math.abs(result - mean)).toBeLessThan(0.001);
  // one value too few
  await runner.load(new Uint8Array(floats.buffer, 0, 28));
  expect(await runner.command("infer 1 0")).toContain("Input db has 7 elemented, expected 8\r\n");
});

posixTest("a module that overwrites its input gets it again before every run", async () => {
  // in[0] to out[0], then in[0] counts up
  const step = [0x41, 24, 0x41, 16, 0x2d, 0, 0, 0x3a, 0, 0];
  const count = [0x41, 16, 0x41, 16, 0x2d, 0, 0, 0x41, 1, 0x6a, 0x3a, 0, 0, 0x41, 0];
  const runner = await runnerOn(writtenModule({ step: [...step, ...count] }), COPY_INFO);
  await runner.load(new Uint8Array(8));
  for (const command of ["infer 1 0", "infer 5 3"]) {
    expect(await runner.command(command)).toContain("m-results-[0.500,");
  }
});

posixTest("a trap ends the runs with an e-line, and the board goes on", async () => {
  const runner = await runnerOn(writtenModule({ step: [0x00] }), COPY_INFO);
  await runner.load(new Uint8Array(8));
  const failed = "e-[Inference failed: [trap] unreachable executed]\r\n";
  expect(await runner.command("infer 1 1")).toBe(`m-warmup-start-1\r\n${failed}`);
  expect(await runner.command("infer 1 0")).toMatch(
    /m-lap-us-\d+\r\nm-lap-us-\d+\r\ne-\[Inference/,
  );
  expect(await runner.command("name")).toBe("m-name-dut-[posix]\r\n");
});

posixTest("energy mode: edges on the pin, no laps in the text", async () => {
  const pin = join(newFolder(), "pin");
  const edges = () => readFileSync(pin, "latin1").split("\n").slice(0, -1);
  const runner = await runnerOn(copyingTask(), { ...COPY_INFO, energy: true }, "--pin", pin);
  await runner.load(BYTES);
  expect(edges()).toEqual([]);
  expect(await runner.command("timestamp")).toBe("");
  expect(edges().map((edge) => edge.split(" ")[1])).toEqual(["0", "1"]);
  expect(await runner.command("infer 3 1")).toMatch(
    /^m-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-3\r\nm-infer-done\r\nm-results-\[[\d.,]+\]\r\n$/,
  );
  expect(edges().map((edge) => edge.split(" ")[1])).toEqual(["0", "1", "0", "1", "0", "1"]);
  const times = edges().map((edge) => BigInt(edge.split(" ")[0] ?? ""));
  expect(times).toEqual([...times].sort((a, b) => Number(a - b)));
});

/** What a board on pipes prints from its start to its first m-ready. */
async function bootText(...args: readonly string[]): Promise<string> {
  const child: ChildProcess = spawn(await posixProgram(), ["--stdio", ...args]);
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    if (text.includes("m-ready")) child.stdin?.end();
  });
  await once(child, "close");
  return text;
}

posixTest("the lines of a start, in both modes", async () => {
  const [slots, pin] = [join(newFolder(), "slots"), join(newFolder(), "pin")];
  const performance =
    /^m-timestamp-mode-performance\r\nm-lap-us-\d+\r\nm-init-done\r\nm-ready\r\n$/;
  expect(await bootText("--slots", slots)).toMatch(performance);
  const runner = await runnerOn(copyingTask(), { ...COPY_INFO, energy: true }, "--slots", slots);
  await runner.close();
  await boards[0]?.powerOff();
  expect(await bootText("--slots", slots, "--pin", pin)).toBe(
    "m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n",
  );
  expect(readFileSync(pin, "latin1")).toMatch(/^\d+ 0\n\d+ 1\n$/);
});

posixTest("the project's own network answers as V8 does", async () => {
  const wasm = await demoModule();
  const module = await plainModule(wasm);
  const runner = await runnerOn(wasm, COPY_INFO);
  const length = module.global("in_len");
  for (let sample = 0; sample < 20; sample++) {
    const input = Uint8Array.from({ length }, (_, k) => (k * 31 + sample * 57) & 0xff);
    const output = new Int8Array(module.infer(input).buffer);
    expect(await runner.infer(input)).toBe([...output].map(truncated).join(","));
  }
});

/** The reference's digits of a probability in 256ths. */
const truncated = (q: number): string =>
  `0.${String(Math.floor(((q + 128) * 1000) / 256)).padStart(3, "0")}`;

const publicModule = async (name: string): Promise<Uint8Array> =>
  mvpModule(await importModel(readData(`models/${name}.tflite`), `${name}.tflite`));

posixDataTest("kws01: 20 real inputs", async () => {
  const runner = await runnerOn(await publicModule("kws_ref_model"), COPY_INFO);
  const inputs = readData("kws01/inputs_500x490.i8.bin");
  const outputs = readInt8("kws01/expected_500x12.double_rounding.i8.bin");
  for (let k = 0; k < 20; k++) {
    const expected = [...outputs.subarray(12 * k, 12 * (k + 1))].map(truncated);
    expect(await runner.infer(inputs.subarray(490 * k, 490 * (k + 1)))).toBe(expected.join(","));
  }
});

posixDataTest("ad01: three real windows", async () => {
  const info: Partial<SlotInfo> = {
    ...{ task: "ad01", conversion: "f32", inputScale: 0.39101523, inputZero: 89 },
    ...{ outputScale: 0.36449847, outputZero: 96 },
  };
  const runner = await runnerOn(await publicModule("ad01_int8"), info);
  const floats = readData("ad01/normal_id_01_00000000_hist_librosa.bin");
  const errors: number[] = JSON.parse(Buffer.from(readData("ad01/sample_mse.json")).toString()).mse
    .double;
  for (const window of [0, 1, 195]) {
    const result = await runner.infer(floats.subarray(512 * window, 512 * window + 2560));
    expect(Math.abs(Number(result) - (errors[window] ?? Number.NaN))).toBeLessThan(0.001);
  }
});
