/** Decisions of live samples: the same from a simulator and from a file of the same samples, and under --decide. */
import { expect, test } from "vitest";
import { openSensor } from "../../../host/sensors/open.ts";
import { isEvents } from "../../../host/sensors/sensor.ts";
import { cli, failedWith, failure, folderOfFiles } from "../../support/cli.ts";

const { file } = folderOfFiles();
const SIM = "sim:vibration?seed=1";
const HOP = 512;
const HOPS = 6;

type Sample = { readonly decided: number | null; readonly class: string; readonly value: number };

/** The samples of the lines, without the summary. */
async function decisions(...args: readonly string[]) {
  const { stdout, code } = await cli(["run", ...args, "--json"]);
  const documents = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const summary = documents.pop();
  return { code, summary, samples: documents.map(({ sample }): Sample => sample) };
}

/** The first windows of the simulator as a file of text, every digit of them. */
async function asCsv(): Promise<string> {
  let now = 0n;
  const sensor = await openSensor(SIM, {
    clock: { nowNs: () => now },
    waitUntil: async (timeNs) => {
      now = timeNs;
    },
    say: () => {},
  });
  const rows: number[] = [];
  for await (const block of sensor) {
    if (isEvents(block)) throw new Error("events");
    rows.push(...block.values);
    if (rows.length >= HOPS * HOP) break;
  }
  await sensor.close();
  return file("motor.csv", `${rows.slice(0, HOPS * HOP).join("\n")}\n`);
}

test("net:demo-spikes and net:demo-int8: a simulator, and a file of the same samples", async () => {
  const csv = `csv:${await asCsv()}?rate=4096&unit=m/s²`;
  for (const [name, limit] of [
    ["net:demo-spikes", "--steps"],
    ["net:demo-int8", "--samples"],
  ] as const) {
    const here = await decisions(name, "--input", SIM, limit, String(HOPS));
    const there = await decisions(name, "--input", csv);
    expect([here.code, there.code]).toEqual([0, 0]);
    expect(there.samples).toHaveLength(HOPS);
    expect(there.samples.map(({ decided, value }) => [decided, value])).toEqual(
      here.samples.map(({ decided, value }) => [decided, value]),
    );
    // the motor begins healthy
    expect(there.samples.map((one) => one.class)).toEqual(Array(HOPS).fill("healthy"));
    expect(there.summary.live).toMatchObject({ samples: HOPS * HOP, lost: 0, unusedSamples: 0 });

    // three and three, or the mean of three
    const plain = there.samples.map(({ value }) => value);
    const ruled = await decisions(name, "--input", csv, "--decide", "0,3");
    const mean = (k: number) => ((plain[k - 2] ?? 0) + (plain[k - 1] ?? 0) + (plain[k] ?? 0)) / 3;
    const sums = [3 * mean(2), 3 * mean(5)];
    expect(ruled.samples.map(({ value }) => value)).toEqual(
      name === "net:demo-spikes" ? sums : [2, 3, 4, 5].map(mean),
    );
    // what could be reached, and is not
    const [, most] = MOST[name];
    const sure = await decisions(name, "--input", csv, "--decide", most);
    expect(sure.samples.length).toBeLessThan(HOPS);
  }
});

/** Above the largest value there is, and the largest: 127 − (−128) steps of 1/256, 16 time steps of a window. */
const MOST = {
  "net:demo-int8": ["1.5", "0.99609375", "at most 0.99609375, the largest mean there is"],
  "net:demo-spikes": ["17", "16", "at most 16, spikes in 1 step"],
} as const;

test("refused: what no output can reach, with what it can", async () => {
  for (const [name, [above, , expected]] of Object.entries(MOST)) {
    const { code, errors } = await failure("run", name, "--input", SIM, "--decide", above);
    expect([code, errors[0]?.code, errors[0]?.expected]).toEqual([2, "USAGE", expected]);
  }
  const three = ["net:demo-spikes", "--input", SIM, "--decide", "48.5,3"];
  expect((await failure("run", ...three)).errors[0]?.expected).toBe(
    "at most 48, spikes in 3 steps",
  );
  // without a front end a neuron has one spike in a step
  const neuron = ["net:perceptron", "--input", "-", "--decide", "5,4"];
  expect((await failure("run", ...neuron)).errors[0]?.expected).toBe(
    "at most 4, spikes in 4 steps",
  );
});

test("refused: a rule that is none, and one for what is not live", async () => {
  for (const rule of ["much", "", "0.5,0", "0.5,x", "1,2,3", "0.5,100001"]) {
    expect(await failedWith("run", "net:demo-int8", "--input", SIM, "--decide", rule)).toBe(
      "USAGE 2",
    );
  }
  expect(await failedWith("run", "net:demo-int8", "--decide", "0.5")).toBe("USAGE 2");
  expect(await failedWith("run", "net:demo-spikes", "--decide", "3,4")).toBe("USAGE 2");
});
