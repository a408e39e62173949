/** Outputs that have no names: the first ones by index, with their real values, of the first samples. */
import { argmax } from "../files/labels.ts";
import { at } from "../model/at.ts";
import { count, plural, significant, table } from "../text.ts";

/** As many as stand beside each other in 80 columns. */
export const SHOWN_OUTPUTS = 6;

/** "[7] 0.996" */
function largestOf(row: readonly number[]): string {
  const largest = argmax(row);
  return `[${largest}] ${significant(at(row, largest))}`;
}

/**
 * @param rows    real values of the first samples, all outputs of each
 * @param outputs of one inference
 * @param samples that there were
 */
export function outputLines(
  rows: readonly (readonly number[])[],
  outputs: number,
  samples: number,
): string[] {
  if (rows.length === 0 || outputs === 0) return [];
  const shown = Math.min(outputs, SHOWN_OUTPUTS);
  const head = outputs === 1 ? ["output"] : Array.from({ length: shown }, (_, k) => `[${k}]`);
  // where not all are shown, the largest, which decides, may be among the others
  const largest = outputs > shown;
  const cells = rows.map((row, k) => [
    String(k),
    ...row.slice(0, shown).map(significant),
    ...(largest ? [largestOf(row)] : []),
  ]);
  const more = [
    ...(samples > rows.length ? [`${count(samples - rows.length)} more`] : []),
    ...(outputs > shown ? [`${plural(outputs - shown, "output")} more of each`] : []),
  ];
  const columns = largest ? [...head, "largest"] : head;
  return [
    ...table([["sample", ...columns], ...cells], ["right", ...columns.map(() => "right" as const)]),
    ...(more.length > 0 ? [`… and ${more.join(", ")}: --output FILE writes all`] : []),
  ];
}
