/**
 * Runs tests for a sandbox, again and again in one process: starting vitest anew costs more than most tests. It is told
 * which files to run and which one has changed, and answers whether all of them passed.
 */
import { readFileSync } from "node:fs";
import { createVitest, type Vitest } from "vitest/node";

export type Question = {
  /** files, from the root */
  readonly tests: readonly string[];
  /** absolute: changed since the last question, whatever its time says */
  readonly changed: readonly string[];
};
export type Answer = { readonly passed: boolean; readonly report: string };

const MOST_ERRORS = 10;

/** One worker for all files, whose modules are read once; tests that put others in their places need one each. */
const open = (isolate: boolean): Promise<Vitest> =>
  createVitest("test", { watch: false, bail: 1, isolate, maxWorkers: 1, reporters: [{}] });
const runners = new Map<boolean, Promise<Vitest>>();

async function runnerOf(tests: readonly string[]): Promise<Vitest> {
  const isolate = tests.some((file) => readFileSync(file, "utf8").includes("vi.mock("));
  const runner = runners.get(isolate) ?? open(isolate);
  runners.set(isolate, runner);
  return runner;
}

async function answerTo({ tests, changed }: Question): Promise<Answer> {
  const others = await Promise.all(runners.values());
  for (const one of others) for (const file of changed) one.invalidateFile(file);
  const vitest = await runnerOf(tests);
  vitest.state.clearErrors();
  const files = await vitest.getRelevantTestSpecifications([...tests]);
  const run = await vitest.runTestSpecifications(files, false);
  // among the modules of a run are those of the runs before it
  const asked = new Set(files.map(({ moduleId }) => moduleId));
  const testModules = run.testModules.filter(({ moduleId }) => asked.has(moduleId));
  const errors = [
    ...run.unhandledErrors,
    ...testModules.flatMap((module) => [
      ...module.errors(),
      ...[...module.children.allTests("failed")].flatMap((test) => test.result().errors ?? []),
    ]),
  ];
  const passed = errors.length === 0 && testModules.length > 0 && testModules.every((m) => m.ok());
  return { passed, report: errors.slice(0, MOST_ERRORS).map(messageOf).join("\n") };
}

process.on("message", async (question: Question) => process.send?.(await answerTo(question)));
process.on("disconnect", () => process.exit());

function messageOf(error: unknown): string {
  return error instanceof Object && "message" in error ? `${error.message}` : `${error}`;
}
