/** A list by a number of its members, in their order: what would be looked for in all of it, for each number anew. */
export function grouped<T>(
  list: readonly T[],
  numberOf: (one: T, index: number) => number | null,
): (number: number) => readonly T[] {
  const groups = new Map<number, T[]>();
  for (const [index, one] of list.entries()) {
    const number = numberOf(one, index);
    if (number === null) continue;
    const group = groups.get(number);
    if (group) group.push(one);
    else groups.set(number, [one]);
  }
  return (number) => groups.get(number) ?? NONE;
}

const NONE: readonly never[] = [];
