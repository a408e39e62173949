/**
 * Calls of convolutions as compilers make them: shapes, lanes and output stages that belong together, buffers apart. Drawn
 * numbers would nearly never be one. Hostile ones change some of the arguments.
 */
import { outputStage } from "../../host/compiler/requantize-mvp.ts";
import { at } from "../../host/model/at.ts";
import { mulberry32, type Random, subseed } from "../../host/model/random.ts";
import { type Call, type Callable, drawAny, RAM, ROM } from "./kernel-calls.ts";

const below = (random: Random, n: number): number => Math.floor(random() * n);
const between = (random: Random, low: number, high: number): number =>
  low + below(random, high - low + 1);
const pick = (random: Random, list: readonly number[]): number =>
  at(list, below(random, list.length));

const MOST_CHANNELS = 18;

/** Where buffers lie: those that are written in linear memory, the others there or in flash. */
class Places {
  private readonly random: Random;
  private ram = 16;
  private rom = RAM;
  constructor(random: Random) {
    this.random = random;
  }
  written(bytes: number, align = 1): number {
    const start = Math.ceil((this.ram + below(this.random, 3)) / align) * align;
    this.ram = start + bytes;
    return start;
  }
  constant(bytes: number, align: number): number {
    const start = Math.ceil(this.rom / align) * align;
    if (start + bytes > RAM + ROM || this.random() < 0.3) return this.written(bytes, align);
    this.rom = start + bytes;
    return start;
  }
  /** what is left of linear memory */
  scratch(): number {
    return this.written(0, 8);
  }
}

type Poke = readonly [address: number, value: number];
type Drawn = {
  readonly values: readonly number[];
  readonly scratch: number;
  readonly stage: Stage;
  readonly pokes?: readonly Poke[];
};
type Stage = { readonly place: number; readonly bytes: Uint8Array };

function stage(random: Random, places: Places, channels: number, sums: number): Stage {
  const low = between(random, -128, 100);
  const range = { zeroPoint: between(random, -128, 127), low, high: between(random, low, 127) };
  const each = Array.from({ length: channels }, () => {
    const exponent = random() < 0.05 ? between(random, -31, 30) : between(random, -14, 1);
    const bias = between(random, -30_000, 30_000);
    return {
      ...{ bias, constant: null },
      ...{ accLow: bias - sums, accHigh: bias + sums, exponent },
      q: 2 ** 30 + below(random, 2 ** 30),
    };
  });
  type Arguments = Parameters<typeof outputStage>;
  const rounding = random() < 0.5 ? "double" : "single";
  const { bytes } = outputStage(each as unknown as Arguments[0], range as Arguments[1], rounding);
  return { place: places.constant(bytes.length, 8), bytes };
}

/** The last block of taps of each group of eight channels: zero where there is no tap. */
function lastTaps(random: Random, weights: number, N: number, K: number): Poke[] {
  const mask = [0xffffffff, 0x000000ff, 0x00ff00ff, 0x00ffffff][K % 4] as number;
  const blocks = Math.ceil(K / 4);
  return Array.from({ length: 8 * Math.ceil(N / 8) }, (_, k): Poke => {
    const place = weights + 32 * blocks * ((k >> 3) + 1) - 32 + 4 * (k & 7);
    return [place, (below(random, 2 ** 32) & mask) >>> 0];
  });
}

type Axis = Readonly<Record<"size" | "out" | "window" | "stride" | "dilation" | "pad", number>>;

/** A window over an axis, padded as TFLite pads or not. */
function axis(random: Random): Axis {
  for (;;) {
    const [size, window] = [between(random, 1, 7), between(random, 1, 4)];
    const [stride, dilation] = [pick(random, [1, 1, 2, 3]), pick(random, [1, 1, 1, 2])];
    const reach = (window - 1) * dilation + 1;
    const pad = below(random, reach);
    const out = Math.floor((size + 2 * pad - reach) / stride) + 1;
    if (size + 2 * pad >= reach && out >= 1 && out <= 7) {
      return { size, out, window, stride, dilation, pad };
    }
  }
}

const sizes = (y: Axis, x: Axis): number[] => [
  ...[y.window, x.window, y.stride, x.stride, y.dilation, x.dilation, y.pad, x.pad],
];

/** Lanes whose fields hold the sums. */
const laneFor = (random: Random, sums: number): number =>
  pick(random, sums < 2 ** 20 ? [21, 32, 63] : [32, 63]);

