/**
 * The manifest: JSON in the custom section `twentywatt` of every module. Part of the second narrow waist; the fields
 * are fixed by the contract, and SCHEMA counts incompatible changes.
 */
import type { Rounding } from "../model/multiplier.ts";

export const SCHEMA = 1;
export const SECTION = "twentywatt";
/** module ABI version: major in the high half, minor in the low */
export const ABI = 0x00010000;

export type Build = "mvp" | "simd";
/** The instructions of the SIMD convolutions; of relaxed ones, what they must take a byte of the input for. */
export const FLAVOURS = ["dot", "extmul", "relaxed-unsigned", "relaxed-signed"] as const;
export type Flavour = (typeof FLAVOURS)[number];

export type ManifestTensor = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "i8" | "u8" | "i16" | "i32";
  /** what a file or a user sees: int8, uint8, int16, int32, float32, spikes (counts) or values */
  readonly edge: "i8" | "u8" | "i16" | "i32" | "f32" | "spike" | "value";
  readonly scale: number;
  readonly zeroPoint: number;
  /** of an input: sums are proven for no more spikes of an element in one step; 255 where it is not given */
  readonly maxCount?: number;
} & Partial<SampleStream>;

/** Of inputs with a front end, where a step takes a hop of samples: shape [hop, channels]. */
export type SampleStream = {
  readonly sampleRateHz: number;
  /** of a value: "m/s²"; "" where it has none */
  readonly unit: string;
  /** new samples of every channel in each step */
  readonly hop: number;
  readonly channels: number;
};

/** By dtype of a tensor. */
export const ELEMENT_BYTES = { i8: 1, u8: 1, i16: 2, i32: 4 } as const;

export type MemoryKind =
  | "input"
  | "output"
  | "state"
  | "activation"
  | "layer"
  | "scratch"
  | "constant"
  | "counters"
  | "trace";

/**
 * A named range of linear memory. `layer`: a whole tensor kept by --keep-layers, named opNN_KIND. `trace`: what stands
 * elsewhere under the same name as each step of the last hop left it, one after another, kept for a recording.
 */
export type MemoryEntry = {
  readonly name: string;
  readonly ptr: number;
  readonly len: number;
  readonly kind: MemoryKind;
  /** of numbers that a user may want to see: real = scale · (q − zeroPoint), row-major in `shape` */
  readonly dtype?: "u8" | "i16" | "u16" | "i32";
  readonly scale?: number;
  /** 0 where it is not given */
  readonly zeroPoint?: number;
  readonly shape?: readonly number[];
};

export type SelfTest = {
  readonly steps: number;
  /** base64: `steps` inputs back to back */
  readonly input: string;
  /** base64: `steps` outputs back to back */
  readonly output: string;
};

export type Manifest = {
  readonly schema: number;
  /** "twentywatt x.y.z" */
  readonly compiler: string;
  readonly build: Build;
  /** of the SIMD convolutions; null in the MVP build */
  readonly flavour: Flavour | null;
  readonly profile: "pure";
  readonly rounding: Rounding;
  readonly source: { readonly name: string; readonly format: string; readonly sha256: string };
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly inputs: readonly ManifestTensor[];
  readonly outputs: readonly ManifestTensor[];
  readonly labels: readonly string[] | null;
  /** null for layered networks */
  readonly dtSeconds: number | null;
  readonly stepsHint: number;
  readonly macs: number;
  readonly neurons: number;
  readonly synapses: number;
  readonly memory: readonly MemoryEntry[];
  /** names of the kernels that boards may compute themselves (kernels.ts), in alphabetical order; absent in older modules */
  readonly kernels?: readonly string[];
  /** constants that only those read; null where there are none */
  readonly rom?: { readonly ptr: number; readonly len: number } | null;
  /** SHA-256 (hex) of the module without its custom section `twentywatt` */
  readonly codeSha256: string;
  readonly selfTest: SelfTest | null;
};
