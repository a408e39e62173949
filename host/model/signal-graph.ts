/**
 * A front end: from samples as a sensor takes them to the rows that a network sees. A chain of nodes in front of a layered
 * network, part of its graph; one step takes one hop of samples. Units are real ones: a sample counts `scale` times its
 * integer, times in samples, frequencies in hertz.
 */
import { type Problem, problem } from "../errors.ts";
import { log } from "./elementary.ts";

export type Front = {
  /** as it was asked for: "sww", or the name of a file */
  readonly name: string;
  readonly sampleRateHz: number;
  /** of a sample: "m/s²"; "" for what has none, such as sound relative to full scale */
  readonly unit: string;
  /** worth of one step of the i16 samples, in that unit */
  readonly scale: number;
  /** samples side by side at each moment */
  readonly channels: number;
  /** new samples of every channel in each step */
  readonly hop: number;
  /** the int8 that fills the network's input before the first row; null for its zero point */
  readonly start: number | null;
  /** from real numbers to int8: to the nearest, or towards zero */
  readonly rounding: "nearest" | "truncate";
  readonly nodes: readonly SignalNode[];
};

/** In the order in which they may follow each other; which must be there, and how often, say `signalProblems`. */
export type SignalNode =
  /** one of several channels */
  | { readonly kind: "Channel"; readonly index: number }
  /** the mean of every `factor` samples: what follows counts in these */
  | { readonly kind: "Decimate"; readonly factor: number }
  /** e ← e + (|x| − e) · 2^−shift */
  | { readonly kind: "Envelope"; readonly shift: number }
  /** x[n] − coefficient · x[n − 1] */
  | { readonly kind: "Preemphasis"; readonly coefficient: number }
  /** the last `length` samples times a periodic window */
  | {
      readonly kind: "Window";
      readonly shape: "hamming" | "hann" | "none";
      readonly length: number;
    }
  /** |DFT|² / divisor of `size` samples, zeros behind those there are */
  | { readonly kind: "Spectrum"; readonly size: number; readonly divisor: number }
  /**
   * the power of the envelope of a band, |DFT(|z|² − mean)|², beside that of the lines: z is the inverse transform of
   * `lines` lines of the spectrum from `first` on (Randall and Antoni, "Rolling element bearing diagnostics", MSSP 25, 2011)
   */
  | { readonly kind: "Demodulate"; readonly first: number; readonly lines: number }
  /** logarithms of the power in triangles between equal steps of HTK's mel scale, 1127 · ln(1 + f / 700) */
  | {
      readonly kind: "MelLog";
      readonly bands: number;
      readonly lowHz: number;
      readonly highHz: number;
      readonly unit: LogUnit;
      /** power below this counts as this */
      readonly floor: number;
    }
  /** logarithms of the lines themselves; behind Demodulate of the lines and of the envelope's, side by side */
  | {
      readonly kind: "Log";
      readonly first: number;
      readonly lines: number;
      readonly unit: LogUnit;
      readonly floor: number;
    }
  /** the first coefficients of the cosine transform of type II, times √(2 / n) */
  | { readonly kind: "Dct"; readonly coefficients: number }
  /**
   * (x − mean + offset) · factor, held between low and high; the mean of the row, for lines and envelope each, of the
   * time, or none
   */
  | {
      readonly kind: "Normalise";
      readonly mean: "none" | "row" | "time";
      /** of the mean over time: m ← m + (x − m) · 2^−shift */
      readonly shift: number;
      readonly offset: number;
      readonly factor: number;
      readonly low: number;
      readonly high: number;
    };

export type LogUnit = "dB" | "ln" | "log2";

export type SignalKind = SignalNode["kind"];
export type SignalOf<K extends SignalKind> = SignalNode & { readonly kind: K };

/** How much of each unit one octave of power is. */
export const PER_OCTAVE: Readonly<Record<LogUnit, number>> = {
  dB: (10 * Math.LN2) / Math.LN10,
  ln: Math.LN2,
  log2: 1,
};

export const octaves = (power: number): number => log(power) / Math.LN2;

/** What a chain amounts to: sizes, after they were found sound. */
export type Frames = {
  /** samples per second, and in each step, where frames are cut */
  readonly sampleRateHz: number;
  readonly hop: number;
  readonly window: number;
  readonly size: number;
  /** the end of a frame lies so many samples back: frames begin at whole hops, as if cut from a recording */
  readonly delay: number;
  /** steps before the first whole frame */
  readonly waiting: number;
  /** numbers in a row */
  readonly features: number;
};

