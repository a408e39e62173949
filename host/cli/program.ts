/** The verbs, and what a wrong call gets. Knows no process: main.ts brings arguments and streams. */
import { Command, CommanderError } from "commander";
import { fail } from "../errors.ts";
import * as bench from "./bench.ts";
import * as compile from "./compile.ts";
import * as demo from "./demo.ts";
import * as deploy from "./deploy.ts";
import * as devices from "./devices.ts";
import * as inspect from "./inspect.ts";
import type { Io } from "./io.ts";
import * as monitor from "./monitor.ts";
import { jsonOption } from "./options.ts";
import { EXIT, type Result, reportFailure, runCommand, type Session } from "./result.ts";
import * as runVerb from "./run.ts";

/** One file per verb: its arguments and options, and what it does. Whatever is heavy is loaded when it runs. */
type Verb = {
  readonly define: (command: Command) => Command;
  // biome-ignore lint/suspicious/noExplicitAny: commander hands over what define() declared
  readonly run: (session: Session, ...given: any[]) => Promise<Result>;
};

const VERBS: Readonly<Record<string, Verb>> = {
  ...{ compile, inspect, run: runVerb, bench },
  ...{ devices, deploy, monitor, demo },
};

/** @returns the exit code: 0 done, 1 the work failed, 2 wrong usage */
export async function runCli(given: readonly string[], io: Io, version: string): Promise<number> {
  const args = normalised(given);
  // known before the arguments are parsed: a wrong call must be able to say so as JSON
  const json = beforeOperands(args).includes("--json");
  const first = args.find((arg) => !arg.startsWith("-")) ?? "";
  const verb = Object.hasOwn(VERBS, first) ? first : null;
  let exit: number = EXIT.ok;
  const program = new Command("twentywatt")
    .description("Compiles trained networks into small WebAssembly modules and runs them.")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: () => {}, // said once, with code and remedy
    });
  for (const [name, { define, run }] of Object.entries(VERBS)) {
    jsonOption(define(program.command(name))).action(async (...parsed: unknown[]) => {
      // commander adds the command itself, at the end
      const command = parsed.pop() as Command;
      exit = await runCommand(name, json, io, async (session) => {
        refuseSwallowed(command);
        return run(session, ...parsed);
      });
    });
  }
  try {
    if (args.length === 0) fail("USAGE", "twentywatt", "no verb", Object.keys(VERBS).join(", "));
    await program.parseAsync(args, { from: "user" });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(verb, json, io, error);
    if (error.exitCode === 0) return EXIT.ok; // help and version, printed
    return reportFailure(verb, json, io, usage(verb, error));
  }
}

/** commander's own words, in the form that every failure has. */
function usage(verb: string | null, { message, code }: CommanderError): unknown {
  const command = verb === null ? "twentywatt" : `twentywatt ${verb}`;
  const said = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const expected = EXPECTED[code] ?? "a call as --help shows it";
  try {
    return fail("USAGE", command, said, expected, `See \`${command} --help\`.`);
  } catch (problem) {
    return problem;
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  "commander.unknownCommand": `one of ${Object.keys(VERBS).join(", ")}`,
  "commander.unknownOption": "the options of this verb",
  "commander.missingArgument": "all arguments",
  "commander.excessArguments": "no further arguments",
  "commander.optionMissingArgument": "a value after the option",
  "commander.missingMandatoryOptionValue": "the option that must be given",
  "commander.invalidArgument": "a value that the option takes",
};

/** `-o --json` would write a file of that name: a value was forgotten. */
function refuseSwallowed(command: Command): void {
  for (const option of command.options) {
    const value = command.getOptionValue(option.attributeName());
    const swallowed = command.options.some(({ long, short }) => value === long || value === short);
    if (!swallowed || typeof value !== "string") continue;
    fail("USAGE", option.flags, `${value}, another option`, "a value after the option");
  }
}

/** Everything before `--`. */
function beforeOperands(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end < 0 ? args : args.slice(0, end);
}

/** `inspect --build MODEL` means the default build of MODEL, not a build of that name. */
function normalised(args: readonly string[]): string[] {
  return args.map((arg, k) => {
    const bare = args[0] === "inspect" && arg === "--build";
    return bare && !["mvp", "simd"].includes(args[k + 1] ?? "") ? "--build=mvp" : arg;
  });
}
