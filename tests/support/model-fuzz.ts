/** Damaged model files: seeded mutations, imported and planned in a worker of bounded memory; some survivors run. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { at } from "../../host/model/at.ts";
import type { LayeredGraph, Port } from "../../host/model/graph.ts";
import { mulberry32, type Random, subseed } from "../../host/model/random.ts";
import { CUT_MODELS } from "./cut-models.ts";
import { edit } from "./model-edits.ts";
import { anatomy, mutate } from "./model-mutations.ts";
import type { Answer, Request } from "./model-worker.ts";
import { bundle, randomChain, randomOperator } from "./random-graph.ts";
import { KINDS } from "./random-operators.ts";
import { RECURRENT_KINDS, randomRecurrent } from "./random-recurrent.ts";
import { UNSIGNED_KINDS, unsignedFile, unsignedOperator } from "./random-unsigned.ts";
import { randomVariables } from "./random-variables.ts";
import { MOVING_KINDS, wideMover, wideThroughFloat } from "./random-wide-moves.ts";
import { tfliteModel } from "./tflite-from-graph.ts";
import { type ModelFile, writeTflite } from "./tflite-writer.ts";
import { uniformModel } from "./uniform-model.ts";

/**
 * What one file may cost: 50 ms, or so many times the median file of the campaign where the computer is too slow for
 * those, or busy.
 */
export const LIMIT = { ms: 50, medians: 100, bytes: 256 * 2 ** 20 } as const;
/** for what hangs */
const PATIENCE_MS = 60_000;
const COMPILE_PATIENCE_MS = 600_000;

export type Outcome = {
  /** how often each answer came: "works" or an error code */
  readonly counts: ReadonlyMap<string, number>;
  /** the same for the survivors that were compiled and run */
  readonly ran: ReadonlyMap<string, number>;
  readonly slowestMs: number;
  readonly mostBufferBytes: number;
  /** answers that are no coded error and files above a limit, with the seed that remakes them */
  readonly failures: readonly string[];
};

/** A sound model to damage. */
export type Victim = {
  readonly file: Uint8Array;
  /** what the file was written from; null for files from elsewhere */
  readonly model: ModelFile | null;
};

/**
 * Every operator by itself, all in one file, short chains, one with float32 edges, networks with variables, one of
 * interchangeable tensors.
 */
export function writtenModels(): readonly Victim[] {
  const float = (port: Port): Port => ({ ...port, edge: "f32" });
  const edges = (graph: LayeredGraph): LayeredGraph => ({
    ...graph,
    inputs: graph.inputs.map(float),
    outputs: graph.outputs.map(float),
  });
  const graphs = [
    bundle(KINDS.map((kind) => randomOperator(kind, 1))),
    edges(randomChain(2)),
    ...KINDS.map((kind) => randomOperator(kind, 2)),
    ...Array.from({ length: 8 }, (_, k) => randomChain(3 + k)),
    ...Array.from({ length: 10 }, (_, k) => randomVariables(k)),
  ];
  // the uniform model several times: what is rewired there meets the checks behind those of shapes
  const models = [...graphs.map(tfliteModel), ...Array.from({ length: 12 }, uniformModel)];
  return models.map((model) => ({ model, file: writeTflite(model) }));
}

/** Networks of uint8, layers that keep something, what becomes other layers, and what moves int16. */
export function laterModels(): readonly Victim[] {
  const models = [
    ...UNSIGNED_KINDS.map((kind) => unsignedFile(unsignedOperator(kind, 1))),
    ...RECURRENT_KINDS.flatMap((kind) =>
      [0, 1, 2].map((seed) => tfliteModel(randomRecurrent(kind, seed))),
    ),
    ...CUT_MODELS,
    ...MOVING_KINDS.map((kind) => tfliteModel(wideMover(kind, 1))),
    ...[0, 1, 2].map((seed) => tfliteModel(wideThroughFloat(seed))),
  ];
  return models.map((model) => ({ model, file: writeTflite(model) }));
}

/** Makes one damaged file, the same for the same random numbers. */
export type Damage = (random: Random) => Uint8Array | Promise<Uint8Array>;

/** Edits what a .tflite file says, damages its bytes, or both. */
export function damager(victims: readonly Victim[]): (random: Random) => Uint8Array {
  const known = victims.map(({ file, model }) => ({ model, whole: anatomy(file) }));
  return (random) => {
    const one = known[Math.floor(random() * known.length)];
    const donor = victims[Math.floor(random() * victims.length)]?.file;
    if (!one || !donor) throw new Error("no models to damage");
    const { model, whole } = one;
    if (model === null || random() < 0.4) return mutate(whole, donor, random);
    const edited = writeTflite(edit(model, random));
    return random() < 0.8 ? edited : mutate(anatomy(edited), donor, random);
  };
}

