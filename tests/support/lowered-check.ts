/** Weighted layers of the SIMD build against the oracle: lowered in every variant, compiled together, compared byte by byte. */
import type { Lowering } from "../../host/compiler/lowering.ts";
import { conv2dSimd } from "../../host/compiler/ops/simd/conv-2d.ts";
import { depthwiseConv2dSimd } from "../../host/compiler/ops/simd/depthwise-conv-2d.ts";
import { fullyConnectedSimd } from "../../host/compiler/ops/simd/fully-connected.ts";
import { type CompileOptions, DEFAULT_OPTIONS } from "../../host/compiler/options.ts";
import type { LayeredGraph, LayerNode } from "../../host/model/graph.ts";
import type { Rounding } from "../../host/model/multiplier.ts";
import type { Flavour } from "../../host/module/manifest.ts";
import { loweredShapes } from "./lowered-shapes.ts";
import { interpret } from "./oracle/index.ts";
import { outputBytes } from "./random-graph.ts";
import type { Engine } from "./relaxed-engine.ts";

/** A graph of one operator. */
export type Case = { readonly graph: LayeredGraph; readonly inputs: readonly Int8Array[] };

export type Variant = { readonly rounding: Rounding; readonly flavour: Flavour };

export const BOTH_ROUNDINGS: readonly Variant[] = [
  { rounding: "double", flavour: "dot" },
  { rounding: "single", flavour: "dot" },
];

export const RELAXED_VARIANTS: readonly Variant[] = [
  { rounding: "double", flavour: "relaxed-unsigned" },
  { rounding: "single", flavour: "relaxed-signed" },
];

export const ALL_VARIANTS: readonly Variant[] = [
  ...BOTH_ROUNDINGS,
  { rounding: "double", flavour: "extmul" },
  { rounding: "single", flavour: "extmul" },
  ...RELAXED_VARIANTS,
];

/** Of the engines that compute a flavour exactly, the one that has the least to spare. */
const ENGINES: Readonly<Record<Flavour, Engine | null>> = {
  dot: null,
  extmul: null,
  "relaxed-unsigned": "unsigned",
  "relaxed-signed": "signed, wraps",
};

/** Lowerings per module: memory of asc grows with them, its start costs as much as a dozen. */
const BATCH = 120;

/** @returns the lowerings, and one line for every output that is not the oracle's: the first byte that differs */
export async function compareLowered(
  cases: readonly Case[],
  variants: readonly Variant[],
  pages = 16,
): Promise<{ readonly lowerings: readonly Lowering[]; readonly wrong: readonly string[] }> {
  const jobs = cases.flatMap((tested) =>
    variants.map((variant) => ({ ...tested, ...variant, lowering: lower(tested.graph, variant) })),
  );
  const wrong: string[] = [];
  const oracle = new Map<string, Int8Array>();
  const expected = (graph: LayeredGraph, input: Int8Array, k: number, rounding: Rounding) => {
    const key = `${cases.findIndex((c) => c.graph === graph)} ${k} ${rounding}`;
    const known = oracle.get(key) ?? interpret(graph, input, rounding).output;
    oracle.set(key, known);
    return known;
  };
  for (const { batch, engine } of batches(jobs)) {
    const run = await loweredShapes(
      batch.map(({ lowering }) => lowering),
      pages,
      engine,
    );
    for (const { graph, inputs, rounding, flavour, lowering } of batch) {
      inputs.forEach((input, k) => {
        const wanted = expected(graph, input, k, rounding);
        const got = run(lowering, input, outputBytes(graph));
        const at = got.findIndex((value, n) => value !== wanted[n]);
        if (at < 0) return;
        const where = `${graph.source.name}, ${flavour}, ${rounding}, ${lowering.form}, input ${k}`;
        wrong.push(`${where}: byte ${at} is ${got[at]}, not ${wanted[at]}`);
      });
    }
  }
  return { lowerings: jobs.map(({ lowering }) => lowering), wrong };
}

/** Jobs for one engine each, at most BATCH at a time. */
function batches<Job extends Variant>(jobs: readonly Job[]) {
  return [...new Set(Object.values(ENGINES))].flatMap((engine) => {
    const own = jobs.filter(({ flavour }) => ENGINES[flavour] === engine);
    return Array.from({ length: Math.ceil(own.length / BATCH) }, (_, k) => ({
      batch: own.slice(k * BATCH, (k + 1) * BATCH),
      engine,
    }));
  });
}

function lower(graph: LayeredGraph, variant: Variant): Lowering {
  const node = graph.nodes[0] as LayerNode;
  const options: CompileOptions = { ...DEFAULT_OPTIONS, build: "simd", ...variant };
  switch (node.kind) {
    case "CONV_2D":
      return conv2dSimd(node, graph, options);
    case "DEPTHWISE_CONV_2D":
      return depthwiseConv2dSimd(node, graph, options);
    case "FULLY_CONNECTED":
      return fullyConnectedSimd(node, graph, options);
    default:
      throw new Error(node.kind);
  }
}

/** Which ways of the output stage a lowering takes. */
export function stageOf({ step }: Lowering): readonly string[] {
  const { SHIFT = 0, SCALED, BRACKET } = step[0]?.shape ?? {};
  return [
    SHIFT > 8 ? "early shift" : "late shift",
    SCALED ? "scaled" : "unscaled",
    BRACKET ? "bracket" : "no bracket",
    step.length > 1 ? "scalar channels" : "all served",
  ];
}

export const STAGES: readonly string[] = [
  ...["early shift", "late shift", "scaled", "unscaled", "bracket", "no bracket"],
  ...["scalar channels", "all served"],
];
