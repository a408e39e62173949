/** `run` of spiking networks: inputs and outputs in every form, recordings, noise, comparison, pictures. */
import { existsSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { cli, cliJson, failedWith, failure, folderOfFiles } from "../../support/cli.ts";
import { dataPath, dataTest, readData } from "../../support/data.ts";
import { testUnless } from "../../support/skip.ts";
import { relayModule, valuesModule } from "../../support/spiking-modules.ts";

const { file, path } = folderOfFiles();
let relay = "";
let values = "";
const read = (name: string): string => readFileSync(path(name), "utf8");
const rows = (text: string): number[][] =>
  text
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));

beforeAll(async () => {
  relay = file("relay.wasm", await relayModule());
  values = file("values.wasm", await valuesModule());
});

const deviceTest = testUnless(
  existsSync("/dev/full") ? null : { reason: "no /dev/full", fix: "run on Linux" },
);

describe("the document", () => {
  test("has the fields of the contract", async () => {
    const { document } = await cliJson(["run", relay, "--seed", "1"]);
    expect(document).toMatchObject({
      ...{ verb: "run", model: "relay", target: "local", build: "mvp", rounding: "double" },
      ...{ samples: 1, steps: 1000, firstStep: 0, accuracy: null, energy: null },
      semantics: { dtSeconds: 1e-4, timeUnit: "s", reset: "zero", weights: "i16" },
      counters: { steps: 1000, saturations: 0 },
      energyMissing: { reason: expect.any(String), remedy: expect.any(String) },
    });
    const { latency, outputs, counters } = document;
    expect([latency.n, outputs.length, outputs[0].length]).toEqual([1000, 100, 5]);
    // one event per stored synapse, and a relay's spike for each
    expect(counters.synapticEvents).toBe(counters.spikes);
    expect(counters.spikes).toBeGreaterThan(20);
  });

  test("joules per step, spike and synaptic event, with both bounds of the brain", async () => {
    const args = ["run", relay, "--seed", "1", "--meter", "estimate"];
    const { energy } = (await cliJson(args)).document;
    for (const figure of [energy.joulesPerStep, energy.joulesPerSpike]) {
      expect(figure.low).toBeLessThan(figure.high);
    }
    const { low, high } = energy.joulesPerSynapticEvent;
    expect(energy.brain.timesBrainLow).toBeCloseTo(low / 1.25e-12, 0);
    expect(energy.brain.timesBrainHigh / (high / 20e-15)).toBeCloseTo(1, 9);
    const { stdout } = await cli(args);
    expect(stdout).toMatch(/per step\n.*per spike\n.*per synaptic event\n.*times a synaptic event/);
  });

  test("nothing fired: no figure per spike, and why", async () => {
    const args = ["run", relay, "--steps", "10", "--meter", "estimate"];
    const { energy } = (await cliJson(args)).document;
    expect([energy.joulesPerSpike, energy.joulesPerSynapticEvent]).toEqual([null, null]);
    expect(energy.energyMissing.reason).toContain("nothing fired");
    expect(energy.joulesPerStep.low).toBeLessThan(energy.joulesPerStep.high);
  });
});

/** Counts of four steps by input, and what the relays make of them, outputs in graph order. */
const COUNTS: Readonly<Record<string, readonly (readonly number[])[]>> = {
  left: [
    [1, 0],
    [0, 0],
    [0, 1],
    [0, 0],
  ],
  right: [
    [0, 0, 1],
    [0, 0, 0],
    [3, 0, 0],
    [0, 255, 0],
  ],
};
const SPIKES = [0, 1, 2, 3].map((step) =>
  ["left", "right"].flatMap((name) =>
    (COUNTS[name]?.[step] ?? []).map((count) => (count > 0 ? 1 : 0)),
  ),
);

/** Rows of all inputs, one after the other as `inspect` lists them. */
async function inputRows(): Promise<number[][]> {
  const { document } = await cliJson(["inspect", relay]);
  const names: string[] = document.inputs.map(({ name }: { name: string }) => name);
  expect([...names].sort()).toEqual(["left", "right"]);
  return [0, 1, 2, 3].map((step) => names.flatMap((name) => COUNTS[name]?.[step] ?? []));
}

const eventsOf = (steps: readonly (readonly number[])[]): string =>
  steps
    .flatMap((row, step) =>
      row.flatMap((count, k) =>
        count === 0 ? [] : [count === 1 ? `${step},${k}\n` : `${step},${k},${count}\n`],
      ),
    )
    .join("");