export const nodeOf = <K extends SignalKind>(front: Front, kind: K): SignalOf<K> | undefined =>
  front.nodes.find((node): node is SignalOf<K> => node.kind === kind);

/** Sizes of a front end that `signalProblems` objects nothing to. */
export function framesOf(front: Front): Frames {
  const factor = nodeOf(front, "Decimate")?.factor ?? 1;
  const [window, spectrum] = [nodeOf(front, "Window"), nodeOf(front, "Spectrum")];
  const pairs = nodeOf(front, "Demodulate") ? 2 : 1;
  const log = nodeOf(front, "Log");
  const lines = nodeOf(front, "MelLog")?.bands ?? (log && pairs * log.lines);
  if (!window || !spectrum || lines === undefined) throw new Error("a front end without frames");
  const hop = front.hop / factor;
  const delay = (hop - (window.length % hop)) % hop;
  return {
    ...{ sampleRateHz: front.sampleRateHz / factor, hop, delay },
    window: window.length,
    size: spectrum.size,
    waiting: Math.ceil(window.length / hop) - 1,
    features: nodeOf(front, "Dct")?.coefficients ?? lines,
  };
}

/** Where each node may stand: later than all with smaller numbers. Two nodes of one number exclude each other. */
const PLACE: Readonly<Record<SignalKind, number>> = {
  ...{ Channel: 0, Decimate: 1, Envelope: 2, Preemphasis: 3, Window: 4 },
  ...{ Spectrum: 5, Demodulate: 6, MelLog: 7, Log: 7, Dct: 8, Normalise: 9 },
};
const ORDER =
  "Channel, Decimate, Envelope, Preemphasis, Window, Spectrum, Demodulate, MelLog or Log, Dct, Normalise";
const NEEDED = ["Window", "Spectrum"] as const;

const MOST = { rate: 1e6, channels: 64, hop: 65_536, window: 1024 } as const;

const REMEDY = "Change the front end; host/front/README.md lists the nodes and their ranges.";

type Rule = readonly [what: string, got: unknown, holds: boolean, expected: string];

const whole = (x: number, low: number, high: number): boolean =>
  Number.isInteger(x) && x >= low && x <= high;

/** Everything that keeps a front end from being built, all at once. */
export function signalProblems(front: Front): Problem[] {
  const problems = [...rulesOf(front), ...orderRules(front)].flatMap(
    ([what, got, holds, expected]) =>
      holds
        ? []
        : [problem("MODEL_RANGE", `front end ${front.name}: ${what}`, `${got}`, expected, REMEDY)],
  );
  return problems.length > 0 ? problems : frameProblems(front);
}

function rulesOf({ sampleRateHz, scale, channels, hop, start, nodes }: Front): Rule[] {
  return [
    [
      "sampleRateHz",
      sampleRateHz,
      sampleRateHz > 0 && sampleRateHz <= MOST.rate,
      "above 0, to 1e6",
    ],
    ["scale", scale, scale > 0 && Number.isFinite(scale), "a number above 0"],
    ["channels", channels, whole(channels, 1, MOST.channels), `1 to ${MOST.channels}`],
    ["hop", hop, whole(hop, 1, MOST.hop), `1 to ${MOST.hop} samples`],
    ["start", start, start === null || whole(start, -128, 127), "an int8"],
    ...nodes.flatMap((node) => nodeRules(node, channels)),
  ];
}

function nodeRules(node: SignalNode, channels: number): Rule[] {
  const rule = (name: string, got: unknown, holds: boolean, expected: string): Rule => [
    ...([`${node.kind} ${name}`, got, holds, expected] as const),
  ];
  switch (node.kind) {
    case "Channel":
      return [
        rule("index", node.index, whole(node.index, 0, channels - 1), `0 to ${channels - 1}`),
      ];
    case "Decimate":
      return [rule("factor", node.factor, whole(node.factor, 1, 4096), "1 to 4096")];
    case "Envelope":
      return [rule("shift", node.shift, whole(node.shift, 1, 15), "1 to 15")];
    case "Preemphasis": {
      const { coefficient: c } = node;
      return [rule("coefficient", c, Math.abs(c) < 1 - 2 ** -15, "between −1 and 1")];
    }
    case "Window":
      return [rule("length", node.length, whole(node.length, 2, MOST.window), "2 to 1024")];
    case "Spectrum":
      return [
        rule("size", node.size, [64, 128, 256, 512, 1024].includes(node.size), "64, 128 … 1024"),
        rule("divisor", node.divisor, node.divisor > 0 && node.divisor < 1e30, "a number above 0"),
      ];
    case "Demodulate":
      return [rule("lines", node.lines, [64, 128, 256].includes(node.lines), "64, 128 or 256")];
    case "MelLog":
    case "Log": {
      const floor = rule("floor", node.floor, node.floor > 1e-300 && node.floor < 1e30, "above 0");
      if (node.kind === "Log") return [floor];
      return [rule("bands", node.bands, whole(node.bands, 1, 128), "1 to 128"), floor];
    }
    case "Dct":
      return [
        rule("coefficients", node.coefficients, whole(node.coefficients, 1, 128), "1 to 128"),
      ];
    case "Normalise":
      return [
        rule("shift", node.shift, whole(node.shift, 1, 15), "1 to 15"),
        rule("low", node.low, node.low < node.high, `below high, ${node.high}`),
        rule("factor", node.factor, node.factor > 0 && node.factor < 1e9, "a number above 0"),
      ];
  }
}

