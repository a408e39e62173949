import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { int8Tensor, layeredGraph, reshape } from "../../support/graphs.ts";
import { plainModule } from "../../support/wasm-module.ts";

const BUILDS = ["mvp", "simd"] as const;

test.each(BUILDS)("an alias of the input is copied to the output, %s", async (build) => {
  const graph = layeredGraph(
    [int8Tensor("in", [1, 3, 5]), int8Tensor("out", [1, 15])],
    [reshape(0, 0, 1)],
    [0],
    [1],
  );
  const { wasm } = await compile(graph, { ...DEFAULT_OPTIONS, build });
  const input = Uint8Array.from({ length: 15 }, (_, k) => 17 * k);
  expect((await plainModule(wasm)).infer(input)).toEqual(input);
});
