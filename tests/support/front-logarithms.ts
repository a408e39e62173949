/** Front ends that end in decibels, as compiled: their logarithms before they become int8, and the same in float64. */
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { lowerFront } from "../../host/compiler/signal/index.ts";
import { frontByName } from "../../host/front/index.ts";
import { at } from "../../host/model/at.ts";
import type { LayeredGraph, Tensor } from "../../host/model/graph.ts";
import { type Front, framesOf, type SignalNode } from "../../host/model/signal-graph.ts";
import { localTarget } from "../../host/runtime/index.ts";
import { extremes, melMatrix, powerSpectrum, WINDOWS } from "./signal.ts";

/** One channel of what is named, as far as its logarithm, in decibels. */
function toDecibels(name: string): Front {
  const front = frontByName(name);
  const nodes = front.nodes.flatMap((node): readonly SignalNode[] => {
    if (["Channel", "Dct", "Normalise", "Demodulate"].includes(node.kind)) return [];
    return "unit" in node ? [{ ...node, unit: "dB" as const, floor: 1e-30 }] : [node];
  });
  return { ...front, channels: 1, nodes };
}

/** Pre-emphasis and Hamming, a padded Hann window, single lines. */
export const LOGARITHMIC = ["sww", "mfcc", "vibration"] as const;

/** A front end before a table of 256 entries: a network that needs no work memory, and so leaves the front end's alone. */
function graphOf(front: Front): LayeredGraph {
  const tensor = (name: string): Tensor => ({
    ...{ name, shape: [1, framesOf(front).features], dtype: "i8", data: null },
    quantization: { scales: [1], zeroPoints: [0], axis: 0 },
  });
  return {
    kind: "layered",
    source: { name: front.name, format: "graph", sha256: "0".repeat(64) },
    tensors: [tensor("row"), tensor("out")],
    nodes: [{ kind: "RELU", index: 0, name: "relu", inputs: [0], output: 1 }],
    ...{ labels: null, inputs: [{ tensor: 0, edge: "i8" }], outputs: [{ tensor: 1, edge: "i8" }] },
    front,
  };
}

export type Deviation = { readonly decibels: number; readonly cells: number };

/** One front end in both builds. */
export class CompiledLogarithms {
  readonly front: Front;
  readonly #rows: readonly ((samples: Int16Array) => Int32Array)[];
  readonly #matrix: readonly Float64Array[] | null;

  private constructor(front: Front, rows: readonly ((samples: Int16Array) => Int32Array)[]) {
    this.front = front;
    this.#rows = rows;
    const { size, sampleRateHz } = framesOf(front);
    const mel = front.nodes.find((node) => node.kind === "MelLog");
    this.#matrix = mel ? melMatrix(mel.bands, size, sampleRateHz, mel.lowHz, mel.highHz) : null;
  }

  static async of(name: string): Promise<CompiledLogarithms> {
    const front = toDecibels(name);
    const graph = graphOf(front);
    const call = lowerFront(graph)?.step.find(({ entry }) => entry === "logarithm");
    const out = call?.args.at(-1);
    if (typeof out !== "object" || !("region" in out)) throw new Error("no logarithm");
    const { features, hop } = framesOf(front);
    const rows = [];
    for (const build of ["mvp", "simd"] as const) {
      const { wasm, manifest } = await compile(graph, { ...DEFAULT_OPTIONS, build });
      // where there are no activations, all that the front end works in
      const work = manifest.memory.find((one) => one.name === "scratch");
      if (!work) throw new Error("no work memory");
      const session = await localTarget().load(wasm);
      const output = new Uint8Array(session.outputBytes);
      rows.push((samples: Int16Array): Int32Array => {
        session.reset();
        for (let k = 0; k < samples.length; k += hop) {
          session.step(new Uint8Array(samples.buffer, 2 * k, 2 * hop), output);
        }
        const bytes = session.read(work.ptr + out.offset, 4 * features);
        return new Int32Array(bytes.buffer);
      });
    }
    return new CompiledLogarithms(front, rows);
  }

