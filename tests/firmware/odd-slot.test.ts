/** A slot at an address that is no multiple of 16: constants are read in place only where kernels may read them. */
import { createHash } from "node:crypto";
import { describe, expect } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { checkModule } from "../../host/module/check.ts";
import { programWithEngine } from "../support/differential.ts";
import { ask } from "../support/firmware-program.ts";
import { missingFeature } from "../support/packages.mjs";
import { bundle, randomOperator } from "../support/random-graph.ts";
import { testUnless } from "../support/skip.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const KINDS = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const;

describe.each([64, 32] as const)("%i bits", (bits) => {
  testUnless(missingFeature(bits === 32 ? "cc32" : "cc"))(
    "a slot that was moved loads pure, with the same output",
    async () => {
      const program = await programWithEngine("moved", { bits, arena: "board" });
      const graph = bundle(KINDS.map((kind) => randomOperator(kind, 3)));
      const { wasm } = await compile(graph, DEFAULT_OPTIONS);
      const { globals } = checkModule(wasm, sha256);
      expect(globals.romLen).toBeGreaterThan(0);
      const offsets = Array.from({ length: 33 }, (_, k) => k);
      const hex = Buffer.from(wasm).toString("hex");
      const answers = ask(
        program,
        offsets.map((offset) => `${offset} ${hex}`),
      ).map((line) => line.split("\t").map(Number));
      const outputs = new Set(answers.map(([, , crc]) => crc));
      expect(outputs.size).toBe(1);
      for (const offset of offsets) {
        const native = offset % 16 === 0;
        const memory = native ? globals.memUsed - globals.romLen : globals.memUsed;
        expect([offset, ...(answers[offset] ?? []).slice(0, 2)]).toEqual([offset, 0, memory]);
      }
    },
  );
});
