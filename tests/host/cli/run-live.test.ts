/** `run --input` of what is still delivering: the same numbers as from a file, a line for each decision, every loss counted. */
import { describe, expect, test } from "vitest";
import { RecordingWriter } from "../../../host/sensors/recording-writer.ts";
import {
  cli,
  cliJson,
  type Document,
  failedWith,
  failure,
  folderOfFiles,
} from "../../support/cli.ts";
import { misfits } from "../../support/documents.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { kernelTest, printing } from "../../support/printing-port.ts";
import { testUnless } from "../../support/skip.ts";
import { FLATTEN } from "../../support/small-models.ts";

const { path, file } = folderOfFiles();

/** A value of the test's signal, on the grid of net:demo-int8?input=features's input (scale 1/8). */
const value = (k: number): number => (((k * 37) % 201) - 100) / 8;
const VALUES = 128;

/** One row of a .csv file for each inference. */
const asFile = (inferences: number) =>
  Array.from({ length: inferences }, (_, row) =>
    Array.from({ length: VALUES }, (_, k) => value(row * VALUES + k)).join(","),
  ).join("\n");

/** The same numbers, a sample in each line. */
const asSamples = (values: number, channels: number) =>
  Array.from({ length: values / channels }, (_, row) =>
    Array.from({ length: channels }, (_, k) => value(row * channels + k)).join(","),
  ).join("\n");

async function linesOf(args: readonly string[], more = {}) {
  const ran = await cli([...args, "--json"], more);
  const documents: Document[] = ran.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const summary = documents.pop() as Document;
  return { ...ran, samples: documents, summary };
}