function orderRules({ channels, nodes }: Front): Rule[] {
  const kinds = nodes.map(({ kind }) => kind);
  const ordered = nodes.every(({ kind }, k) => {
    const before = nodes[k - 1];
    return before === undefined || PLACE[before.kind] < PLACE[kind];
  });
  const logarithm = kinds.includes("MelLog") || kinds.includes("Log");
  return [
    ["nodes", kinds.join(", ") || "none", ordered, `each at most once, in this order: ${ORDER}`],
    ...NEEDED.map((kind): Rule => ["nodes", `no ${kind}`, kinds.includes(kind), `a ${kind}`]),
    ["nodes", "no MelLog and no Log", logarithm, "one of both"],
    ["nodes", "no Channel", channels === 1 || kinds.includes("Channel"), "which of the channels"],
  ];
}

/** What only shows once all sizes are whole. */
function frameProblems(front: Front): Problem[] {
  const rules: Rule[] = [];
  const factor = nodeOf(front, "Decimate")?.factor ?? 1;
  if (front.hop % factor !== 0) {
    const expected = `a whole multiple of the factor of Decimate, ${factor}`;
    rules.push(["hop", front.hop, false, expected]);
  } else {
    const { sampleRateHz, hop, window, size } = framesOf(front);
    const [mel, lines, dct] = [nodeOf(front, "MelLog"), nodeOf(front, "Log"), nodeOf(front, "Dct")];
    rules.push(["hop", hop, hop <= window, `at most the window, ${window} samples`]);
    rules.push(["Window length", window, window <= size, `at most the spectrum's, ${size}`]);
    if (mel) {
      const half = sampleRateHz / 2;
      const holds = mel.lowHz >= 0 && mel.lowHz < mel.highHz && mel.highHz <= half;
      const got = `${mel.lowHz} to ${mel.highHz} Hz`;
      rules.push(["MelLog", got, holds, `rising, within 0 to ${half} Hz`]);
    }
    if (lines) {
      const last = lines.first + lines.lines - 1;
      const holds = whole(lines.first, 0, size / 2) && whole(lines.lines, 1, size / 2 + 1);
      const got = `lines ${lines.first} to ${last}`;
      rules.push(["Log", got, holds && last <= size / 2, `within 0 to ${size / 2}`]);
    }
    const band = nodeOf(front, "Demodulate");
    if (band) {
      const got = `lines ${band.first} to ${band.first + band.lines - 1}`;
      const inside = whole(band.first, 0, size / 2) && band.first + band.lines <= size / 2;
      rules.push(["Demodulate", got, inside, `within 0 to ${size / 2 - 1}`]);
      const last = lines ? lines.first + lines.lines - 1 : -1;
      const most = band.lines / 2;
      const holds = lines !== undefined && last <= most && dct === undefined;
      const found = `${mel ? "MelLog" : `Log to line ${last}`}${dct ? " and Dct" : ""}`;
      rules.push(["behind Demodulate", found, holds, `Log to at most line ${most}, and no Dct`]);
    }
    const all = mel?.bands ?? lines?.lines ?? 0;
    if (dct) rules.push(["Dct", dct.coefficients, dct.coefficients <= all, `at most ${all}`]);
  }
  return rules.flatMap(([what, got, holds, expected]) =>
    holds
      ? []
      : [problem("MODEL_SHAPE", `front end ${front.name}: ${what}`, `${got}`, expected, REMEDY)],
  );
}
