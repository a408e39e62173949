/** Front ends that use every node, and what a front end computes in float64, written from its equations. */
import { int8Graph } from "../../host/demo/int8-network.ts";
import { vibration } from "../../host/front/named/vibration.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import type { Front, SignalNode } from "../../host/model/signal-graph.ts";
import { melMatrix, powerSpectrum, transform, WINDOWS } from "./signal.ts";

const BASE = {
  ...{ sampleRateHz: 4096, unit: "m/s²", scale: 1 / 256, channels: 1, hop: 128 },
  start: null,
  rounding: "nearest",
} as const;

const NORMALISE = { mean: "none", shift: 4, offset: 0, factor: 1, low: -1e9, high: 1e9 } as const;

/** By name; all give rows that fill the 128 int8 of net:demo-int8, whose scale is 1/8. */
export const FRONTS: Readonly<Record<string, Front>> = {
  "the lines of a spectrum, less their mean": {
    ...BASE,
    name: "lines",
    nodes: [
      { kind: "Window", shape: "hann", length: 256 },
      { kind: "Spectrum", size: 256, divisor: 1 },
      { kind: "Log", first: 1, lines: 128, unit: "log2", floor: 1e-12 },
      { kind: "Normalise", ...NORMALISE, mean: "row" },
    ],
  },
  "every node, three channels": {
    ...BASE,
    name: "every",
    channels: 3,
    hop: 192,
    nodes: [
      { kind: "Channel", index: 1 },
      { kind: "Decimate", factor: 4 },
      { kind: "Envelope", shift: 2 },
      { kind: "Preemphasis", coefficient: 0.9 },
      { kind: "Window", shape: "hamming", length: 100 },
      { kind: "Spectrum", size: 128, divisor: 128 },
      { kind: "MelLog", bands: 16, lowHz: 0, highHz: 512, unit: "ln", floor: 1e-9 },
      { kind: "Dct", coefficients: 8 },
      { kind: "Normalise", ...NORMALISE, mean: "time", offset: 1, factor: 2, low: -12, high: 10 },
    ],
  },
  "a spectrum beside that of an envelope": vibration,
  "windows of one and a half hops": {
    ...BASE,
    name: "uneven",
    hop: 100,
    start: -3,
    rounding: "truncate",
    nodes: [
      { kind: "Window", shape: "none", length: 150 },
      { kind: "Spectrum", size: 512, divisor: 150 },
      { kind: "MelLog", bands: 32, lowHz: 100, highHz: 2048, unit: "dB", floor: 1e-6 },
      { kind: "Normalise", ...NORMALISE, offset: 10, factor: 0.25 },
    ],
  },
};

export const fronted = (front: Front): LayeredGraph => ({ ...int8Graph(), front });

