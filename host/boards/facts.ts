/** What a compiled module says of itself, once its checks have passed. */
import { createHash } from "node:crypto";
import { checkModule } from "../module/check.ts";
import type { Build, Manifest, MemoryKind } from "../module/manifest.ts";
import type { MemorySummary } from "../module/memory-summary.ts";
import { inferredTask } from "../module/task.ts";
import { ALL_KERNELS, type KnownKernels, loadedOn } from "./loaded.ts";
import { boardFootprint, isRefusal } from "./refusal.ts";

/** A module lists its ranges, not which operator needs most of them. */
export type Memory = Omit<MemorySummary, "activationPeakNode"> & {
  readonly activationPeakNode: string | null;
};

export type ModuleFacts = {
  readonly build: Build;
  readonly bytes: number;
  readonly codeBytes: number;
  readonly sha256: string;
  /** native kernels that it takes, where a firmware has all of them: KERNELS= of `npm run firmware` */
  readonly kernels: readonly string[];
  readonly memUsedBytes: number;
  /** of that in a board's RAM: without constants that only its native kernels read */
  readonly memoryBytes: number;
  /** of a 32-bit board, memoryBytes included; null where a board would refuse the module */
  readonly arenaBytes: number | null;
  /** why, null where it would not */
  readonly refusal: string | null;
  /** where MLPerf's buffer begins in the arena, once the module is loaded; null where `deploy` sees no task */
  readonly bufferAtBytes: number | null;
};

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Without the prefix of their exports. */
const kernelsOf = ({ kernels }: Pick<Manifest, "kernels">): readonly string[] =>
  (kernels ?? []).map((name) => name.replace(/^k1_/, ""));

/**
 * Raises what checkModule() raises.
 *
 * @param knows the kernels of the board in question; this version's firmware has all of them
 */
export function moduleFacts(
  wasm: Uint8Array,
  knows: KnownKernels = ALL_KERNELS,
): {
  readonly facts: ModuleFacts;
  readonly memory: Memory;
} {
  const { manifest, globals, pages, codeBytes } = checkModule(wasm, sha256);
  const bytesOf = (kind: MemoryKind): number =>
    manifest.memory.reduce((n, entry) => n + (entry.kind === kind ? entry.len : 0), 0);
  const { inLen, outLen, stateLen, memUsed } = globals;
  const activations = bytesOf("activation");
  const constants = bytesOf("constant");
  const loaded = loadedOn(manifest, globals, knows);
  const found = manifest.build === "mvp" ? boardFootprint(wasm, loaded) : null;
  const refused = found !== null && isRefusal(found) ? found : null;
  const arena = found !== null && !isRefusal(found) ? found : null;
  return {
    facts: {
      build: manifest.build,
      bytes: wasm.length,
      codeBytes,
      sha256: sha256(wasm),
      kernels: kernelsOf(manifest),
      memUsedBytes: memUsed,
      memoryBytes: loaded.memoryBytes,
      arenaBytes: arena?.arenaBytes ?? null,
      refusal: refused && `${refused.where}: ${refused.got}; ${refused.expected}`,
      bufferAtBytes: inferredTask(manifest) === "none" ? null : (arena?.endBytes ?? null),
    },
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

/** Linear memory that an arena leaves; null where the module fits, or no linear memory would. */
export function memoryWithin(facts: ModuleFacts, arenaBytes: number): number | null {
  if (facts.arenaBytes === null || facts.arenaBytes <= arenaBytes) return null;
  const left = arenaBytes - (facts.arenaBytes - facts.memoryBytes);
  return left > 0 ? left : null;
}
