import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cacheKey, compileCached } from "../../../host/compiler/cache.ts";
import { DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { int8Tensor, layeredGraph, reshape } from "../../support/graphs.ts";

const folder = mkdtempSync(join(tmpdir(), "twentywatt-cache-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const graphOf = (constant: number) =>
  layeredGraph(
    [
      int8Tensor("in", [1, 4]),
      int8Tensor("out", [4]),
      int8Tensor("constant", [1], Uint8Array.of(constant)),
    ],
    [reshape(0, 0, 1)],
    [0],
    [1, 2],
  );

test("the second compilation comes from the cache, byte for byte", async () => {
  const first = await compileCached(graphOf(7), DEFAULT_OPTIONS, folder);
  const second = await compileCached(graphOf(7), DEFAULT_OPTIONS, folder);
  expect(first.compileCpuMs).toBeGreaterThan(0);
  expect(second.compileCpuMs).toBeNull();
  expect(second.wasm).toEqual(first.wasm);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("a damaged file is compiled again and mended", async () => {
  const [name] = readdirSync(folder);
  const file = join(folder, name ?? "");
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, whole.length >> 1));
  const again = await compileCached(graphOf(7), DEFAULT_OPTIONS, folder);
  expect(again.compileCpuMs).not.toBeNull();
  expect(Buffer.from(again.wasm)).toEqual(whole);
  expect(readFileSync(file)).toEqual(whole);
});

test("a folder that cannot be written costs only the compilation", async () => {
  const blocked = join(folder, "file");
  writeFileSync(blocked, "");
  const { wasm } = await compileCached(graphOf(7), DEFAULT_OPTIONS, blocked);
  expect(wasm.length).toBeGreaterThan(100);
});

test("the key tells weights and options apart", async () => {
  const keys = new Set([
    await cacheKey(graphOf(7), DEFAULT_OPTIONS),
    await cacheKey(graphOf(8), DEFAULT_OPTIONS),
    await cacheKey(graphOf(7), { ...DEFAULT_OPTIONS, rounding: "single" }),
  ]);
  expect(keys.size).toBe(3);
});

test("the key tells numbers that are not finite apart", async () => {
  const graph = graphOf(7);
  const scaled = (scale: number) => ({
    ...graph,
    tensors: graph.tensors.map((t) => ({
      ...t,
      quantization: { ...t.quantization, scales: [scale] },
    })),
  });
  const keys = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((scale) =>
    cacheKey(scaled(scale), DEFAULT_OPTIONS),
  );
  expect(new Set(await Promise.all(keys)).size).toBe(3);
});