describe("a layered network", () => {
  test.each([1, 2, 4, 16])(
    "samples of %i channels are the inferences of a file",
    async (channels) => {
      const rows = file(`rows${channels}.csv`, asFile(3));
      // 3 inferences, and one that is not full
      const samples = file(`samples${channels}.csv`, asSamples(3 * VALUES + channels, channels));
      const { document } = await cliJson(["run", "net:demo-int8?input=features", "--input", rows]);
      const live = await linesOf([
        "run",
        "net:demo-int8?input=features",
        "--input",
        `csv:${samples}?rate=1000`,
      ]);
      expect(live.code).toBe(0);
      expect(live.summary.outputs.slice(0, 3)).toEqual(document.outputs);
      expect(live.summary.samples).toBe(3);
      expect(live.summary.live).toMatchObject({
        ...{ samples: (3 * VALUES) / channels + 1, lost: 0, droppedWindows: 0 },
        unusedSamples: 1,
      });
      expect(misfits("run", live.summary)).toEqual([]);
      for (const line of live.samples) expect(misfits("runLine", line)).toEqual([]);
      // softmax: scale 1/256, zero point −128; the largest by hand
      live.samples.forEach(({ sample }, k) => {
        const real = document.outputs[k].map((q: number) => (q + 128) / 256);
        expect(sample.outputs).toEqual(real);
        expect(sample.value).toBe(Math.max(...real));
        expect(sample.decided).toBe(real.indexOf(Math.max(...real)));
        expect(sample.seconds).toBeCloseTo((((k + 1) * VALUES) / channels - 1) / 1000, 9);
      });
    },
  );

  test("a line for each decision, with its class", async () => {
    const samples = file("text.csv", asSamples(2 * VALUES, 1));
    const { stdout } = await cli([
      "run",
      "net:demo-int8?input=features",
      "--input",
      `csv:${samples}?rate=64`,
    ]);
    const [first, second, third] = stdout.split("\n");
    expect(first).toMatch(/^1\.984 s {2}[a-z ]+ {2}[\d.]+$/);
    expect(second).toMatch(/^3\.984 s {2}/);
    expect(third).toMatch(/^model/);
    expect(stdout).toMatch(/256 samples at 64 Hz, 0 lost/);
  });

  test("channels that do not divide the input: refused with both numbers, and nothing is compiled", async () => {
    const { code, errors } = await failure(
      ...[
        "run",
        "net:demo-int8?input=features",
        "--input",
        `csv:${file("three.csv", "1,2,3\n4,5,6\n")}`,
      ],
    );
    expect(code).toBe(1);
    expect(errors).toMatchObject([
      { code: "INPUT_SIZE", got: "3 channels", expected: expect.stringContaining("128") },
    ]);
  });

  test("a gap drops its window, and what comes after it begins a new one", async () => {
    const rows = asSamples(3 * VALUES, 1).split("\n");
    // row 150 of 384 cannot be read: 128 | 22 ✗ | 128 | 105 left
    rows[150] = "x";
    const broken = file("gap.csv", rows.join("\n"));
    const { summary } = await linesOf([
      "run",
      "net:demo-int8?input=features",
      "--input",
      `csv:${broken}?rate=100`,
    ]);
    expect(summary).toMatchObject({
      samples: 2,
      live: { samples: 383, lost: 1, droppedWindows: 1, unusedSamples: 22 + 105 },
    });
    const moved = Array.from({ length: VALUES }, (_, k) => value(151 + k)).join(",");
    const { document } = await cliJson([
      "run",
      "net:demo-int8?input=features",
      "--input",
      file("m.csv", moved),
    ]);
    expect(summary.outputs[1]).toEqual(document.outputs[0]);
  });

  test("a model that says no rate and no unit: fed as it comes, with a warning; one that says them: without", async () => {
    const said = async (network: string, samples: string) => {
      const args = ["run", network, "--input", "sim:vibration?seed=5", "--samples", samples];
      const { summary } = await linesOf(args);
      return summary.warnings.filter((text: string) => text.includes("--front"));
    };
    const [warning] = await said("net:demo-int8?input=features", "1");
    expect(warning).toContain("neither rate nor unit");
    expect(warning).toContain("sim:vibration?seed=5");
    expect(await said("net:demo-int8", "1")).toEqual([]);
  });

  test("a header pin that there is not is said before events are", async () => {
    const { document } = await cliJson(["run", "net:demo-int8", "--input", "gpio:99"]);
    expect(document.errors[0]).toMatchObject({ code: "SENSOR_MISSING" });
    expect(document.errors[0].got).toContain("99");
  });

  test("--samples ends it while the source goes on", async () => {
    const { code, samples, summary } = await linesOf(
      "run net:demo-int8?input=features --input sim:vibration --samples 2".split(" "),
    );
    expect(code).toBe(0);
    expect(samples).toHaveLength(2);
    expect(summary).toMatchObject({ samples: 2, live: { samples: 256, sampleRateHz: 4096 } });
  });

  test("Ctrl-C ends it with the summary and 130", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort("SIGINT"), 3000);
    const args = "run net:demo-int8?input=features --input sim:vibration".split(" ");
    const { code, samples, summary } = await linesOf(args, { signal: stop.signal });
    expect(code).toBe(130);
    expect(samples.length).toBeGreaterThan(0);
    expect(summary).toMatchObject({ ok: true, samples: samples.length });
  });

  kernelTest("Ctrl-C while a port is gone: what is missing until then counts as lost", async () => {
    const board = printing("1,2,3,4,5,6\n", 10);
    const stop = new AbortController();
    const startNs = process.hrtime.bigint();
    let [out, heard, gone] = ["", "", false];
    const stdout = {
      write(text: string) {
        out += text;
        if (!gone) board.close();
        gone = true;
      },
    };
    const stderr = {
      write(text: string) {
        const before = heard.includes("looking for it");
        heard += text;
        if (before || !heard.includes("looking for it")) return;
        setTimeout(() => stop.abort("SIGINT"), 1100);
      },
    };
    const uri = `serial:${board.path}?format=csv&rate=100`;
    const args = ["run", file("flatten.tflite", FLATTEN), "--input", uri, "--json"];
    const { code } = await cli(args, { stdout, stderr, signal: stop.signal });
    const allNs = process.hrtime.bigint() - startNs;
    expect(code).toBe(130);
    const { live } = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
    // a hundred samples a second: of the second that it was gone at least, and of all that there was at most
    expect(live.lost).toBeGreaterThanOrEqual(100);
    expect(live.lost).toBeLessThanOrEqual(Number(allNs) / 1e7);
  });

  test("- is lines of csv on standard input, an inference each", async () => {
    const text = `${asFile(3)}\n`;
    async function* stdin() {
      for (let k = 0; k < text.length; k += 100)
        yield new TextEncoder().encode(text.slice(k, k + 100));
    }
    const { document } = await cliJson([
      "run",
      "net:demo-int8?input=features",
      "--input",
      file("r.csv", text),
    ]);
    const args = ["run", "net:demo-int8?input=features", "--input", "-"];
    const { samples, summary } = await linesOf(args, { stdin: stdin() });
    expect(samples).toHaveLength(3);
    expect(summary.outputs).toEqual(document.outputs);
    expect(misfits("run", summary)).toEqual([]);
  });

  test("what fails in the middle keeps what was done before", async () => {
    async function* stdin() {
      yield new TextEncoder().encode(`${asFile(2)}\nnonsense\n`);
    }
    const args = ["run", "net:demo-int8?input=features", "--input", "-"];
    const { code, samples, summary } = await linesOf(args, { stdin: stdin() });
    expect(code).toBe(1);
    expect(samples).toHaveLength(2);
    expect(summary).toMatchObject({ ok: false, samples: 2, errors: [{ code: "INPUT_SIZE" }] });
  });

  test("names of no sensor, and events, are refused", async () => {
    const run = (input: string) =>
      failedWith("run", "net:demo-int8?input=features", "--input", input);
    expect(await run("radar:1")).toBe("SENSOR_MISSING 1");
    expect(await run("sim:walrus")).toBe("SENSOR_MISSING 1");
    expect(await run("gpio:17")).toBe("USAGE 2");
    expect(await run(`csv:${path("nothing.csv")}`)).toBe("SENSOR_MISSING 1");
  });

  test("a front end takes its samples at its rate and in its unit, and refuses others", async () => {
    const args = ["run", "net:demo-int8", "--input"];
    const { samples, summary } = await linesOf([...args, "sim:vibration", "--samples", "3"]);
    expect(samples).toHaveLength(3);
    // the motor of the simulation begins healthy
    expect(samples.map(({ sample }) => sample.class)).toEqual(["healthy", "healthy", "healthy"]);
    expect(summary.live).toMatchObject({ samples: 3 * 512, lost: 0, saturatedValues: 0 });
    expect(misfits("run", summary)).toEqual([]);
    const { errors } = await failure(...args, "sim:ecg");
    expect(errors.map(({ code, got }) => [code, got])).toEqual([
      ["INPUT_FORMAT", "lead in mV"],
      ["INPUT_FORMAT", "250 Hz"],
    ]);
  });

  testUnless(missingPosix())("the same decisions through WASM3 and on a board", async () => {
    const samples = file("others.csv", asSamples(3 * VALUES, 2));
    const args = ["run", "net:demo-int8?input=features", "--input", `csv:${samples}?rate=100`];
    const here = await linesOf(args);
    expect((await linesOf([...args, "--target", "wasm3"])).samples).toEqual(here.samples);
    const board = await PosixBoard.start();
    try {
      const there = await linesOf([...args, "--target", `board:${board.path}`]);
      expect(there.samples).toEqual(here.samples);
      expect(there.summary.live).toEqual(here.summary.live);
    } finally {
      await board.close();
    }
  });
});

