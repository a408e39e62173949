/** Damaged .nir files: seeded, imported and planned in a process whose memory and patience are bounded. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { TwentyWattError } from "../../host/errors.ts";
import { importModel } from "../../host/importers/index.ts";
import { mulberry32, type Random, subseed } from "../../host/model/random.ts";
import { localTarget } from "../../host/runtime/index.ts";
import type { Answer } from "./nir-child.ts";
import { editNir } from "./nir-edits.ts";
import { mutateNir } from "./nir-mutations.ts";
import { type NirGraph, writeNir } from "./nir-writer.ts";
import { dice } from "./random-draft.ts";

/** What one file may cost: the library has five seconds before its worker is ended. */
export const LIMIT = { ms: 8000, bytes: 256 * 2 ** 20 } as const;
const PATIENCE_MS = 30_000;

export type Outcome = {
  readonly counts: Readonly<Record<string, number>>;
  /** of those that work, compiled and run */
  readonly ran: number;
  readonly meanMs: number;
  readonly slowestMs: number;
  /** resident memory above that of a process that has read one sound file */
  readonly peakBytes: number;
  /** answers that are no coded error and files above a limit, with the seed that remakes them */
  readonly failures: readonly string[];
};

/** Graphs are edited, then written, then some of them damaged; files from elsewhere are damaged. */
export type Victims = {
  readonly graphs: readonly NirGraph[];
  readonly files: readonly Uint8Array[];
};

async function damaged(
  { graphs, files }: Victims,
  donor: Uint8Array,
  random: Random,
): Promise<Uint8Array> {
  const { pick, int, chance } = dice(random);
  if (graphs.length === 0 || (files.length > 0 && chance(0.3))) {
    return mutateNir(pick(files), donor, random);
  }
  const graph = pick(graphs);
  const style = { ...(chance(0.3) ? { gzip: int(1, 9) } : {}), latest: chance(0.1) };
  if (chance(0.3)) return mutateNir(await writeNir(graph, style), donor, random);
  const edited = await writeNir(editNir(graph, random), style);
  return chance(0.1) ? mutateNir(edited, donor, random) : edited;
}

/**
 * @param sound     a file that works: the donor of bytes, and what memory is measured against
 * @param survivors how many of the files that still work are compiled and run
 */
export async function fuzzNir(
  victims: Victims,
  sound: Uint8Array,
  count: number,
  survivors: number,
): Promise<Outcome> {
  const counts: Record<string, number> = {};
  const failures: string[] = [];
  let ran = 0;
  let [total, slowestMs, peakBytes] = [0, 0, 0];
  const process = new Asker(sound);
  for (let seed = 0; seed < count; seed++) {
    const file = await damaged(victims, sound, mulberry32(subseed(23, seed)));
    const { answer, ms, peakBytes: bytes } = await process.ask(file);
    const coded = /^(works|[A-Z_]+)$/.test(answer) && answer !== "INTERNAL";
    const key = coded ? answer : "not coded";
    counts[key] = (counts[key] ?? 0) + 1;
    if (!coded) failures.push(`seed ${seed}: ${answer}`);
    if (answer === "works" && ran < survivors) {
      ran++;
      const problem = await runs(file, seed);
      if (problem) failures.push(`seed ${seed}, compiled: ${problem}`);
    }
    if (ms > LIMIT.ms) failures.push(`seed ${seed}: ${ms} ms`);
    if (bytes > LIMIT.bytes && bytes > peakBytes) failures.push(`seed ${seed}: ${bytes} bytes`);
    total += ms;
    slowestMs = Math.max(slowestMs, ms);
    peakBytes = Math.max(peakBytes, bytes);
  }
  await process.end();
  return { counts, ran, meanMs: total / count, slowestMs, peakBytes, failures };
}

/** Compiles a network and runs some steps of noise: null, or what went wrong without a code. */
async function runs(file: Uint8Array, seed: number): Promise<string | null> {
  const random = mulberry32(seed);
  try {
    const { wasm } = await compile(await importModel(file, "fuzz.nir"), DEFAULT_OPTIONS);
    const session = await localTarget().load(wasm);
    const output = new Uint8Array(session.outputBytes);
    for (let step = 0; step < 20; step++) {
      const input = Uint8Array.from({ length: session.inputBytes }, () => random() * 3);
      session.step(input, output);
    }
    return null;
  } catch (error) {
    if (error instanceof TwentyWattError && error.code !== "INTERNAL") return null;
    return `${error instanceof Error ? error.stack : error}`.slice(0, 600);
  }
}

/** A process that is replaced when it hangs or dies. */
class Asker {
  readonly #sound: Uint8Array;
  #child: ChildProcess | null = null;
  #baseBytes = 0;

  constructor(sound: Uint8Array) {
    this.#sound = sound;
  }

  async ask(file: Uint8Array): Promise<Answer> {
    this.#child ??= await this.#start();
    const answer = await this.#answer(this.#child, file);
    if (answer === null) {
      this.#child.kill("SIGKILL");
      this.#child = null;
      return { answer: `died, or silent for ${PATIENCE_MS} ms`, ms: 0, peakBytes: 0 };
    }
    return { ...answer, peakBytes: answer.peakBytes - this.#baseBytes };
  }

  /** The process must end by itself once nobody asks: no worker may hold it. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    const exit = once(child, "exit", { signal: AbortSignal.timeout(PATIENCE_MS) });
    child.disconnect();
    await exit;
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(new URL("./nir-child.ts", import.meta.url), {
      execArgv: ["--import", new URL("./ts-loader.mjs", import.meta.url).href],
      serialization: "advanced",
    });
    await once(child, "message");
    const answer = await this.#answer(child, this.#sound);
    if (answer?.answer !== "works") throw new Error(`the sound file: ${answer?.answer}`);
    this.#baseBytes = answer.peakBytes;
    return child;
  }

  #answer(child: ChildProcess, file: Uint8Array): Promise<Answer | null> {
    return new Promise((resolve) => {
      const done = (answer: Answer | null) => {
        clearTimeout(timer);
        child.removeAllListeners("message").removeAllListeners("exit");
        resolve(answer);
      };
      const timer = setTimeout(() => done(null), PATIENCE_MS);
      child.once("message", (answer) => done(answer as Answer));
      child.once("exit", () => done(null));
      child.send(file);
    });
  }
}
