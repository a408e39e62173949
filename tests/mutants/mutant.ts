/** One change of one place of a source text: what a test should notice. */

export type Mutant = {
  /** from the root of the checkout */
  readonly file: string;
  /** half open range of the text, and what stands there instead */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** the function around it; "" at the top of a file */
  readonly inside: string;
  /** its lines before and after, without indentation: how the table of survivors finds it again */
  readonly before: string;
  readonly after: string;
};

export type Change = Pick<Mutant, "start" | "end" | "text" | "inside">;

export const applied = (source: string, { start, end, text }: Change): string =>
  source.slice(0, start) + text + source.slice(end);

/** Changes of a file as mutants, each text once. */
export function mutantsOf(file: string, source: string, changes: readonly Change[]): Mutant[] {
  const seen = new Set<string>();
  const mutants: Mutant[] = [];
  for (const change of changes) {
    const { start, end, text } = change;
    const key = `${start} ${end} ${text}`;
    if (source.slice(start, end) === text || seen.has(key)) continue;
    seen.add(key);
    const from = source.lastIndexOf("\n", start - 1) + 1;
    const to = source.indexOf("\n", end);
    const line = source.slice(from, to < 0 ? source.length : to);
    const changed = line.slice(0, start - from) + text + line.slice(end - from);
    mutants.push({ file, ...change, before: joined(line), after: joined(changed) });
  }
  return mutants;
}

/** Several lines as one. */
const joined = (lines: string): string => lines.trim().replace(/\s+/g, " ");

export const lineOf = (source: string, position: number): number =>
  source.slice(0, position).split("\n").length;
