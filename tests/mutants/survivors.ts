/**
 * Mutants that no test notices, and why none could: they compute the same. A row is found by the line before and after
 * and by the function around it, so that it follows its line when the file changes.
 */
import type { Mutant } from "./mutant.ts";

export type Survivor = Pick<Mutant, "file" | "inside" | "before" | "after"> & {
  readonly why: string;
};

export const SURVIVORS: readonly Survivor[] = [];

export const explanationOf = ({ file, inside, before, after }: Mutant): string | null =>
  SURVIVORS.find(
    (row) =>
      row.file === file && row.inside === inside && row.before === before && row.after === after,
  )?.why ?? null;
