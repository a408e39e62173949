/**
 * Relaxed dot products on arm64's own instructions: sdot, and smull with addp where a processor is older. The probe calls both
 * exact, and modules give the bytes that this machine computes with `dot`.
 */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { modelGraph } from "../conformance/models.ts";
import { dataTest } from "../support/data.ts";
import { bundle, randomOperator } from "../support/random-graph.ts";
import type { Missing } from "../support/skip.ts";
import { type Arm64Node, arm64Node } from "./machine.ts";
import { PROCESSORS, sameBytes } from "./relaxed-bytes.ts";

const PROBE = fileURLToPath(new URL("probe.mjs", import.meta.url));

let arm64: Arm64Node | Missing;
beforeAll(async () => {
  arm64 = await arm64Node(24);
}, 900_000);

describe.each(PROCESSORS)("%s", (cpu) => {
  test("the probe", async ({ skip }) => {
    if (typeof arm64 !== "function") return skip(`${arm64.reason}: ${arm64.fix}`);
    expect(await arm64(PROBE, [], cpu)).toBe("arm64 relaxed-signed\n");
  });

  test("random operators of every form", async (context) => {
    const kinds = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const;
    const graph = bundle(
      kinds.flatMap((kind) => [1, 2, 3, 4, 5, 6].map((seed) => randomOperator(kind, seed))),
    );
    await sameBytes(context, arm64, cpu, graph);
  });

  // larger ones are in relaxed.long.test.ts
  dataTest("keyword spotting", async (context) =>
    sameBytes(context, arm64, cpu, await modelGraph("kws_ref_model.tflite")),
  );
});
