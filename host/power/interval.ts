/** How well a mean is known: batch means and Student's t, as simulation output analysis does it (Law, ch. 9). */

/** t for 95 % two-sided, degrees of freedom 1 to 30 (Student's distribution); the normal's 1.96 beyond 200. */
const T95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
] as const;

/** @param freedom degrees of freedom, at least 1. Beyond 30: z + (z³ + z) / 4ν, within 0.001 (Cornish–Fisher) */
export function t95(freedom: number): number {
  const exact = T95[freedom - 1];
  return exact ?? 1.96 + (1.96 ** 3 + 1.96) / (4 * freedom);
}

/**
 * Half the width of the 95 % interval of the mean of equally long batches. Null where fewer than two say nothing of how
 * they scatter.
 */
export function halfWidth95(batches: readonly number[]): number | null {
  const n = batches.length;
  if (n < 2) return null;
  const mean = batches.reduce((sum, x) => sum + x, 0) / n;
  const squares = batches.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return t95(n - 1) * Math.sqrt(squares / (n - 1) / n);
}

/** Independent halves of intervals together: the root of the sum of squares. */
export const together = (...halves: readonly number[]): number =>
  Math.sqrt(halves.reduce((sum, half) => sum + half * half, 0));
