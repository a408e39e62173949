/**
 * The modules that the fuzz campaigns damage: small, of both builds. One only moves bytes, with and without layers
 * kept; one has every kind of kernel, tables filled by init() included.
 */
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { int8Tensor, layeredGraph, reshape } from "./graphs.ts";
import { bundle, randomOperator } from "./random-graph.ts";
import { KINDS } from "./random-operators.ts";

export async function fuzzTargets(): Promise<readonly Uint8Array[]> {
  const modules: Uint8Array[] = [];
  for (const build of ["mvp", "simd"] as const) {
    for (const keepLayers of [false, true]) {
      modules.push((await compile(moves(), { ...DEFAULT_OPTIONS, build, keepLayers })).wasm);
    }
    modules.push((await compile(everyKernel(), { ...DEFAULT_OPTIONS, build })).wasm);
  }
  return modules;
}

const moves = (): LayeredGraph =>
  layeredGraph(
    [
      int8Tensor("image", [1, 3, 5]),
      int8Tensor("flat", [1, 15]),
      int8Tensor("constant", [4], Uint8Array.of(1, 2, 3, 4)),
    ],
    [reshape(0, 0, 1)],
    [0],
    [1, 2],
  );

const everyKernel = (): LayeredGraph => bundle(KINDS.map((kind) => randomOperator(kind, 1)));
