/** The same bytes on arm64 as on this machine: modules compiled here, run by an arm64 Node under emulation. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, type TestContext, test } from "vitest";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { isRelaxed } from "../../host/module/relaxed.ts";
import { modelGraph } from "../conformance/models.ts";
import { moduleFor, TARGETS } from "../conformance/targets.ts";
import { dataTest, readData } from "../support/data.ts";
import {
  bundle,
  inputBytes,
  interestingInputs,
  randomChain,
  randomOperator,
} from "../support/random-graph.ts";
import { KINDS } from "../support/random-operators.ts";
import type { Missing } from "../support/skip.ts";
import { type Arm64Node, arm64Node } from "./machine.ts";

const SCRIPT = fileURLToPath(new URL("digest.mjs", import.meta.url));
const run = promisify(execFile);

let arm64: Arm64Node | Missing;
beforeAll(async () => {
  arm64 = await arm64Node();
}, 900_000);

type Digests = { readonly arch: string; readonly outputs: Readonly<Record<string, string>> };

async function sameBytes(
  { skip }: TestContext,
  graph: LayeredGraph,
  inputs: Uint8Array,
): Promise<void> {
  if (typeof arm64 !== "function") return skip(`${arm64.reason}: ${arm64.fix}`);
  const folder = await mkdtemp(join(tmpdir(), "twentywatt-arm64-"));
  try {
    for (const row of TARGETS) {
      // what is made for an engine of its own is in relaxed.test.ts
      if (isRelaxed(row.flavour)) continue;
      await writeFile(join(folder, `${row.name}.wasm`), await moduleFor(row, graph));
      await writeFile(join(folder, `${row.name}.input`), inputs);
    }
    const { stdout } = await run(process.execPath, [SCRIPT, folder]);
    const here = JSON.parse(stdout) as Digests;
    const there = JSON.parse(await arm64(SCRIPT, [folder])) as Digests;
    expect(there.arch).toBe("arm64");
    expect(there.outputs).toEqual(here.outputs);
    expect(new Set(Object.values(there.outputs)).size, "all builds alike").toBe(1);
  } finally {
    await rm(folder, { recursive: true });
  }
}

dataTest("keyword spotting, 50 recorded inputs", async (context) => {
  const inputs = readData("kws01/inputs_500x490.i8.bin").subarray(0, 50 * 490);
  await sameBytes(context, await modelGraph("kws_ref_model.tflite"), inputs);
});

test("one random graph of every operator, and chains", async (context) => {
  const graph = bundle([
    ...KINDS.map((kind) => randomOperator(kind, 5)),
    ...[1, 2, 3].map((seed) => randomOperator("CONV_2D", seed)),
    ...[1, 2, 3].map(randomChain),
  ]);
  const inputs = interestingInputs(inputBytes(graph), 1).flatMap((input) => [...input]);
  await sameBytes(context, graph, Uint8Array.from(inputs));
});
