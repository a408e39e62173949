/** How a command ends: one JSON document or text on stdout, failures with code and remedy, and the exit code. */
import { debuglog } from "node:util";
import { type Problem, problem, REMEDY, systemReason, TwentyWattError } from "../errors.ts";
import { isSystemError } from "../files/file.ts";
import type { Io } from "./io.ts";
import { problemLines } from "./problem-lines.ts";
import { say, sayDocument, sayLines, sayTable } from "./say.ts";

export const DOCUMENT_SCHEMA = 1;
/** A signal that cut work short: 128 and its number, as shells have it. */
export const EXIT = { ok: 0, failed: 1, usage: 2, SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What these verbs do has no end of its own: to be interrupted is how they end. */
const ENDLESS: ReadonlySet<string> = new Set(["monitor", "power", "dash", "demo", "record"]);

export type Result = {
  /** the fields of the verb's document, after schema, verb, ok and warnings */
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: readonly string[];
  /** the text is for a program, which wants its lines as they are */
  readonly verbatim?: true;
  /** stdout holds data for a program: the text goes to stderr */
  readonly aside?: boolean;
};

/** Work that failed after some or all of it was done: what there is, and what is wrong. */
export class Unfinished extends Error {
  readonly result: Result;

  constructor(result: Result, cause: unknown) {
    super("unfinished", { cause });
    this.result = result;
  }
}

/** What a command gets besides its arguments. */
export type Session = {
  readonly io: Io;
  readonly json: boolean;
  /** on stderr at once, and in the document */
  readonly warn: (text: string) => void;
};

const debug = debuglog("twentywatt");

export async function runCommand(
  verb: string,
  json: boolean,
  io: Io,
  command: (session: Session) => Promise<Result>,
): Promise<number> {
  const warnings: string[] = [];
  const warn = (text: string) => {
    warnings.push(text);
    say(io.stderr, `warning: ${text}`);
  };
  const interrupted = () => io.signal.aborted && !ENDLESS.has(verb);
  try {
    const result = await command({ io, json, warn });
    if (json) {
      const head = { schema: DOCUMENT_SCHEMA, verb, ok: true, warnings };
      sayDocument(io.stdout, { ...head, ...result.json });
    } else {
      sayText(io, result);
    }
    return interrupted() ? exitOf(io.signal) : EXIT.ok;
  } catch (error) {
    const cut =
      io.signal.aborted && error instanceof TwentyWattError && error.code === "INTERRUPTED";
    if (cut && ENDLESS.has(verb)) return EXIT.ok;
    const code = reportFailure(verb, json, io, error, warnings);
    return interrupted() ? exitOf(io.signal) : code;
  }
}

function sayText({ stdout, stderr, unread }: Io, { text, verbatim, aside }: Result): void {
  // `| head` wants neither the rest nor a summary of it
  if (aside && unread.aborted) return;
  if (!verbatim) sayTable(aside ? stderr : stdout, text);
  else for (const line of text) say({ write: (one) => stdout.write(one) }, line);
}

function exitOf({ reason }: AbortSignal): number {
  const name = SIGNALS.find((signal) => signal === reason);
  return EXIT[name ?? "SIGINT"];
}

/** Nothing a user does shows a stack trace; NODE_DEBUG=twentywatt shows it all. */
export function reportFailure(
  verb: string | null,
  json: boolean,
  io: Io,
  error: unknown,
  warnings: readonly string[] = [],
): number {
  debug("%O", error);
  const partial = error instanceof Unfinished ? error.result : null;
  const errors = problemsOf(error instanceof Unfinished ? error.cause : error).map((one) =>
    helpful(verb, one),
  );
  if (json) {
    const document = { schema: DOCUMENT_SCHEMA, verb, ok: false, warnings, errors };
    sayDocument(io.stdout, { ...document, ...partial?.json });
  } else {
    if (partial) sayText(io, partial);
    const put = errors.some(({ code }) => code === "FIRMWARE") ? sayLines : say;
    for (const line of problemLines(errors)) put(io.stderr, line);
  }
  return errors[0]?.code === "USAGE" ? EXIT.usage : EXIT.failed;
}

/** Whoever found a wrong call knows no verb, and so only the help of all. */
const helpful = (verb: string | null, one: Problem): Problem =>
  verb !== null && one.remedy === REMEDY.USAGE
    ? { ...one, remedy: `See \`twentywatt ${verb} --help\`.` }
    : one;

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof TwentyWattError) return error.problems;
  const message = error instanceof Error ? error.message : String(error);
  if (isSystemError(error)) {
    return [
      problem(
        "IO",
        error.path ?? error.syscall ?? "file system",
        systemReason(error),
        "a file or a device that the system lets be used",
      ),
    ];
  }
  return [
    problem(
      "INTERNAL",
      "twentywatt",
      message.split("\n", 1)[0]?.slice(0, 300) ?? "",
      "no error: this is a defect of twentywatt",
    ),
  ];
}
