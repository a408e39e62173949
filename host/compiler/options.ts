/** What a user may ask of the compiler. Same model, options and version give the same bytes. */

import type { Rounding } from "../model/multiplier.ts";
import type { Build, Flavour } from "../module/manifest.ts";

export type CompileOptions = {
  readonly build: Build;
  /** of the SIMD convolutions: dot for x64, extmul for arm64, relaxed ones where an engine is exact. Same results */
  readonly flavour: Flavour;
  readonly rounding: Rounding;
  /** every layer's output keeps a buffer of its own, listed in the manifest: for dumps */
  readonly keepLayers: boolean;
  readonly selfTest: boolean;
  /** stored weights of spiking networks */
  readonly weights: "i16" | "i8";
  /** behind a front end: what of the network is kept in each of a hop's steps, as `cells.spikes`; nothing unless given */
  readonly keptSteps?: readonly string[];
  /** linear memory there is: where the fastest forms need more, layers take smaller ones. Otherwise as much as they like */
  readonly memoryBytes?: number;
  /**
   * For engines that have no native kernels and never will: fully connected layers keep the forms that are fastest there, of
   * which a board can leave nothing in flash
   */
  readonly interpreted?: boolean;
};

export const DEFAULT_OPTIONS: CompileOptions = {
  build: "mvp",
  flavour: "dot",
  rounding: "double",
  keepLayers: false,
  selfTest: true,
  weights: "i16",
};
