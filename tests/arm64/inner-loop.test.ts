/**
 * How many instructions V8 makes of the inner loop of a pointwise convolution in relaxed products, read from its own machine
 * code: the figure that README.md gives for processors that this project has no time of.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { layer } from "../support/weighted-layer.ts";
import { innerLoops, wasmFunctions } from "./jit-dump.ts";
import { arm64Node } from "./machine.ts";

const STEP = fileURLToPath(new URL("step.mjs", import.meta.url));

/** A layer of the keyword spotter. */
const POINTWISE = layer({
  ...{ kind: "CONV_2D", input: [25, 5, 64], filter: [1, 1], stride: [1, 1] },
  ...{ zeroPoint: -128, multiplier: 1e-3, bias: Array.from({ length: 64 }, (_, k) => 31 * k) },
  weights: Int8Array.from({ length: 64 * 64 }, (_, k) => ((k * 37) % 251) - 125),
});

test("8 channels at 4 positions take 32 sdot a round, and at most 3.2 instructions for each", async ({
  skip,
}) => {
  const arm64 = await arm64Node(24);
  if (typeof arm64 !== "function") return skip(`${arm64.reason}: ${arm64.fix}`);
  const folder = await mkdtemp(join(tmpdir(), "twentywatt-loop-"));
  try {
    const options = { ...DEFAULT_OPTIONS, build: "simd", flavour: "relaxed-signed" } as const;
    const { wasm } = await compile(POINTWISE, { ...options, selfTest: false });
    const file = join(folder, "pointwise.wasm");
    await writeFile(file, wasm);
    const optimised = ["--no-liftoff", "--no-wasm-lazy-compilation"];
    const flags = ["--perf-prof", `--perf-prof-path=${folder}`, "--no-logfile-per-isolate"];
    await arm64(STEP, [file], "max", [...optimised, ...flags]);
    const dump = (await readdir(folder)).find((name) => name.endsWith(".dump")) ?? "";
    const loops = wasmFunctions(await readFile(join(folder, dump))).flatMap(innerLoops);
    const widest = loops.filter(({ sdots }) => sdots === 32);
    expect(widest).toHaveLength(1);
    for (const { instructions, sdots } of widest) {
      console.log(`${instructions} instructions for ${sdots} sdot, ${16 * sdots} products`);
      expect(instructions / sdots).toBeLessThanOrEqual(3.2);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}, 900_000);
