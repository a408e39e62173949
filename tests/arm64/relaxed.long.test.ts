/** The larger public models in relaxed products on both arm64 processors: minutes each under emulation. */
import { beforeAll, describe } from "vitest";
import { modelGraph } from "../conformance/models.ts";
import { dataTest } from "../support/data.ts";
import type { Missing } from "../support/skip.ts";
import { type Arm64Node, arm64Node } from "./machine.ts";
import { PROCESSORS, sameBytes } from "./relaxed-bytes.ts";

let arm64: Arm64Node | Missing;
beforeAll(async () => {
  arm64 = await arm64Node(24);
}, 900_000);

describe.each(PROCESSORS)("%s", (cpu) => {
  for (const model of [
    ...["ad01_int8.tflite", "pretrainedResnet_quant.tflite", "vww_96_int8.tflite"],
  ]) {
    dataTest(model, async (context) => sameBytes(context, arm64, cpu, await modelGraph(model)));
  }
});
