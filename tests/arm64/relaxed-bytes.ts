/** Modules of `relaxed-signed` on an arm64 processor that QEMU has. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, type TestContext } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import type { Flavour } from "../../host/module/manifest.ts";
import { inputBytes, interestingInputs } from "../support/random-graph.ts";
import type { Missing } from "../support/skip.ts";
import type { Arm64Node } from "./machine.ts";

const DIGEST = fileURLToPath(new URL("digest.mjs", import.meta.url));

/** QEMU's names: one with the instructions for dot products, and that of a Raspberry Pi 4. */
export const PROCESSORS = ["max", "cortex-a72"] as const;
export type Processor = (typeof PROCESSORS)[number];

/** The same inputs through `dot` here and through relaxed products there. */
export async function sameBytes(
  { skip }: TestContext,
  arm64: Arm64Node | Missing,
  cpu: Processor,
  graph: LayeredGraph,
): Promise<void> {
  if (typeof arm64 !== "function") return skip(`${arm64.reason}: ${arm64.fix}`);
  const folder = await mkdtemp(join(tmpdir(), "twentywatt-arm64-"));
  try {
    const inputs = interestingInputs(inputBytes(graph), 1).flatMap((input) => [...input]);
    for (const flavour of ["dot", "relaxed-signed"] as const satisfies readonly Flavour[]) {
      const options = { ...DEFAULT_OPTIONS, build: "simd", flavour, selfTest: false } as const;
      await writeFile(join(folder, `${flavour}.wasm`), (await compile(graph, options)).wasm);
      await writeFile(join(folder, `${flavour}.input`), Uint8Array.from(inputs));
    }
    const { arch, outputs } = JSON.parse(await arm64(DIGEST, [folder], cpu));
    expect(arch).toBe("arm64");
    expect(outputs["relaxed-signed"]).toBe(outputs.dot);
  } finally {
    await rm(folder, { recursive: true });
  }
}
