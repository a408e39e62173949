import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS, plan } from "../../../host/compiler/index.ts";
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

function chain(operators: number) {
  const tensors = Array.from({ length: operators + 1 }, (_, k) => int8Tensor(`t${k}`, [1, 8]));
  const nodes = Array.from({ length: operators }, (_, k) => ({
    ...{ index: k, name: `t${k + 1}`, kind: "RELU" as const, inputs: [k], output: k + 1 },
  }));
  return layeredGraph(tensors, nodes, [0], [operators]);
}

test("a chain that is longer than one function computes what each of its operators does", async () => {
  const { wasm } = await compile(chain(600), DEFAULT_OPTIONS);
  const input = Int8Array.of(-128, -3, -1, 0, 1, 2, 100, 127);
  const output = (await plainModule(wasm)).infer(new Uint8Array(input.buffer));
  expect([...new Int8Array(output.buffer, output.byteOffset, 8)]).toEqual([
    0, 0, 0, 0, 1, 2, 100, 127,
  ]);
});

test("more operators than any network for boards has are refused before anything is planned", async () => {
  expect(() => plan(chain(8192), DEFAULT_OPTIONS)).not.toThrow();
  expect(() => plan(chain(8193), DEFAULT_OPTIONS)).toThrow("MODULE_TOO_BIG");
});
