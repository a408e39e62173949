/** Which form of its kernel each layer takes: the fastest, and a smaller one where memory is short. */
import type { Layout } from "./layout.ts";
import { isAlias, type LoweredNode } from "./lower-graph.ts";
import type { Lowering } from "./lowering.ts";

/**
 * Layers go over to their smaller form one by one, the one that saves most first, until the module fits.
 *
 * @param memoryBytes there are, undefined for as many as it takes
 * @returns the layout of the fastest forms that fit; where none do, of the smallest
 */
export function chooseForms(
  nodes: readonly LoweredNode[],
  memoryBytes: number | undefined,
  plan: (nodes: readonly LoweredNode[]) => Layout,
): Layout {
  let chosen = nodes;
  let layout = plan(chosen);
  while (memoryBytes !== undefined && layout.memUsed > memoryBytes) {
    const best = mostSaving(chosen);
    if (best === null) break;
    chosen = chosen.map((node, k) => (k === best.index ? { ...node, lowered: best.form } : node));
    layout = plan(chosen);
  }
  return layout;
}

function mostSaving(
  nodes: readonly LoweredNode[],
): { readonly index: number; readonly form: Lowering } | null {
  let best: { index: number; form: Lowering; saved: number } | null = null;
  nodes.forEach(({ lowered }, index) => {
    const form = isAlias(lowered) ? undefined : lowered.smaller?.();
    if (isAlias(lowered) || form === undefined) return;
    const saved = constantBytes(lowered) - constantBytes(form);
    if (saved > (best?.saved ?? 0)) best = { index, form, saved };
  });
  return best;
}

const constantBytes = ({ constants }: Lowering): number =>
  constants.reduce((n, { bytes }) => n + bytes.length, 0);
