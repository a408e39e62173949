/** From a model to a module: compile options with their defaults, and the cache. */

import type { Compiled } from "../compiler/index.ts";
import type { CompileOptions } from "../compiler/options.ts";
import { DEFAULT_OPTIONS } from "../compiler/options.ts";
import type { Graph } from "../model/graph.ts";
import type { Build, Flavour, Manifest } from "../module/manifest.ts";
import { relaxedHere } from "../module/relaxed.ts";
import type { Io } from "./io.ts";
import type { Model } from "./model.ts";
import type { ModelOptions } from "./options.ts";
import type { Session } from "./result.ts";
import { say } from "./say.ts";

/** Of the SIMD convolutions: what this engine computes fastest, with the same results. */
const localFlavour = (): Flavour => relaxedHere() ?? (process.arch === "arm64" ? "extmul" : "dot");

/** @param target null: for no particular one, so that the bytes do not depend on where they were made */
export function compileOptions(
  options: ModelOptions,
  target: string | null,
  { warn }: Session,
): CompileOptions {
  const build: Build = options.build ?? (target === "local" ? "simd" : DEFAULT_OPTIONS.build);
  if (options.flavour && build === "mvp") warn("--flavour has no effect on the mvp build");
  return {
    build,
    flavour: build === "simd" ? flavourOf(options, target) : DEFAULT_OPTIONS.flavour,
    rounding: options.rounding ?? DEFAULT_OPTIONS.rounding,
    keepLayers: options.keepLayers ?? DEFAULT_OPTIONS.keepLayers,
    selfTest: options.selfTest,
    weights: options.weights ?? DEFAULT_OPTIONS.weights,
  };
}

function flavourOf({ flavour }: ModelOptions, target: string | null): Flavour {
  return flavour ?? (target === "local" ? localFlavour() : DEFAULT_OPTIONS.flavour);
}

export type Module = {
  readonly wasm: Uint8Array;
  /** null: not compiled now */
  readonly compileCpuMs: number | null;
  /** what compiling took when it was compiled; null: a module came compiled */
  readonly onceCpuMs: number | null;
};

/** The module as it is, or the graph compiled; from the cache where it is there. */
export async function moduleOf(
  model: Model,
  options: CompileOptions,
  { io }: Session,
): Promise<Module> {
  if (model.kind === "module") return { wasm: model.wasm, compileCpuMs: null, onceCpuMs: null };
  const { compileCached } = await import("../compiler/cache.ts");
  return compileCached(model.graph, options, {
    compileNow: (graph, chosen) => compileNow(graph, chosen, io),
  });
}

/** Compiled anew, in a thread that Ctrl-C ends. Says that it takes a moment. */
export async function compileNow(
  graph: Graph,
  options: CompileOptions,
  { stderr, signal, threads }: Io,
): Promise<Compiled> {
  say(stderr, `compiling ${graph.source.name}, ${options.build} build …`);
  if (!threads) return (await import("../compiler/index.ts")).compile(graph, options);
  const { compileInThread } = await import("../compiler/in-thread.ts");
  return compileInThread(graph, options, signal);
}

/** "simd build (dot), double rounding" */
export const buildText = ({ build, flavour, rounding }: Manifest): string =>
  `${build} build${flavour ? ` (${flavour})` : ""}, ${rounding} rounding`;