/** Damages .tflite files. */
export const fuzzModels = (victims: readonly Victim[], count: number, runs: number) =>
  fuzzFiles(damager(victims), count, runs);

/** Damages files at random, `count` times, then compiles and runs up to `runs` of those that can be planned. */
export async function fuzzFiles(damage: Damage, count: number, runs: number): Promise<Outcome> {
  const damaged = (seed: number) => damage(mulberry32(subseed(11, seed)));
  const failures: string[] = [];
  const planned = new Tally(failures, LIMIT);
  const survivors: number[] = [];
  const planner = new Asker(PATIENCE_MS, LIMIT.bytes);
  for (let seed = 0; seed < count; seed++) {
    const answer = await planner.ask({ file: await damaged(seed), build: null });
    planned.note(`seed ${seed}`, answer);
    if (answer.answer === "works") survivors.push(seed);
  }
  await planner.end();
  planned.judgeTimes();

  const ran = new Tally(failures, null);
  const runner = new Asker(COMPILE_PATIENCE_MS, null);
  const wanted = Math.min(runs, survivors.length);
  for (let k = 0; k < wanted; k++) {
    const seed = survivors[Math.floor((k * survivors.length) / wanted)] ?? 0;
    const build = k % 2 === 0 ? "mvp" : "simd";
    const answer = await runner.ask({ file: await damaged(seed), build });
    ran.note(`seed ${seed}, ${build}`, answer);
  }
  await runner.end();
  const { counts, slowestMs, mostBufferBytes } = planned;
  return { counts, ran: ran.counts, slowestMs, mostBufferBytes, failures };
}

/** Counts answers; keeps those that are wrong. */
class Tally {
  readonly counts = new Map<string, number>();
  slowestMs = 0;
  mostBufferBytes = 0;
  readonly #times: { readonly which: string; readonly ms: number }[] = [];
  readonly #failures: string[];
  readonly #limit: typeof LIMIT | null;

  constructor(failures: string[], limit: typeof LIMIT | null) {
    this.#failures = failures;
    this.#limit = limit;
  }

  note(which: string, { answer, ms, bufferBytes }: Answer): void {
    const coded = /^(works|[A-Z_]+)$/.test(answer) && answer !== "INTERNAL";
    const key = coded ? answer : "not coded";
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.slowestMs = Math.max(this.slowestMs, ms);
    this.mostBufferBytes = Math.max(this.mostBufferBytes, bufferBytes);
    if (!coded) this.#failures.push(`${which}: ${answer}`);
    if (this.#limit === null) return;
    this.#times.push({ which, ms });
    if (bufferBytes > this.#limit.bytes) this.#failures.push(`${which}: ${bufferBytes} bytes`);
  }

  /** Fails the files that took too long, once all have been tried. */
  judgeTimes(): void {
    if (this.#limit === null || this.#times.length === 0) return;
    const { ms: atLeastMs, medians } = this.#limit;
    const sorted = this.#times.map(({ ms }) => ms).sort((a, b) => a - b);
    const mostMs = Math.max(atLeastMs, medians * at(sorted, Math.floor(sorted.length / 2)));
    for (const { which, ms } of this.#times) {
      if (ms > mostMs) this.#failures.push(`${which}: ${ms} ms of at most ${mostMs}`);
    }
  }
}

/** A worker that is replaced when it hangs or dies. */
class Asker {
  #worker: Worker | null = null;
  readonly #patienceMs: number;
  readonly #heapBytes: number | null;

  constructor(patienceMs: number, heapBytes: number | null) {
    this.#patienceMs = patienceMs;
    this.#heapBytes = heapBytes;
  }

  async ask(request: Request): Promise<Answer> {
    this.#worker ??= await this.#start();
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), this.#patienceMs);
    try {
      const answer = once(this.#worker, "message", { signal: patience.signal });
      this.#worker.postMessage(request);
      return (await answer)[0];
    } catch (error) {
      await this.end();
      const answer = patience.signal.aborted
        ? `no answer after ${this.#patienceMs} ms`
        : `the worker died: ${error}`;
      return { answer, ms: 0, bufferBytes: 0 };
    } finally {
      clearTimeout(timer);
    }
  }

  async end(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = null;
  }

  /** Resolves once the worker listens: loading it takes longer than any file. */
  async #start(): Promise<Worker> {
    const limits =
      this.#heapBytes === null ? {} : { maxOldGenerationSizeMb: this.#heapBytes >> 20 };
    const worker = new Worker(new URL("./model-worker.ts", import.meta.url), {
      execArgv: ["--import", new URL("./ts-loader.mjs", import.meta.url).href],
      resourceLimits: limits,
    });
    await once(worker, "message");
    return worker;
  }
}
