/** What a compiled module says of itself, once its checks have passed. */
import { createHash } from "node:crypto";
import type { MemorySummary } from "../compiler/summary.ts";
import { checkModule } from "../model/check.ts";
import type { Build, MemoryKind } from "../model/manifest.ts";

/** A module lists its ranges, not which operator needs most of them. */
export type Memory = Omit<MemorySummary, "activationPeakNode"> & {
  readonly activationPeakNode: string | null;
};

export type ModuleFacts = {
  readonly build: Build;
  readonly bytes: number;
  readonly codeBytes: number;
  readonly sha256: string;
};

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Raises what checkModule() raises. */
export function moduleFacts(wasm: Uint8Array): {
  readonly facts: ModuleFacts;
  readonly memory: Memory;
} {
  const { manifest, globals, pages, codeBytes } = checkModule(wasm, sha256);
  const bytesOf = (kind: MemoryKind): number =>
    manifest.memory.reduce((n, entry) => n + (entry.kind === kind ? entry.len : 0), 0);
  const { inLen, outLen, stateLen, memUsed } = globals;
  const activations = bytesOf("activation");
  const constants = bytesOf("constant");
  return {
    facts: { build: manifest.build, bytes: wasm.length, codeBytes, sha256: sha256(wasm) },
    memory: {
      inputBytes: inLen,
      outputBytes: outLen,
      stateBytes: stateLen,
      activationPeakBytes: activations,
      activationPeakNode: null,
      scratchBytes: memUsed - inLen - outLen - stateLen - activations - constants,
      constantBytes: constants,
      memUsedBytes: memUsed,
      pages,
    },
  };
}
