/** State files: a resumed run equals an uninterrupted one, and what is no whole file of this network is refused. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { decodeState, encodeState, readState } from "../../../host/files/state-file.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { cliJson, failedWith, folderOfFiles } from "../../support/cli.ts";
import { dataPath, dataTest } from "../../support/data.ts";

const { file, path } = folderOfFiles();
const read = (name: string): Buffer => readFileSync(path(name));

type Part = {
  readonly model: readonly string[];
  readonly build: "mvp" | "simd";
  readonly steps: number;
  readonly input?: readonly string[];
};

/** Runs a part; returns what it wrote: outputs, recordings and the state it ended in. */
async function run(
  name: string,
  { model, build, steps, input = [] }: Part,
  records: readonly string[],
  from?: string,
): Promise<readonly Buffer[]> {
  const files = records.map((one, k) => `${one}=${path(`${name}.${k}`)}`);
  await cliJson([
    ...["run", ...model, "--build", build, "--steps", String(steps), ...input],
    ...["--output", path(`${name}.bin`), "--save-state", path(`${name}.state`)],
    ...files.flatMap((one) => ["--record", one]),
    ...(from === undefined ? [] : ["--load-state", path(from)]),
  ]).then(({ code, stderr }) => expect([code, stderr.includes("IO")]).toEqual([0, false]));
  return [read(`${name}.bin`), ...records.map((_, k) => read(`${name}.${k}`))];
}

/** In one piece on one build; in three on alternating ones. */
async function resumes(
  model: readonly string[],
  records: readonly string[],
  inputOf: (part: number) => readonly string[] = () => [],
): Promise<void> {
  const whole = await run(
    "whole",
    { model, build: "simd", steps: 240, input: inputOf(-1) },
    records,
  );
  const lengths = [1, 150, 89];
  const parts: (readonly Buffer[])[] = [];
  for (const [k, steps] of lengths.entries()) {
    const build = k % 2 === 0 ? "mvp" : "simd";
    const part = { model, build, steps, input: inputOf(k) } as const;
    parts.push(await run(`part${k}`, part, records, k === 0 ? undefined : `part${k - 1}.state`));
  }
  for (const [k, all] of whole.entries()) {
    const joined = Buffer.concat(parts.map((part) => part[k] ?? Buffer.alloc(0)));
    expect(joined.equals(all)).toBe(true);
  }
  expect(read("part2.state").equals(read("whole.state"))).toBe(true);
}

describe("a resumed run equals an uninterrupted one, byte for byte, on either build", () => {
  test("a balanced network, with its recordings", async () => {
    const what = ["neurons.spikes", "neurons.v", "neurons.i"];
    await resumes(["net:cuba?neurons=100&synapses=10"], what);
  });

  test("spikes on their way along an axon; noise goes on where it was", async () => {
    const axon = ["net:delay-line?length=.01&velocity=1"];
    await resumes(axon, ["target.spikes"], () => ["--seed", "3"]);
  });

  test("weights that were learnt; events by the network's own steps", async () => {
    const random = mulberry32(5);
    let events = "";
    for (let step = 0; step < 240; step++) {
      const [a, b] = [random() < 0.5, random() < 0.5];
      for (const [k, on] of [a, b, a && b].entries()) if (on) events += `${step},${k}\n`;
    }
    const input = file("and.events.csv", events);
    await resumes(["net:perceptron"], ["perceptron.spikes"], () => ["--input", input]);
  });

  dataTest("Braille, its input cut where the run was", async () => {
    const model = dataPath("nir/03_rnn/braille_noDelay_noBias_subtract.nir");
    const options = ["--discretisation", "snntorch", "--reset", "subtract"];
    const name = dataPath("nir/03_rnn/braille_test_sample0_input_256x12.csv");
    const lines = readFileSync(name, "utf8").trim().split("\n");
    const cuts = [0, 1, 151, 240];
    const input = (part: number) => {
      const rows = part < 0 ? lines.slice(0, 240) : lines.slice(cuts[part], cuts[part + 1]);
      return ["--input", file(`cut${part}.csv`, `${rows.join("\n")}\n`)];
    };
    await resumes([model, ...options], ["lif1.lif.spikes", "lif2.v", "lif2.i"], input);
  });
});