/** Rows of real features, one after the other: null while windows are not full. `step` takes a hop of all channels. */
export function frontOracle(front: Front) {
  let stream: number[] = [];
  let level = 0;
  let means: number[] = [];
  let taken = 0;
  const find = <K extends SignalNode["kind"]>(kind: K) =>
    front.nodes.find((node) => node.kind === kind) as (SignalNode & { kind: K }) | undefined;
  const window = find("Window");
  const spectrum = find("Spectrum");
  if (!window || !spectrum) throw new Error("no spectrum");
  const factor = find("Decimate")?.factor ?? 1;
  const hop = front.hop / factor;
  const rate = front.sampleRateHz / factor;
  const mel = find("MelLog");
  const matrix = mel && melMatrix(mel.bands, spectrum.size, rate, mel.lowHz, mel.highHz);
  const logarithm = (x: number, unit: string) =>
    unit === "dB" ? 10 * Math.log10(x) : unit === "ln" ? Math.log(x) : Math.log2(x);

  function arrived(samples: ArrayLike<number>): number[] {
    const index = find("Channel")?.index ?? 0;
    let own = Array.from({ length: front.hop }, (_, k) => samples[k * front.channels + index] ?? 0);
    if (factor > 1) {
      own = Array.from({ length: hop }, (_, k) => {
        const some = own.slice(k * factor, (k + 1) * factor);
        return Math.floor(some.reduce((a, b) => a + b, 0) / factor + 0.5);
      });
    }
    const envelope = find("Envelope");
    if (!envelope) return own;
    return own.map((x) => {
      level += (Math.min(Math.abs(x), 32767) - level) / 2 ** envelope.shift;
      return Math.floor(level);
    });
  }

  function row(frame: Float64Array): number[] {
    const power = powerSpectrum(frame).map((p) => p / (spectrum?.divisor ?? 1));
    const lines = find("Log");
    const powers = matrix
      ? matrix.map((weights) => weights.reduce((sum, w, k) => sum + w * (power[k] as number), 0))
      : Array.from(power.slice(lines?.first, (lines?.first ?? 0) + (lines?.lines ?? 0)));
    const { unit, floor } = (mel ?? lines) as { unit: string; floor: number };
    const band = find("Demodulate");
    if (band && lines) {
      const { re, im } = transform(frame, new Float64Array(frame.length));
      const cut = (x: Float64Array) => x.subarray(band.first, band.first + band.lines);
      // exchanged: the inverse
      const z = transform(cut(im), cut(re));
      const energy = z.re.map((x, k) => x * x + (z.im[k] as number) ** 2);
      const mean = energy.reduce((a, b) => a + b, 0) / energy.length;
      const envelope = powerSpectrum(energy.map((e) => e - mean));
      const own = envelope.slice(lines.first, lines.first + lines.lines);
      powers.splice(0, lines.lines, ...powers.flatMap((p, k) => [p, own[k] as number]));
    }
    let values = powers.map((p) => logarithm(Math.max(p, floor), unit));
    const dct = find("Dct");
    if (dct) {
      const n = values.length;
      values = Array.from({ length: dct.coefficients }, (_, k) =>
        values.reduce(
          (sum, v, j) => sum + Math.sqrt(2 / n) * v * Math.cos((Math.PI / n) * (j + 0.5) * k),
          0,
        ),
      );
    }
    const normalise = find("Normalise");
    if (!normalise) return values;
    if (normalise.mean === "row") {
      const apart = band ? 2 : 1;
      const mean = (j: number) =>
        values.reduce((sum, v, k) => sum + (k % apart === j % apart ? v : 0), 0) *
        (apart / values.length);
      values = values.map((v, j) => v - mean(j));
    } else if (normalise.mean === "time") {
      values = values.map((v, j) => {
        const before = means[j] ?? 0;
        means[j] = before + (v - before) / 2 ** normalise.shift;
        return v - (means[j] as number);
      });
    }
    const { offset, factor: by, low, high } = normalise;
    return values.map((v) => Math.max(low, Math.min(high, (v + offset) * by)));
  }

  return {
    reset() {
      [stream, level, means, taken] = [[], 0, [], 0];
    },
    step(samples: ArrayLike<number>): number[] | null {
      stream.push(...arrived(samples));
      // frames begin at whole hops; the mean over time hears those too that are not whole, with zeros before them
      const begin = taken;
      const whole = stream.length >= begin + window.length;
      const delay = (hop - (window.length % hop)) % hop;
      const from = stream.length - window.length - delay;
      const at = (n: number) => front.scale * (stream[n] ?? 0);
      const coefficient = find("Preemphasis")?.coefficient ?? 0;
      const frame = new Float64Array(spectrum.size);
      for (let n = 0; n < window.length; n++) {
        const x = at(from + n) - coefficient * at(from + n - 1);
        frame[n] = x * WINDOWS[window.shape](n, window.length);
      }
      const values = row(frame);
      if (!whole) return null;
      taken += hop;
      return values;
    },
  };
}
