/**
 * A front end: from samples as a sensor takes them to the rows, or the spikes, that a network sees. A chain of nodes in
 * front of a network, part of its graph; one step takes one hop of samples. Units are real ones: a sample counts `scale`
 * times its integer, times in samples, frequencies in hertz.
 */
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
  /** the int8 that fills the network's input before the first row; null for its zero point. Spikes wait for the first row */
  readonly start: number | null;
  /** from real numbers to int8: to the nearest, or towards zero */
  readonly rounding: "nearest" | "truncate";
  readonly nodes: readonly SignalNode[];
};

/** In the order in which they may follow each other; which must be there, and how often, says signal-problems.ts. */
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
    }
  /**
   * TensorFlow's audio front end, in the integers of its library: this and the five that follow stand together, in this
   * order, and nothing but Channel before them. The last `length` samples every `step` of them, times a Hann window in 12
   * bits, in 16 bits moved up as far as they go.
   */
  | {
      readonly kind: "MicroWindow";
      readonly length: number;
      readonly step: number;
      /** as the library computes, with which microWakeWord trains, or as the operators of TFLite Micro */
      readonly arithmetic: "microfrontend" | "tflm";
    }
  /** |DFT|² of 512 values by Kiss FFT in 16 bits */
  | { readonly kind: "MicroSpectrum"; readonly size: number }
  /** roots of the power in triangles between equal steps of mel */
  | {
      readonly kind: "MicroBank";
      readonly bands: number;
      readonly lowHz: number;
      readonly highHz: number;
    }
  /** less n ← n + (x − n) · even, in bands 1, 3, … · odd; at least x · least is left */
  | {
      readonly kind: "NoiseReduction";
      readonly even: number;
      readonly odd: number;
      readonly least: number;
    }
  /** times 2^gainBits · (n + offset)^−strength, per channel: PCAN */
  | {
      readonly kind: "GainControl";
      readonly strength: number;
      readonly offset: number;
      readonly gainBits: number;
    }
  /** natural logarithms in 64ths, and of these (256 · v + 333) / 666 − 128, whatever the scale of the network's input */
  | { readonly kind: "MicroLog" }
  /** spikes of what has become int8, in each of the steps that a spiking network makes of a hop */
  | {
      readonly kind: "Encode";
      /**
       * rate: `gain` spikes per second for each unit above `threshold`. crossing: one for each `threshold` by which the
       * feature has moved since its last, ON where it rose. delta: one where it moved by `threshold` since the hop before
       */
      readonly code: "rate" | "crossing" | "delta";
      /** worth of one step of the int8 features */
      readonly scale: number;
      readonly threshold: number;
      /** Hz per unit */
      readonly gain: number;
      /** cleared: potentials, currents and what is left of a rate's intervals are at their start again in each hop */
      readonly memory: "kept" | "cleared";
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
  /** rows in each step, frames `step` samples apart */
  readonly rows: number;
  readonly step: number;
};

export const nodeOf = <K extends SignalKind>(front: Front, kind: K): SignalOf<K> | undefined =>
  front.nodes.find((node): node is SignalOf<K> => node.kind === kind);

/** Input channels of a network per feature: rates have one, changes ON and OFF. */
export const channelsPerFeature = ({ code }: SignalOf<"Encode">): number =>
  code === "rate" ? 1 : 2;

/** Time steps of a spiking network in a hop; whether they fill it, the compiler says. */
export const stepsPerHop = ({ hop, sampleRateHz }: Front, dtSeconds: number): number =>
  Math.round(hop / sampleRateHz / dtSeconds);

/** Sizes of a front end that `signalProblems` objects nothing to. */
export function framesOf(front: Front): Frames {
  const micro = nodeOf(front, "MicroWindow");
  if (micro) return microFrames(front, micro);
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
    ...{ rows: 1, step: hop },
  };
}

/** A hop may hold several frames: the first that belong to one hop are those from the first sample on. */
function microFrames(front: Front, { length, step }: SignalOf<"MicroWindow">): Frames {
  const [bank, spectrum] = [nodeOf(front, "MicroBank"), nodeOf(front, "MicroSpectrum")];
  if (!bank || !spectrum) throw new Error("a front end without frames");
  const { hop, sampleRateHz } = front;
  const rows = hop / step;
  const span = length + (rows - 1) * step;
  return {
    ...{ sampleRateHz, hop, window: length, size: spectrum.size, features: bank.bands, rows, step },
    delay: (hop - (span % hop)) % hop,
    waiting: Math.ceil(span / hop) - 1,
  };
}
