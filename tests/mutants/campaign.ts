/** Draws mutants, tries them in two sandboxes at a time, and counts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mulberry32 } from "../../host/model/random.ts";
import { cMutants } from "./c.ts";
import { compilesIn } from "./compiles.ts";
import { filesOf, testFilesOf } from "./files.ts";
import { lineOf, type Mutant } from "./mutant.ts";
import { Sandbox } from "./sandbox.ts";
import { explanationOf, SURVIVORS } from "./survivors.ts";
import { TARGETS, type Target } from "./targets.ts";
import { typescriptMutants } from "./typescript.ts";

export type Plan = {
  readonly root: string;
  /** mutants that compile and are tried; fewer where there are no more */
  readonly sample: number;
  readonly seed: number;
  readonly workers: number;
  /** only files whose names contain this */
  readonly only: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

export type Counts = {
  readonly tried: number;
  readonly killed: number;
  readonly timedOut: number;
  readonly explained: number;
  readonly unexplained: number;
  /** drawn, and refused by a compiler */
  readonly uncompiled: number;
};

type Candidate = { readonly mutant: Mutant; readonly target: Target };

/** How long tests may take with a mutant in their way: an endless loop is noticed, a busy machine is none. */
const PATIENCE = { factor: 5, atLeastMs: 60_000 } as const;
const BASELINE_MS = 600_000;

export function candidatesOf(root: string, only: string): Candidate[] {
  return TARGETS.flatMap((target) =>
    filesOf(root, target.files)
      .filter((file) => file.includes(only))
      .flatMap((file) => {
        const source = readFileSync(join(root, file), "utf8");
        const mutants = file.endsWith(".c") ? cMutants : typescriptMutants;
        return mutants(file, source).map((mutant) => ({ mutant, target }));
      }),
  );
}

/** Fisher and Yates: the first n are a sample. */
export function shuffled<T>(all: readonly T[], seed: number): T[] {
  const random = mulberry32(seed);
  const list = [...all];
  for (let k = list.length - 1; k > 0; k--) {
    const other = Math.floor(random() * (k + 1));
    [list[k], list[other]] = [list[other] as T, list[k] as T];
  }
  return list;
}

export async function campaign(plan: Plan): Promise<Counts> {
  const { say, signal } = plan;
  // the checkout may change meanwhile: all is read from a copy that does not
  const reference = new Sandbox(plan.root, plan.root);
  const root = reference.folder;
  const candidates = candidatesOf(root, plan.only);
  const drawn = shuffled(candidates, plan.seed);
  const compiles = compilesIn(root);
  const counts = { tried: 0, killed: 0, timedOut: 0, explained: 0, unexplained: 0, uncompiled: 0 };
  const sandboxes = Array.from({ length: plan.workers }, () => new Sandbox(root, plan.root));
  const close = (): void => {
    for (const sandbox of [reference, ...sandboxes]) sandbox.close();
  };
  signal.addEventListener("abort", close);
  say(`${candidates.length} mutants, of which ${plan.sample} are tried; seed ${plan.seed}`);
  for (const row of forgotten(candidates, plan.only)) say(`no such mutant any more: ${row}`);

  /** Takes the next mutant that compiles. Synchronous: no two sandboxes get the same one. */
  const next = (): Candidate | null => {
    while (counts.tried < plan.sample && !signal.aborted) {
      const candidate = drawn.shift();
      if (!candidate) return null;
      if (compiles(candidate.mutant)) {
        counts.tried++;
        return candidate;
      }
      counts.uncompiled++;
    }
    return null;
  };
  const patience = new Map<string, Promise<number>>();
  const work = async (sandbox: Sandbox): Promise<void> => {
    for (let candidate = next(); candidate; candidate = next()) {
      const { mutant, target } = candidate;
      const fate = await fateOf(sandbox, mutant, target, patience, root);
      if (signal.aborted) return;
      counts[fate]++;
      if (fate === "explained" || fate === "unexplained")
        say(`${fate}: ${described(root, mutant)}`);
      if (counts.tried % 10 === 0) say(`… ${counts.tried} tried, ${counts.killed} killed`);
    }
  };
  try {
    await Promise.all(sandboxes.map(work));
  } finally {
    close();
  }
  return counts;
}

type Fate = "killed" | "timedOut" | "explained" | "unexplained";

async function fateOf(
  sandbox: Sandbox,
  mutant: Mutant,
  target: Target,
  patience: Map<string, Promise<number>>,
  root: string,
): Promise<Fate> {
  for (const names of target.tests) {
    const tests = testFilesOf(root, names);
    const key = tests.join();
    const baseline = patience.get(key) ?? baselineOf(sandbox, tests);
    patience.set(key, baseline);
    const outcome = await sandbox.tried(mutant, tests, await baseline);
    if (outcome === "failed") return "killed";
    if (outcome === "timed out") return "timedOut";
  }
  return explanationOf(mutant) === null ? "unexplained" : "explained";
}

/** How long to wait for tests, from how long they take where nothing is wrong. Raises where they fail then. */
async function baselineOf(sandbox: Sandbox, tests: readonly string[]): Promise<number> {
  const start = performance.now();
  const { outcome, report } = await sandbox.run(tests, BASELINE_MS);
  if (outcome !== "passed") {
    throw new Error(`without any mutant, ${tests.join(" ")}: ${outcome}\n${report}`);
  }
  return Math.max(PATIENCE.atLeastMs, PATIENCE.factor * (performance.now() - start));
}

const described = (root: string, mutant: Mutant): string => {
  const line = lineOf(readFileSync(join(root, mutant.file), "utf8"), mutant.start);
  const { file, inside, before, after } = mutant;
  return `${file}:${line}\n  ${JSON.stringify({ file, inside, before, after })}`;
};

/** Explanations of lines that are no longer there. */
function forgotten(candidates: readonly Candidate[], only: string): string[] {
  const keyOf = ({
    file,
    inside,
    before,
    after,
  }: Pick<Mutant, "file" | "inside" | "before" | "after">) =>
    JSON.stringify([file, inside, before, after]);
  const known = new Set(candidates.map(({ mutant }) => keyOf(mutant)));
  return SURVIVORS.filter((row) => row.file.includes(only) && !known.has(keyOf(row))).map(
    ({ file, before }) => `${file}: ${before}`,
  );
}
