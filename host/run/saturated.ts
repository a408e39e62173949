/** Which nodes held their numbers at an end of their range, and how often: from the module's own counts. */
import type { MemoryEntry } from "../module/manifest.ts";
import type { Session } from "../runtime/index.ts";

export type Saturated = {
  /** null: the module does not say, having one count for all of its nodes */
  readonly node: string | null;
  readonly saturations: number;
};

const SUFFIX = ".saturations";

/** The worst first. @param all since init(). @param able nodes that can saturate at all, where that is known */
export async function saturatedNodes(
  session: Session,
  all: number,
  able: readonly string[] | null,
): Promise<readonly Saturated[]> {
  if (all === 0) return [];
  const { memory } = session.manifest;
  const own = memory.filter(({ kind, name }) => kind === "counters" && name.endsWith(SUFFIX));
  if (own.length === 0) {
    const nodes = able ?? potentials(memory);
    return [{ node: nodes.length === 1 ? (nodes[0] ?? null) : null, saturations: all }];
  }
  const found: Saturated[] = [];
  for (const { name, ptr, len } of own) {
    const { buffer, byteOffset } = await session.read(ptr, len);
    const saturations = Number(new DataView(buffer, byteOffset, len).getBigUint64(0, true));
    if (saturations > 0) found.push({ node: name.slice(0, -SUFFIX.length), saturations });
  }
  return found.sort((a, b) => b.saturations - a.saturations);
}

const POTENTIAL = ".v";

const potentials = (memory: readonly MemoryEntry[]): string[] =>
  memory
    .filter(({ kind, name }) => kind === "state" && name.endsWith(POTENTIAL))
    .map(({ name }) => name.slice(0, -POTENTIAL.length));
