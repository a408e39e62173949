/**
 * Constants of TensorFlow's audio front end. They are computed there in single precision by whatever C library there is; here
 * each operation is rounded to single from deterministic arithmetic, and where glibc's logarithm gave another weight, with
 * which networks were trained, that weight stands.
 */
import { cosSinTurns, exp, log } from "../../model/elementary.ts";
import { octaves, type SignalOf } from "../../model/signal-graph.ts";
import type { ConstantBlock } from "../lowering.ts";

const f32 = Math.fround;

const block = (
  name: string,
  words: Int16Array | Uint16Array | Uint8Array | Int32Array,
): ConstantBlock => ({
  name,
  bytes: new Uint8Array(words.buffer, words.byteOffset, words.byteLength),
  align: 8,
});

export const intsBlock = (name: string, values: readonly number[]): ConstantBlock =>
  block(name, Int32Array.from(values));

/** A Hann window between samples, in steps of 2^−12: window_util.c, and for TFLite Micro in double, half to even. */
export function microWindow({ length, arithmetic }: SignalOf<"MicroWindow">): ConstantBlock {
  const library = (i: number): number => {
    const turn = f32(f32(f32(Math.PI) * 2) / length);
    const [cos] = cosSinTurns(f32(turn * (i + 0.5)) / (2 * Math.PI));
    return Math.floor(f32(f32(f32(0.5 - f32(0.5 * f32(cos))) * 4096) + 0.5));
  };
  const operators = (i: number): number => {
    const [cos] = cosSinTurns((i + 0.5) / length);
    const exact = 4096 * (0.5 - 0.5 * cos);
    const down = Math.floor(exact);
    const half = exact - down === 0.5;
    return half ? down + (down % 2) : Math.floor(exact + 0.5);
  };
  const value = arithmetic === "tflm" ? operators : library;
  return block(
    "window",
    Int16Array.from({ length }, (_, i) => value(i)),
  );
}

/** (⌊½ + 32767 · cos φ⌋, ⌊½ + 32767 · sin φ⌋) of so many turns each. */
const turned = (name: string, count: number, turns: (i: number) => number): ConstantBlock => {
  const words = new Int16Array(2 * count);
  for (let i = 0; i < count; i++) {
    const [cos, sin] = cosSinTurns(turns(i));
    words[2 * i] = Math.floor(0.5 + 32767 * cos);
    words[2 * i + 1] = Math.floor(0.5 + 32767 * sin);
  }
  return block(name, words);
};

/** What the stages of radix 4 multiply by: the last asks for three times 63 of 256 parts of a turn. */
export const twiddles = (): ConstantBlock => turned("twiddles", 192, (i) => -i / 256);

/** What the split multiplies by. */
export const turns = (): ConstantBlock => turned("turns", 128, (i) => -((i + 1) / 256 + 0.5) / 2);

export type Bank = {
  readonly weights: ConstantBlock;
  readonly lengths: ConstantBlock;
  /** lines of the spectrum */
  readonly first: number;
  readonly lines: number;
};

/** glibc's log1pf rounds two lines of the bank that everyone has so that their weight is one more. */
const GLIBC: ReadonlySet<number> = new Set([149, 221]);
const EVERYONES = [40, 125, 7500, 16_000, 512].join();

/** Triangles between equal steps of mel: filterbank_util.c. Each line goes to its band, and what is left to the next. */
export function microBank(
  { bands, lowHz, highHz }: SignalOf<"MicroBank">,
  size: number,
  sampleRateHz: number,
  arithmetic: SignalOf<"MicroWindow">["arithmetic"],
): Bank {
  const mel = (hz: number): number => f32(1127 * f32(log(1 + f32(hz / 700))));
  const hz = f32((0.5 * sampleRateHz) / (size / 2));
  const [low, high] = [mel(lowHz), mel(highHz)];
  const spacing = f32(f32(high - low) / (bands + 1));
  const centre = (c: number): number => (c < 0 ? low : f32(low + f32(spacing * (c + 1))));
  const first = Math.trunc(1.5 + lowHz / hz);
  const known = [bands, lowHz, highHz, sampleRateHz, size].join() === EVERYONES;
  const weights: number[] = [];
  const lengths: number[] = [];
  for (let band = 0, line = first; band <= bands; band++) {
    const before = line;
    const width = f32(centre(band) - centre(band - 1));
    for (; line <= size / 2 && mel(line * hz) <= centre(band); line++) {
      const share = f32(f32(centre(band) - mel(line * hz)) / width);
      if (arithmetic === "tflm") {
        weights.push(Math.trunc(share * 4096), Math.trunc((1 - share) * 4096));
      } else {
        const more = known && GLIBC.has(line) ? 1 : 0;
        const rest = Math.floor(f32(1 - share) * 4096 + 0.5);
        weights.push(Math.floor(share * 4096 + 0.5) + more, rest - more);
      }
    }
    lengths.push(line - before);
  }
  return {
    weights: block("bank", Uint16Array.from(weights)),
    lengths: block("bands", Uint8Array.from(lengths)),
    first,
    lines: weights.length / 2,
  };
}

/** Gains of 0 and 1, and a parabola for each octave above: pcan_gain_control_util.c. @param bits of a level's fraction */
export function microGains(
  { strength, offset, gainBits }: SignalOf<"GainControl">,
  bits: number,
): ConstantBlock {
  const gain = (level: number): number => {
    const base = f32(f32(level) / 2 ** bits + f32(offset));
    const power = f32(exp(-f32(strength) * log(base)));
    const value = f32(2 ** gainBits * power);
    return value > 32767 ? 32767 : Math.trunc(f32(value + 0.5));
  };
  const words = [gain(0), gain(1)];
  for (let length = 2; length <= 32; length++) {
    const start = 2 ** (length - 1);
    const y0 = gain(start);
    const middle = gain(1.5 * start) - y0;
    const end = gain(length < 32 ? 2 * start : 2 * start - 1) - y0;
    const a1 = 4 * middle - end;
    words.push(y0, a1, end - a1);
  }
  return block("gains", Int16Array.from(words));
}

/** 65536 · (log2(1 + i / 128) − i / 128), and 0 behind its end: log_lut.c. */
export const microLogs = (): ConstantBlock =>
  block(
    "logarithms",
    Uint16Array.from({ length: 130 }, (_, i) =>
      i > 128 ? 0 : Math.floor(65_536 * (octaves(1 + i / 128) - i / 128) + 0.5),
    ),
  );

/** A share in steps of 2^−14, cut off, as the library takes it. */
export const share14 = (x: number): number => Math.trunc(f32(x) * 16_384);
