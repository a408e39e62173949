/** `run --output -`: rows of csv on standard output, as soon as each is computed; everything else is said on stderr. */
import { fail } from "../errors.ts";
import type { StepFile } from "../files/step-file.ts";
import { either, type Io } from "./io.ts";
import type { Session } from "./result.ts";

const STANDARD_OUTPUT = "-";

export type ToFile = { readonly output?: string | undefined };

export const isStandardOutput = ({ output }: ToFile): boolean => output === STANDARD_OUTPUT;

/** The name whose end says the form. */
export const formOf = (output: string): string =>
  output === STANDARD_OUTPUT ? "standard output, as .csv" : output;

/** @throws USAGE: a document and rows would share one stream */
export function refuseTwoOutputs(options: ToFile, { json }: Pick<Session, "json">): void {
  if (!isStandardOutput(options) || !json) return;
  const remedy = "Give --output a file, or leave --json out.";
  fail("USAGE", "--output", "- beside --json", "standard output for one of the two", remedy);
}

/** Nobody reads any more: the run ends like that of any program in a pipe. */
export const signalOf = (options: ToFile, io: Io): AbortSignal =>
  isStandardOutput(options) ? either(io) : io.signal;

/** Rows take the place of decisions; those by a rule that was asked for are said beside them. */
export const decisionsOf = (options: ToFile, session: Session): Session =>
  isStandardOutput(options)
    ? { ...session, io: { ...session.io, stdout: session.io.stderr } }
    : session;

/** Written at once: who reads a pipe waits for each row. */
export function standardOutput({ stdout, unread }: Io): StepFile {
  const decoder = new TextDecoder();
  return {
    add(row) {
      if (!unread.aborted) stdout.write(typeof row === "string" ? row : decoder.decode(row));
      return null;
    },
    commit: async () => {},
    discard: async () => {},
  };
}