  /** Whole hops that fill a window, and the sample before it. */
  get length(): number {
    const { window, hop } = framesOf(this.front);
    return Math.ceil((1 + window) / hop) * hop;
  }

  /** The largest difference over all cells at most 80 dB below the loudest line or cell. */
  deviation(samples: Int16Array): Deviation {
    const [mvp, simd] = this.#rows.map((row) => row(samples));
    if (!mvp || !simd || Buffer.compare(bytesOf(mvp), bytesOf(simd)) !== 0) {
      throw new Error(`${this.front.name}: the builds differ`);
    }
    const { lines, cells } = this.#float64(samples);
    const loudest = Math.max(...lines, ...cells);
    let [decibels, n] = [0, 0];
    cells.forEach((power, k) => {
      const got = at(mvp, k) / 65536;
      // silence is the floor: −300 dB
      if (loudest === 0) decibels = Math.max(decibels, Math.abs(got + 300));
      if (power <= 0 || power < loudest * 1e-8) return;
      decibels = Math.max(decibels, Math.abs(got - 10 * Math.log10(power)));
      n += 1;
    });
    return { decibels, cells: n };
  }

  /** Powers from the equations of the nodes; frames end with the last sample, less the delay to whole hops. */
  #float64(samples: Int16Array) {
    const { front } = this;
    const { window, size, delay } = framesOf(front);
    const find = <K extends Front["nodes"][number]["kind"]>(kind: K) =>
      front.nodes.find((node) => node.kind === kind) as
        | (Front["nodes"][number] & { kind: K })
        | undefined;
    const coefficient = find("Preemphasis")?.coefficient ?? 0;
    const shape = find("Window")?.shape ?? "none";
    const divisor = find("Spectrum")?.divisor ?? 1;
    const from = samples.length - window - delay;
    const sample = (k: number): number => (k < 0 ? 0 : at(samples, k) * front.scale);
    const frame = new Float64Array(size);
    for (let n = 0; n < window; n++) {
      const x = sample(from + n) - coefficient * sample(from + n - 1);
      frame[n] = x * WINDOWS[shape](n, window);
    }
    const lines = powerSpectrum(frame).map((p) => p / divisor);
    const { first, lines: wanted } = find("Log") ?? { first: 0, lines: 0 };
    const cells =
      this.#matrix?.map((row) => row.reduce((sum, w, k) => sum + w * at(lines, k), 0)) ??
      Array.from(lines.slice(first, first + wanted));
    return { lines, cells };
  }
}

const bytesOf = (words: Int32Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/** A line, an impulse, a decaying line or noise, at levels over 80 dB, over a floor that is up to 100 dB lower. */
function randomSamples(random: () => number, length: number): Int16Array {
  const level = 32767 * 10 ** (-4 * random());
  const floor = level * 10 ** (-5 * random());
  const [frequency, phase] = [random() / 2, random()];
  const kind = Math.floor(4 * random());
  const place = Math.floor(length * random());
  return Int16Array.from({ length }, (_, k) => {
    const line = level * Math.sin(2 * Math.PI * (frequency * k + phase));
    const loud = [line, k === place ? level : 0, line * Math.exp((-8 * k) / length), 0];
    const noise = (kind === 3 ? level : floor) * (2 * random() - 1);
    return Math.max(-32768, Math.min(32767, Math.round(at(loud, kind) + noise)));
  });
}

/** So many random inputs and every extreme one. */
export async function largestDeviation(name: string, inputs: number, random: () => number) {
  const compiled = await CompiledLogarithms.of(name);
  const { length } = compiled;
  let worst = { decibels: 0, input: "none" };
  let cells = 0;
  const take = (input: string, samples: Int16Array) => {
    const one = compiled.deviation(samples);
    cells += one.cells;
    if (one.decibels > worst.decibels) worst = { decibels: one.decibels, input };
  };
  for (const [input, samples] of Object.entries(extremes(length))) take(input, samples);
  for (let k = 0; k < inputs; k++) take(`random ${k}`, randomSamples(random, length));
  return { ...worst, cells };
}