describe("a spiking network", () => {
  test("a sample is a step, as a row of a file is", async () => {
    const rows = Array.from({ length: 40 }, (_, k) => `${k & 1},${(k >> 1) & 1},${(k >> 2) & 1}`);
    const text = `${rows.join("\n")}\n`;
    const { document } = await cliJson(["run", "net:perceptron", "--input", file("p.csv", text)]);
    const args = ["run", "net:perceptron", "--input", `csv:${path("p.csv")}?rate=1000`];
    const live = await linesOf(args);
    expect(live.code).toBe(0);
    expect(live.summary).toMatchObject({ steps: 40, outputs: document.outputs });
    expect(live.summary.counters).toEqual(document.counters);
    expect(live.summary.live).toMatchObject({ samples: 40, lost: 0, unusedSamples: 0 });
    expect(misfits("run", live.summary)).toEqual([]);
    // a line for each step in which the output spikes, and only for these
    const fired = document.outputs.flatMap(([spike]: number[], k: number) => (spike ? [k] : []));
    expect(fired.length).toBeGreaterThan(0);
    expect(live.samples.map(({ sample }) => sample.index)).toEqual(fired);
    for (const line of live.samples) expect(misfits("runLine", line)).toEqual([]);

    async function* stdin() {
      yield new TextEncoder().encode(text);
    }
    const typed = await linesOf(["run", "net:perceptron", "--input", "-", "--steps", "30"], {
      stdin: stdin(),
    });
    expect(typed.summary).toMatchObject({ steps: 30, outputs: document.outputs.slice(0, 30) });
  });

  test("a sample with another number of channels is refused with both numbers", async () => {
    const two = file("two.csv", "0,1\n1,1\n");
    const { errors } = await failure("run", "net:perceptron", "--input", `csv:${two}`);
    expect(errors).toMatchObject([{ code: "INPUT_SIZE", got: "2 channels" }]);
    expect(errors[0]?.expected).toMatch(/^3/);
  });

  test("a value that is no count is refused, and the steps before it are kept", async () => {
    const half = file("half.csv", "0,0,1\n1,1,1\n0,0.5,0\n");
    const { code, summary } = await linesOf(["run", "net:perceptron", "--input", `csv:${half}`]);
    expect(code).toBe(1);
    expect(summary).toMatchObject({ steps: 2, errors: [{ code: "INPUT_FORMAT", got: '"0.5"' }] });
  });

  test("events become counts per step", async () => {
    const recording = path("events.rec");
    const source = { uri: "gpio:17", name: "GPIO17", channels: [{ name: "GPIO17", unit: "" }] };
    const head = { startedUnixMs: 0, label: null, sources: [{ ...source, sampleRateHz: null }] };
    const writer = new RecordingWriter(recording, head, 0n);
    // the steps of 0.1 ms since the first: 0, 3, 3, 90
    const timeNs = BigInt64Array.from([5_000_000n, 5_300_000n, 5_399_999n, 14_050_000n]);
    const value = Float64Array.from([1, 0, 1, 0]);
    writer.add(0, { timeNs, value, lostBefore: 2 }, 20_000_000n);
    writer.close();
    const steps = file("e.events.csv", "0,0\n3,0,2\n90,0\n");
    const args = ["run", "net:delay-line?length=0.002", "--input"];
    const { document } = await cliJson([...args, steps, "--steps", "91"]);
    const live = await linesOf([...args, `rec:${recording}`]);
    expect(live.summary).toMatchObject({
      ...{ steps: 91, outputs: document.outputs, counters: document.counters },
      live: { samples: 4, lost: 2, movedEvents: 0 },
    });
    expect(document.counters.spikes).toBeGreaterThan(0);
  });
});
