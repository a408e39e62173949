/** From a model to a module: compile options with their defaults, the cache, and targets by name. */
import type { CompileOptions } from "../compiler/options.ts";
import { DEFAULT_OPTIONS } from "../compiler/options.ts";
import { fail } from "../errors.ts";
import type { Build, Flavour, Manifest } from "../model/manifest.ts";
import type { Target } from "../runtime/index.ts";
import type { Model } from "./model.ts";
import type { ModelOptions } from "./options.ts";
import type { Session } from "./result.ts";

/** Of the SIMD convolutions: what runs best on this processor. Same results. */
const LOCAL_FLAVOUR: Flavour = process.arch === "arm64" ? "extmul" : "dot";

/** @param target null: for no particular one, so that the bytes do not depend on where they were made */
export function compileOptions(
  options: ModelOptions,
  target: string | null,
  { warn }: Session,
): CompileOptions {
  const build: Build = options.build ?? (target === "local" ? "simd" : DEFAULT_OPTIONS.build);
  if (options.flavour && build === "mvp") warn("--flavour has no effect on the mvp build");
  const flavour = options.flavour ?? (target === "local" ? LOCAL_FLAVOUR : DEFAULT_OPTIONS.flavour);
  return {
    build,
    flavour: build === "simd" ? flavour : DEFAULT_OPTIONS.flavour,
    rounding: options.rounding ?? DEFAULT_OPTIONS.rounding,
    keepLayers: options.keepLayers ?? DEFAULT_OPTIONS.keepLayers,
    selfTest: options.selfTest,
    weights: options.weights ?? DEFAULT_OPTIONS.weights,
  };
}

export type Module = {
  readonly wasm: Uint8Array;
  /** null: not compiled now */
  readonly compileCpuMs: number | null;
};

/** The module as it is, or the graph compiled; from the cache where it is there. */
export async function moduleOf(
  model: Model,
  options: CompileOptions,
  { io }: Session,
): Promise<Module> {
  if (model.kind === "module") return { wasm: model.wasm, compileCpuMs: null };
  const { compileCached } = await import("../compiler/cache.ts");
  const { name } = model.graph.source;
  return compileCached(model.graph, options, undefined, () =>
    io.stderr.write(`compiling ${name}, ${options.build} build …\n`),
  );
}

/** A target by its name on the command line. Raises USAGE for an unknown one, TARGET_MISSING for one that is absent. */
export async function openTarget(name: string): Promise<Target> {
  const { localTarget } = await import("../runtime/index.ts");
  if (name === "local") return localTarget();
  if (name === "wasm3" || name.startsWith("board:")) {
    const remedy = "Run with --target local.";
    return fail("TARGET_MISSING", "--target", name, "a target of this version: local", remedy);
  }
  return fail("USAGE", "--target", name, "local, wasm3 or board:PORT");
}

/** "simd build (dot), double rounding" */
export const buildText = ({ build, flavour, rounding }: Manifest): string =>
  `${build} build${flavour ? ` (${flavour})` : ""}, ${rounding} rounding`;