function conv2d(random: Random, unsigned: boolean): Drawn | null {
  const [y, x] = [axis(random), axis(random)];
  const [C, N] = [between(random, 1, 9), between(random, 1, MOST_CHANNELS)];
  const K = y.window * x.window * C;
  const sums = (unsigned ? 2 ** 15 : 2 ** 14) * K;
  const places = new Places(random);
  const input = places.written(y.size * x.size * C);
  const output = places.written(y.out * x.out * N);
  const weights = places.constant(32 * Math.ceil(N / 8) * Math.ceil(K / 4), 4);
  const own = stage(random, places, N, sums);
  const scratch = places.scratch();
  if (scratch + 8 * (K + 16) + 2 * 16 * (K + 4) + x.window * C + 96 > RAM) return null;
  return {
    ...{ scratch, stage: own, pokes: K % 4 === 0 ? [] : lastTaps(random, weights, N, K) },
    values: [
      ...[input, output, weights, own.place, scratch, laneFor(random, sums)],
      ...[between(random, -128, 127), y.size, x.size, C, y.out, x.out, N, ...sizes(y, x)],
      unsigned ? between(random, -128, 127) : 0,
    ],
  };
}

function depthwise(random: Random, wide: boolean): Drawn | null {
  const [y, x] = [axis(random), axis(random)];
  const [C, multiplier] = [between(random, 1, 9), pick(random, [1, 1, 1, 2])];
  const N = C * multiplier;
  const taps = y.window * x.window;
  const sums = (wide ? 2 ** 22 : 2 ** 14) * taps;
  const places = new Places(random);
  const input = places.written(y.size * x.size * C);
  const output = places.written(y.out * x.out * N);
  const weights = places.constant((wide ? 2 : 1) * taps * N, 4);
  const own = stage(random, places, N, sums);
  const scratch = places.scratch();
  if (scratch + 8 * (Math.max(N, taps) + 3) + C + 16 > RAM) return null;
  return {
    ...{ scratch, stage: own },
    values: [
      ...[input, output, weights, own.place, scratch, laneFor(random, sums)],
      ...[between(random, -128, 127), y.size, x.size, C, y.out, x.out, multiplier, ...sizes(y, x)],
    ],
  };
}

/** Lines along either side of the image. */
function depthwise3x3(random: Random): Drawn | null {
  const C = between(random, 1, 9);
  const [lines, length] = [between(random, 1, 7), between(random, 1, 7)];
  const [padLines, pad, lineStride] = [below(random, 2), below(random, 2), pick(random, [1, 1, 2])];
  const outLength = length + 2 * pad - 2;
  const outLines = Math.floor((lines + 2 * padLines - 3) / lineStride) + 1;
  if (outLength < 1 || outLines < 1) return null;
  const across = random() < 0.5;
  const places = new Places(random);
  const input = places.written(lines * length * C);
  const output = places.written(outLines * outLength * C);
  const weights = places.constant(9 * C, 4);
  const own = stage(random, places, C, 9 * 2 ** 14);
  // the compiler takes another kernel where a channel is of one of the rare forms
  const forms = new Int32Array(own.bytes.slice(16).buffer).filter((_, k) => k % 4 === 3);
  if (forms.some((shift) => shift >= 128)) return null;
  const scratch = places.scratch();
  if (scratch + 32 * (outLength + 2) + 256 > RAM) return null;
  const [lineStep, step] = across ? [C, lines * C] : [length * C, C];
  const [outLineStep, outStep] = across ? [C, outLines * C] : [outLength * C, C];
  return {
    ...{ scratch, stage: own },
    values: [
      ...[input, output, weights, own.place, scratch, between(random, -128, 127), C],
      ...[lines, lineStep, lineStride, padLines, length, step, pad],
      ...[outLines, outLineStep, outLength, outStep],
    ],
  };
}

const DRAWN: Readonly<Record<string, (random: Random) => Drawn | null>> = {
  conv2d: (random) => conv2d(random, false),
  conv2d_u8: (random) => conv2d(random, true),
  depthwiseConv2d: (random) => depthwise(random, false),
  depthwiseConv2d_i16: (random) => depthwise(random, true),
  depthwiseConv2d3x3: depthwise3x3,
};

const CORNERS = [-(2 ** 31), 2 ** 31 - 1, -1, 0, 1, 3, 65535, RAM - 8, RAM, RAM + ROM, 2 ** 30];

/** @param hostility share of calls some of whose arguments are corners */
export function drawCall(kernels: readonly Callable[], seed: number, hostility: number): Call {
  const kernel = at(kernels, seed % kernels.length);
  const draw = DRAWN[kernel.name];
  if (!draw) return drawAny(kernels, seed, hostility);
  const random = mulberry32(subseed(seed, 0));
  let drawn: Drawn | null = null;
  while (drawn === null) drawn = draw(random);
  const { values, scratch, stage: own, pokes = [] } = drawn;
  const hostile = random() < hostility;
  const words = new Uint32Array(own.bytes.slice().buffer);
  return {
    ...{ kernel, seed: subseed(seed, 1) >>> 0, style: pick(random, [0, 0, 1, 2]), twice: false },
    ...{ compared: scratch, free: hostile, valid: !hostile },
    pokes: [...[...words].map((word, k): Poke => [own.place + 4 * k, word]), ...pokes],
    arguments: values.map((value) => {
      if (!hostile || random() < 0.8) return BigInt(value);
      return BigInt(random() < 0.5 ? value + between(random, -4, 4) : pick(random, CORNERS));
    }),
  };
}