describe("files in and out", () => {
  test.each(["in.bin", "in.csv", "in.events.csv"])("%s: all inputs side by side", async (name) => {
    const steps = await inputRows();
    const input = file(
      name,
      name === "in.bin"
        ? Uint8Array.from(steps.flat())
        : name === "in.csv"
          ? `${steps.map((row) => row.join(",")).join("\n")}\n`
          : eventsOf(steps),
    );
    for (const out of ["out.bin", "out.csv", "out.events.csv"]) {
      const args = ["run", relay, "--input", input, "--output", path(out)];
      const { document } = await cliJson(args);
      expect([document.steps, document.outputs]).toEqual([4, SPIKES]);
    }
    expect([...readFileSync(path("out.bin"))]).toEqual(SPIKES.flat());
    expect(rows(read("out.csv"))).toEqual(SPIKES);
    expect(read("out.events.csv")).toBe(eventsOf(SPIKES));
  });

  test("counts of one element in several lines add up", async () => {
    const input = file("sum.events.csv", "0,0,254\n0,0\n\n");
    const args = ["run", relay, "--input", input, "--record"];
    expect((await cli([...args, `left.relay.spikes=${path("s.events.csv")}`])).code).toBe(0);
    expect(
      await failedWith("run", relay, "--input", file("m.events.csv", "0,0,254\n0,0,2\n")),
    ).toBe("INPUT_FORMAT 1");
  });

  test("steps after the last row get zeros; --steps may end before it", async () => {
    const input = file("short.bin", Uint8Array.from((await inputRows()).flat()));
    const longer = (await cliJson(["run", relay, "--input", input, "--steps", "6"])).document;
    expect(longer.outputs).toEqual([...SPIKES, [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]);
    const less = (await cliJson(["run", relay, "--input", input, "--steps", "3"])).document;
    expect([less.steps, less.outputs]).toEqual([3, SPIKES.slice(0, 3)]);
    const events = file("late.events.csv", "1,0\n100000,1\n");
    const ends = ["--steps", "3"];
    expect((await cliJson(["run", relay, "--input", events, ...ends])).document.steps).toBe(3);
    expect((await cliJson(["run", relay, "--input", events])).document).toMatchObject({
      ...{ steps: 100_001, counters: { spikes: 2 } },
    });
  });

  test("values: i16 little-endian or csv in, i32 or real values out", async () => {
    const { document: inspected } = await cliJson(["inspect", values]);
    const { scale } = inspected.inputs[0];
    const reals = [0.5, -0.25, 1, 0];
    const csv = file("x.csv", reals.map((x) => `${x}\n`).join(""));
    const words = Int16Array.from(reals, (x) => Math.round(x / scale));
    const bin = file("x.bin", new Uint8Array(words.buffer));
    const from = async (input: string, out: string) => {
      const args = ["run", values, "--input", input, "--output", path(out)];
      return (await cliJson(args)).document.outputs.flat();
    };
    const [a, b] = [await from(csv, "y.csv"), await from(bin, "y.bin")];
    expect(a).toEqual(b);
    expect(rows(read("y.csv")).flat()).toEqual(a);
    const raw = readFileSync(path("y.bin"));
    const unit = inspected.outputs[0].scale;
    expect([0, 1, 2, 3].map((k) => unit * raw.readInt32LE(4 * k))).toEqual(a);
    // tau dv/dt = −v + x, exact for a constant x within a step
    const decay = Math.exp(-0.1);
    let v = 0;
    reals.forEach((x, k) => {
      v = decay * v + (1 - decay) * x;
      expect(Math.abs(a[k] - v)).toBeLessThan(1e-4);
    });
    expect(await failedWith("run", values, "--input", file("y.events.csv", "0,0\n"))).toBe(
      "INPUT_FORMAT 1",
    );
    const events = ["--output", path("y.events.csv")];
    expect(await failedWith("run", values, ...events)).toBe("USAGE 2");
  });

  test.each([
    ["counts.csv", "0,1,2,3\n", "INPUT_SIZE 1"],
    ["counts.csv", "0,1,2,3,256\n", "INPUT_FORMAT 1"],
    ["counts.csv", "0,1,2,3,0.5\n", "INPUT_FORMAT 1"],
    ["counts.csv", "0,1,2,3,-1\n", "INPUT_FORMAT 1"],
    ["counts.csv", "0,1,2,3,x\n", "INPUT_FORMAT 1"],
    ["counts.csv", "0,0,0,0,0\n\n0,0,0,0,0\n", "INPUT_FORMAT 1"],
    ["counts.csv", "", "INPUT_SIZE 1"],
    ["counts.bin", "123456", "INPUT_SIZE 1"],
    ["counts.bin", "", "INPUT_SIZE 1"],
    ["counts.txt", "0", "INPUT_FORMAT 1"],
  ])("%s %j: %s", async (name, content, answer) => {
    expect(await failedWith("run", relay, "--input", file(name, content))).toBe(answer);
  });

  test.each([
    ["time that goes backwards", "5,0\n4,0\n", "line 2", "step 4 after step 5"],
    ["a neuron outside the network", "0,0\n0,5\n", "line 2", "index 5"],
    ["more spikes than a byte holds", "0,0,200\n0,0,56\n", "line 2", "256 spikes"],
    ["a header", "step,index\n0,0\n", "line 1", "step,index"],
    ["a negative step", "-1,0\n", "line 1", "-1,0"],
    ["a fraction", "0,0.5\n", "line 1", "0,0.5"],
    ["a line with too much", "0,0,1,1\n", "line 1", "0,0,1,1"],
    ["an empty line inside", "0,0\n\n1,0\n", "line 2", "an empty line"],
    ["a day of silence", "0,0\n900000000,0\n", "line 2", "silent steps"],
  ])("events: %s", async (_, content, line, got) => {
    const input = file("wrong.events.csv", content);
    const { code, errors } = await failure("run", relay, "--input", input);
    expect([code, errors.length, errors[0]?.code]).toEqual([1, 1, "INPUT_FORMAT"]);
    expect(errors[0]?.where).toContain(line);
    expect(errors[0]?.got).toContain(got);
  });

  test("a network without Input takes none", async () => {
    expect(await failedWith("run", "net:lif", "--input", file("no.bin", "1"))).toBe("USAGE 2");
  });

  deviceTest("a full disk is IO, and leaves nothing", async () => {
    const full = (option: string, target: string) =>
      failedWith("run", relay, "--seed", "1", "--steps", "30000", option, target);
    expect(await full("--output", "/dev/full")).toBe("USAGE 2"); // no extension
    expect(await full("--record", "left.relay.spikes=/dev/full")).toBe("IO 1");
    expect(await full("--save-state", "/dev/full")).toBe("IO 1");
    expect(await full("--plot", "/dev/full")).toBe("USAGE 2"); // the same
    symlinkSync("/dev/full", path("full.svg"));
    expect(await full("--plot", path("full.svg"))).toBe("IO 1");
  });
});

describe("noise", () => {
  test("comes only with --seed, the same for the same", async () => {
    const spikes = async (...more: string[]) =>
      (await cliJson(["run", relay, "--steps", "500", ...more])).document.counters.spikes;
    expect(await spikes()).toBe(0);
    const first = await spikes("--seed", "7");
    expect(await spikes("--seed", "7")).toBe(first);
    // 2500 chances of 1/50: within five standard deviations
    expect(Math.abs(first - 50)).toBeLessThan(35);
    expect((await cli(["run", relay, "--steps", "1"])).stdout).toContain("--seed N");
  });
});

describe("recordings", () => {
  test("spikes as events; potentials and currents in the model's unit, a line per step", async () => {
    const recordings = ["neuron.spikes=a.events.csv", "neuron.v=v.csv", "neuron.i=i.csv"];
    const args = recordings.flatMap((one) => ["--record", one.replace("=", `=${path("")}/`)]);
    const { document } = await cliJson(["run", "net:lif", "--steps", "300", ...args]);
    expect(document.counters.spikes).toBe(1);
    // 20 ms · ln(20 / (20 − 15)) = 27.73 ms
    expect(read("a.events.csv")).toBe("277,0\n");
    const v = rows(read("v.csv")).flat();
    expect(v.length).toBe(300);
    expect(v[276]).toBeCloseTo(20 * (1 - Math.exp(-277 / 200)), 3);
    expect(v[277]).toBe(0);
    expect(rows(read("i.csv")).flat()).toEqual(new Array(300).fill(0));
  });

  test("an unknown name says what there is", async () => {
    const wrong = ["--record", "nobody.v=a.csv", "--record", "left.relay.w=b.csv"];
    const { code, errors } = await failure("run", relay, ...wrong);
    expect([code, errors.map((error) => error.got)]).toEqual([2, ["nobody.v", "left.relay.w"]]);
    expect(errors[0]?.expected).toContain("left.relay.spikes");
    expect(await failedWith("run", relay, "--record", "left.relay.spikes")).toBe("USAGE 2");
    const twice = ["left.relay.spikes=x", "right.relay.spikes=x"];
    const args = twice.flatMap((one) => ["--record", one]);
    expect(await failedWith("run", relay, ...args)).toBe("USAGE 2");
  });
});

describe("--compare float", () => {
  test("no spike of a small balanced network differs; a module has no real numbers", async () => {
    const args = ["--steps", "300", "--compare", "float"];
    const { document } = await cliJson(["run", "net:cuba?neurons=100&synapses=10", ...args]);
    const { comparison } = document;
    expect(comparison).toMatchObject({
      with: "float",
      steps: 300,
      differingSpikes: 0,
      first: null,
    });
    expect(comparison.nodes).toEqual([
      { node: "neurons", differingSpikes: 0, largestPotentialError: expect.any(Number) },
    ]);
    expect(await failedWith("run", relay, ...args)).toBe("USAGE 2");
  });

  test("names the first step, node and neuron that differ", async () => {
    const name = "net:cuba?neurons=400&synapses=40&seed=3";
    const args = ["run", name, "--steps", "2000", "--dt", "1e-3", "--compare", "float"];
    const { document } = await cliJson(args);
    const { first, differingSpikes, nodes } = document.comparison;
    expect(nodes[0].differingSpikes).toBe(differingSpikes);
    // chaotic: what rounding differs in grows until a spike moves
    expect(first).toMatchObject({ node: "neurons", step: expect.any(Number) });
    expect(Math.abs(first.module - first.float)).toBe(1);
    const { stdout } = await cli(args);
    expect(stdout).toContain(
      `first differing step ${first.step}, node neurons, neuron ${first.neuron}`,
    );
  });
});

describe("--plot", () => {
  test("raster, traces, inputs; small however long the run", async () => {
    const size = async (name: string, ...args: string[]) => {
      await cliJson(["run", ...args, "--plot", path(name)]);
      return statSync(path(name)).size;
    };
    await size("relay.svg", relay, "--seed", "1", "--steps", "300");
    const svg = read("relay.svg");
    for (const shown of ["input left", "right.relay", "time, ms", "spikes of 3 inputs"]) {
      expect(svg).toContain(shown);
    }
    const short = await size("short.svg", relay, "--seed", "1", "--steps", "5000");
    const long = await size("long.svg", relay, "--seed", "1", "--steps", "80000");
    expect(long).toBeLessThan(2 * short + 20_000);
    expect(read("long.svg")).toMatch(/a mark spans \d+ steps/);
    await size("lif.svg", "net:lif", "--steps", "3000");
    expect(read("lif.svg")).toMatch(/potential of neuron.*threshold 15/s);
  });
});

const BRAILLE = "nir/03_rnn/braille_noDelay_noBias_subtract.nir";
const braille = () => [
  dataPath(BRAILLE),
  ...["--discretisation", "snntorch", "--reset", "subtract"],
  ...["--input", dataPath("nir/03_rnn/braille_test_sample0_input_256x12.csv")],
];

dataTest(
  "Braille: recorded and written spikes are the published ones, on either build",
  async () => {
    for (const build of ["mvp", "simd"]) {
      const to = [
        ...["--output", path("lif2.csv"), "--record", `lif1.lif.spikes=${path("l1.events.csv")}`],
        ...["--labels", file("label.txt", "1\n"), "--compare", "float", "--build", build],
      ];
      const { document } = await cliJson(["run", ...braille(), ...to]);
      expect(document).toMatchObject({
        ...{ steps: 256, winner: 1, accuracy: { correct: 1, total: 1 }, build },
        comparison: { differingSpikes: 0, first: null },
        semantics: { discretisation: "snntorch", reset: "subtract" },
      });
      const golden = (name: string) =>
        rows(new TextDecoder().decode(readData(`nir/03_rnn/${name}.csv`)));
      expect(rows(read("lif2.csv"))).toEqual(golden("braille_noBias_subtract_lif2_expected_256x7"));
      const events = golden("snntorch_lif1_noBias_subtract_256x40").flatMap((row, step) =>
        row.flatMap((spike, k) => (spike ? [`${step},${k}\n`] : [])),
      );
      expect(read("l1.events.csv")).toBe(events.join(""));
    }
  },
);

dataTest("a module runs as its source; options that contradict it are USAGE", async () => {
  const [model = "", ...rest] = braille();
  const options = rest.slice(0, 4);
  const wasm = path("braille.wasm");
  const made = await cliJson(["compile", model, ...options, "-o", wasm]);
  expect(made.document).toMatchObject({ neurons: 47, semantics: { discretisation: "snntorch" } });
  const input = rest.slice(4);
  await cliJson(["run", wasm, ...input, "--output", path("m.bin")]);
  await cliJson(["run", ...braille(), "--output", path("s.bin")]);
  expect(readFileSync(path("m.bin")).equals(readFileSync(path("s.bin")))).toBe(true);
  expect((await cli(["run", wasm, ...input, ...options])).code).toBe(0);
  expect(await failedWith("run", wasm, ...input, "--discretisation", "norse")).toBe("USAGE 2");
  expect(await failedWith("run", wasm, ...input, "--dt", "1e-3")).toBe("USAGE 2");
  expect(await failedWith("run", wasm, ...input, "--weights", "i8")).toBe("USAGE 2");
});
