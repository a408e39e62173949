/** Loud skips: a test that cannot run here says why and what would make it run. tests/support/reporter.ts prints both. */
import { type TestContext, test } from "vitest";

export type NamedTest = (
  name: string,
  body: (context: TestContext) => void | Promise<void>,
  timeoutMs?: number,
) => void;

/** What is missing, and the command or setting that brings it. */
export type Missing = { readonly reason: string; readonly fix: string };

/**
 * `test` when nothing is missing; otherwise a test of the same name that is skipped with its reason. The tests of a suite
 * follow one another, also where the suite itself runs beside another one (describe.concurrent).
 */
export function testUnless(missing: Missing | null): NamedTest {
  if (missing === null) return test.sequential;
  const note = `${missing.reason}: ${missing.fix}`;
  return (name) => test.sequential(name, ({ skip }) => skip(note));
}