describe("the file", () => {
  test("is laid out as the contract says", async () => {
    await cliJson(["run", "net:lif", "--steps", "300", "--save-state", path("lif.state")]);
    const bytes = read("lif.state");
    expect(bytes.toString("latin1", 0, 4)).toBe("TWST");
    expect([bytes.readUInt32LE(4), bytes.readBigUInt64LE(40)]).toEqual([1, 300n]);
    const length = bytes.readUInt32LE(48);
    expect(bytes.length).toBe(52 + length + 4);
    expect(bytes.readUInt32LE(52 + length)).toBe(crc32(bytes.subarray(0, 52 + length)));
    const { document } = await cliJson(["inspect", "net:lif"]);
    expect(length).toBe(document.memory.stateBytes);
    // check value of CRC-32 in every catalogue
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });

  test("of another network, other options: STATE_MISMATCH", async () => {
    const state = path("a.state");
    await cliJson(["run", "net:lif", "--steps", "10", "--save-state", state]);
    const from = ["--steps", "10", "--load-state", state];
    expect((await cliJson(["run", "net:lif", ...from])).document.firstStep).toBe(10);
    expect(await failedWith("run", "net:lif?current=21", ...from)).toBe("STATE_MISMATCH 1");
    expect(await failedWith("run", "net:lif", "--weights", "i8", ...from)).toBe("STATE_MISMATCH 1");
    expect(await failedWith("run", "net:lif", "--dt", "2e-4", ...from)).toBe("STATE_MISMATCH 1");
    const compare = ["--compare", "float"];
    expect(await failedWith("run", "net:lif", ...from, ...compare)).toBe("USAGE 2");
    const missing = ["--load-state", path("none.state")];
    expect(await failedWith("run", "net:lif", ...missing)).toBe("IO 1");
  });

  test("a failed run leaves the old file", async () => {
    const state = path("kept.state");
    await cliJson(["run", "net:lif", "--steps", "10", "--save-state", state]);
    const before = readFileSync(state);
    const wrong = ["--load-state", file("no.state", "TWST"), "--save-state", state];
    expect(await failedWith("run", "net:lif", ...wrong)).toBe("INPUT_FORMAT 1");
    expect(readFileSync(state).equals(before)).toBe(true);
  });

  test("damaged in any way: INPUT_FORMAT or STATE_MISMATCH, never another state", () => {
    const random = mulberry32(17);
    const below = (n: number): number => Math.floor(random() * n);
    const codes = new Map<string, number>();
    for (let k = 0; k < 4000; k++) {
      const state = Uint8Array.from({ length: below(80) }, () => below(256));
      const digest = Uint8Array.from({ length: 32 }, () => below(256));
      const whole = encodeState({ digest, step: below(2 ** 31), state });
      expect(decodeState("s", whole).state).toEqual(state);
      const damaged = damage(whole, below);
      if (Buffer.from(damaged).equals(whole)) continue;
      const code = codeOf(() => decodeState("s", damaged));
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect([...codes.keys()].sort()).toEqual(["INPUT_FORMAT", "STATE_MISMATCH"]);
  });

  test("kill -9 while it is written: the old file or the new one, whole", async () => {
    const target = path("killed.state");
    const size = 1_000_000;
    const script = fileURLToPath(new URL("../../support/state-writer.ts", import.meta.url));
    const loader = new URL("../../support/ts-loader.mjs", import.meta.url).href;
    const seen = new Set<number>();
    for (let k = 0; k < 5; k++) {
      const child = spawn(process.execPath, ["--import", loader, script, target, String(size)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = new Promise((resolve) => child.on("close", resolve));
      await new Promise((resolve) => child.stdout.once("data", resolve));
      // between writes and inside them alike: the temporary file grows meanwhile
      await until(() => existsSync(target) && (k % 2 === 0 || someTemporary(path(""), size)));
      child.kill("SIGKILL");
      await ended;
      const { step, state } = await readState(target);
      seen.add(step);
      expect([state.length, state.every((byte) => byte === step + 1)]).toEqual([size, true]);
    }
    expect([...seen].every((step) => step === 0 || step === 1)).toBe(true);
  });
});

/** A temporary file that is not yet whole. */
const someTemporary = (folder: string, whole: number): boolean =>
  readdirSync(folder).some((name) => {
    if (!name.endsWith(".tmp")) return false;
    try {
      const { size } = statSync(`${folder}/${name}`);
      return size > 0 && size < whole;
    } catch {
      return false;
    }
  });

async function until(condition: () => boolean): Promise<void> {
  for (let k = 0; k < 20_000 && !condition(); k++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function damage(from: Uint8Array, below: (n: number) => number): Uint8Array {
  const bytes = from.slice();
  const at = below(bytes.length);
  switch (below(5)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return Uint8Array.from([...bytes, ...bytes.slice(0, 1 + below(8))]);
    case 2:
      return Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + 1)]);
    case 3:
      bytes[at] = below(256);
      return bytes;
    default:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
      return bytes;
  }
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return "works";
  } catch (error) {
    return error instanceof TwentyWattError ? error.code : String(error);
  }
}
