/** Constants of the signal kernels, from deterministic arithmetic: the same bytes on every machine. */
import { at } from "../../model/at.ts";
import { cosSinTurns, log } from "../../model/elementary.ts";
import { octaves, type SignalOf } from "../../model/signal-graph.ts";
import type { ConstantBlock } from "../lowering.ts";

const nearest = (x: number): number => Math.floor(x + 0.5);

type Words = Int32Array | Uint32Array | Int16Array | Uint16Array;

/** Little-endian, as this and every other machine that Node runs on. */
const block = (name: string, words: Words): ConstantBlock => ({
  name,
  bytes: new Uint8Array(words.buffer, words.byteOffset, words.byteLength),
  align: 8,
});

/** sin(2π·k / size) in Q2.30, k = 0 … 3/4 of a turn: the cosine stands a quarter further. */
export const sineTable = (size: number): ConstantBlock =>
  block(
    "sines",
    Int32Array.from({ length: (3 * size) / 4 }, (_, k) =>
      nearest(cosSinTurns(k / size)[1] * 2 ** 30),
    ),
  );

/** The first half of a periodic window and its middle, Q2.30. */
export function windowTable({ shape, length }: SignalOf<"Window">): ConstantBlock {
  const value = (k: number): number => {
    if (shape === "none") return 1;
    const [cos] = cosSinTurns(k / length);
    return shape === "hann" ? 0.5 - 0.5 * cos : 0.54 - 0.46 * cos;
  };
  const words = Int32Array.from({ length: (length >> 1) + 1 }, (_, k) =>
    nearest(value(k) * 2 ** 30),
  );
  return block("window", words);
}

/** log2(1 + i / 128) in Q24, i = 0 … 128. */
export const logTable = (): ConstantBlock =>
  block(
    "logarithm",
    Int32Array.from({ length: 129 }, (_, i) => nearest(octaves(1 + i / 128) * 2 ** 24)),
  );

/** √(2 / n) · cos(π/n · (j + 1/2) · k) in Q1.15, [coefficients, n]. */
export function dctTable(coefficients: number, n: number): ConstantBlock {
  const scale = Math.sqrt(2 / n);
  const words = Int16Array.from({ length: coefficients * n }, (_, m) => {
    const [k, j] = [Math.floor(m / n), m % n];
    const [cos] = cosSinTurns(((2 * j + 1) * k) / (4 * n));
    return Math.min(32767, nearest(scale * cos * 32768));
  });
  return block("cosines", words);
}

export type MelTables = {
  readonly segments: ConstantBlock;
  readonly weights: ConstantBlock;
  /** lines of the spectrum that are needed */
  readonly first: number;
  readonly lines: number;
  /** bits that a power may have so that the sum over two segments fits 64 */
  readonly room: number;
};

const mel = (hz: number): number => 1127 * log(1 + hz / 700);

/**
 * As TensorFlow's linear_to_mel_weight_matrix: triangles whose corners are equal steps of mel apart, linear in mel. Line 0
 * belongs to none.
 */
export function melTables(
  { bands, lowHz, highHz }: SignalOf<"MelLog">,
  size: number,
  sampleRateHz: number,
): MelTables {
  const step = (mel(highHz) - mel(lowHz)) / (bands + 1);
  /** distance from the low end in corners */
  const place = (line: number): number => (mel((line * sampleRateHz) / size) - mel(lowHz)) / step;
  const starts: number[] = [];
  const weights: number[] = [];
  for (let line = 1; line < size / 2 + 1 && place(line) < bands + 1; line++) {
    const p = place(line);
    if (p < 0) continue;
    while (starts.length <= p) starts.push(line);
    weights.push(Math.floor((p - Math.floor(p)) * 2 ** 32));
  }
  const first = starts[0] ?? 1;
  while (starts.length < bands + 2) starts.push(first + weights.length);
  const widest = Math.max(
    ...Array.from({ length: bands }, (_, b) => at(starts, b + 2) - at(starts, b)),
  );
  return {
    segments: block("segments", Uint16Array.from(starts)),
    weights: block("mel", Uint32Array.from(weights)),
    first,
    lines: weights.length,
    room: 64 - Math.ceil(Math.log2(widest + 1)),
  };
}
