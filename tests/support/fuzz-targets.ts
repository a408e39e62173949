/** The modules that the fuzz campaigns damage: small, of both builds, with and without layers kept. */
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { int8Tensor, layeredGraph, reshape } from "./graphs.ts";

export async function fuzzTargets(): Promise<readonly Uint8Array[]> {
  const graph = layeredGraph(
    [
      int8Tensor("image", [1, 3, 5]),
      int8Tensor("flat", [1, 15]),
      int8Tensor("constant", [4], Uint8Array.of(1, 2, 3, 4)),
    ],
    [reshape(0, 0, 1)],
    [0],
    [1, 2],
  );
  const modules: Uint8Array[] = [];
  for (const build of ["mvp", "simd"] as const) {
    for (const keepLayers of [false, true]) {
      modules.push((await compile(graph, { ...DEFAULT_OPTIONS, build, keepLayers })).wasm);
    }
  }
  return modules;
}
