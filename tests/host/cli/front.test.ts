/** `--front`: a module that takes samples, by name and from a file; its state saved and resumed; what is refused. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cli, cliJson, failedWith, folderOfFiles } from "../../support/cli.ts";
import { dataPath, dataTest, readData } from "../../support/data.ts";
import { FRONTS } from "../../support/fronts.ts";

const { file, path } = folderOfFiles();
const NET = "net:demo-int8?input=features";

const { name: _, ...lines } = FRONTS["the lines of a spectrum, less their mean"] ?? { name: "" };
const front = file("lines.json", JSON.stringify(lines));

async function refused(code: string, ...args: readonly string[]): Promise<void> {
  expect(await failedWith(...args)).toBe(`${code} ${code === "USAGE" ? 2 : 1}`);
}

/** i16 of noise that grows: `hops` of 128 samples. */
function samples(name: string, hops: number): string {
  const values = Int16Array.from({ length: 128 * hops }, (_, k) => ((k * 7919) % (k + 2)) - k / 2);
  return file(name, new Uint8Array(values.buffer));
}

test("compile, inspect and run say what a module takes", async () => {
  const wasm = path("lines.wasm");
  await cliJson(["compile", NET, "--front", front, "-o", wasm]);
  const { document } = await cliJson(["inspect", wasm]);
  expect(document.inputs).toEqual([
    {
      ...{ name: "samples", shape: [128, 1], dtype: "i16", edge: "value", scale: 1 / 256 },
      ...{ zeroPoint: 0, sampleRateHz: 4096, unit: "m/s²", hop: 128, channels: 1 },
    },
  ]);
  const inspected = await cliJson(["inspect", NET, "--front", front]);
  expect(inspected.document.nodes.slice(0, 5).map(({ kind }: { kind: string }) => kind)).toEqual([
    ...["Window", "Spectrum", "Log", "Normalise", "CONV_2D"],
  ]);
  const { memory } = inspected.document;
  expect(document.memory.memUsedBytes).toBe(memory.memUsedBytes);
  expect(memory.stateBytes).toBe(128 + 8 + 520);
  const { stdout } = await cli(["inspect", NET, "--front", front]);
  expect(stdout).toContain("samples [128,1] int16, scale 0.00390625 m/s², 4096 Hz, 31.3 ms a step");
});

test("a run in two parts is the run in one, on both builds, and csv means the same as bin", async () => {
  const input = samples("all.bin", 12);
  const bytes = readFileSync(input);
  writeFileSync(path("first.bin"), bytes.subarray(0, 5 * 256));
  writeFileSync(path("second.bin"), bytes.subarray(5 * 256));
  const values = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const rows = Array.from({ length: 12 }, (_, k) =>
    Array.from(values.subarray(k * 128, (k + 1) * 128), (x) => x / 256).join(","),
  );
  file("all.csv", `${rows.join("\n")}\n`);
  const run = (build: string, from: string, to: string, ...more: readonly string[]) =>
    cliJson([
      ...["run", NET, "--front", front, "--build", build],
      ...["--input", path(from), "--output", path(to), ...more],
    ]);
  const whole = await run("simd", "all.bin", "whole.bin", "--save-state", path("whole.state"));
  expect(whole.document.samples).toBe(12);
  await run("simd", "all.csv", "csv.bin");
  expect(readFileSync(path("csv.bin"))).toEqual(readFileSync(path("whole.bin")));
  await run("simd", "first.bin", "a.bin", "--save-state", path("half.state"));
  const resumed = ["--load-state", path("half.state"), "--save-state", path("end.state")];
  await run("mvp", "second.bin", "b.bin", ...resumed);
  expect(Buffer.concat([readFileSync(path("a.bin")), readFileSync(path("b.bin"))])).toEqual(
    readFileSync(path("whole.bin")),
  );
  expect(readFileSync(path("end.state"))).toEqual(readFileSync(path("whole.state")));
  // the same sizes, another window
  const other = file("other.json", JSON.stringify(lines).replace('"hann"', '"hamming"'));
  await refused(
    "STATE_MISMATCH",
    ...["run", NET, "--front", other, "--load-state", path("half.state")],
  );
});

test("refused before anything is compiled", async () => {
  await refused("USAGE", "run", NET, "--front", "nothing");
  // one front end before another; and one without spikes
  await refused("USAGE", "run", "net:demo-int8", "--front", front);
  const spikes = "net:demo-spikes?input=features";
  await refused("MODEL_SHAPE", "run", spikes, "--front", front);
  await refused("MODEL_SHAPE", "run", NET, "--front", "vibration-spikes");
  await refused("MODEL_SHAPE", "run", NET, "--front", "sww");
  await refused("IO", "run", NET, "--front", path("missing.json"));
  await refused("MODEL_FORMAT", "run", NET, "--front", file("broken.json", "{"));
  await refused("USAGE", "run", NET, "--save-state", path("none.state"));
  await refused("USAGE", "compile", NET, "--front", front, "-o", front);
  const wasm = path("own.wasm");
  await cliJson(["compile", NET, "--front", front, "-o", wasm]);
  await cliJson(["run", wasm, "--front", front, "--samples", "2"]);
  await refused("USAGE", "run", wasm, "--front", "sww");
  await refused("INPUT_SIZE", "run", wasm, "--input", file("odd.bin", new Uint8Array(257)));
});

dataTest("the wake word's front end before its network", async () => {
  const sound = readData("sww01/short_wav_easy10s.wav").slice(44, 44 + 60 * 2048);
  const { document } = await cliJson([
    ...["run", dataPath("models/str_ww_ref_model.tflite"), "--front", "sww"],
    ...["--input", file("sound.bin", sound), "--output", path("answers.bin")],
  ]);
  expect(document.samples).toBe(60);
  const stored = readData("sww01/short_wav_activations_311x3.double_rounding.i8.bin");
  // the first hop fills half a window
  expect(Array.from(readFileSync(path("answers.bin")).subarray(3))).toEqual(
    Array.from(stored.slice(0, 59 * 3)),
  );
});

dataTest(
  "a wake word from a file of sound: a probability a hop, and what it was sure of",
  async () => {
    const model = dataPath("models-public/okay_nabu.tflite");
    const sound = dataPath("audio/yes_1000ms.wav");
    const run = ["run", model, "--front", "microwakeword", "--input", `wav:${sound}`];
    const { stdout } = await cli(run);
    const lines = stdout.split("\n").filter((line) => /^\d\.\d{3} s {2}0(\.\d+)?$/.test(line));
    expect(lines).toHaveLength(33);
    expect(lines[1]).toMatch(/^0\.060 s/);
    // a state saved in the middle is that of the network and of its front end
    const [state, output] = [path("nabu.state"), path("nabu.bin")];
    await cli([...run, "--output", output]);
    const whole = readFileSync(output);
    await cli([...run, "--samples", "20", "--save-state", state]);
    const rest = file("rest.wav", laterSound(readData("audio/yes_1000ms.wav"), 20 * 480));
    await cli([...run.slice(0, -1), `wav:${rest}`, "--load-state", state, "--output", output]);
    expect(readFileSync(output)).toEqual(whole.subarray(20));
  },
);

/** The sound from a sample on, its head's lengths made right. */
function laterSound(wav: Uint8Array, from: number): Uint8Array {
  const later = Buffer.concat([wav.subarray(0, 44), wav.subarray(44 + 2 * from)]);
  later.writeUInt32LE(later.length - 8, 4);
  later.writeUInt32LE(later.length - 44, 40);
  return later;
}
