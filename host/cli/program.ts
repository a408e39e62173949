/** The verbs, and what a wrong call gets. Knows no process: main.ts brings arguments and streams. */
import { type Command, CommanderError } from "commander";
import { fail } from "../errors.ts";
import type { Io } from "./io.ts";
import { EXIT, reportFailure, runCommand } from "./result.ts";
import { programOf, VERBS } from "./verbs.ts";

/** @returns the exit code: 0 done, 1 the work failed, 2 wrong usage */
export async function runCli(given: readonly string[], io: Io, version: string): Promise<number> {
  // known before the arguments are parsed: a wrong call must be able to say so as JSON
  const json = beforeOperands(given).includes("--json");
  const first = given.find((arg) => !arg.startsWith("-")) ?? "";
  const verb = Object.hasOwn(VERBS, first) ? first : null;
  let exit: number = EXIT.ok;
  const program = programOf(version, io.stdout, async (name, { run }, parsed) => {
    // commander adds the command itself, at the end
    const command = parsed.at(-1) as Command;
    exit = await runCommand(name, json, io, async (session) => {
      refuseSwallowed(command);
      return run(session, ...parsed);
    });
  });
  try {
    if (given.length === 0) {
      fail("USAGE", "twentywatt", "no verb", `a verb: ${known()}`, "See `twentywatt --help`.");
    }
    const args = first === "help" ? helpArguments(given) : normalised(given);
    await program.parseAsync(args, { from: "user" });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(verb, json, io, error);
    if (error.exitCode === 0) return EXIT.ok; // help and version, printed
    return reportFailure(verb, json, io, usage(verb, error));
  }
}

const known = (): string => Object.keys(VERBS).join(", ");

/** `help run` is `run --help`; commander's own command answers a wrong verb with the help of all. */
function helpArguments(given: readonly string[]): string[] {
  const [, topic, ...more] = given.filter((arg) => !arg.startsWith("-"));
  if (more.length > 0) fail("USAGE", "twentywatt help", more.join(" "), "one verb");
  if (topic === undefined || topic === "help") return ["--help"];
  if (Object.hasOwn(VERBS, topic)) return [topic, "--help"];
  return fail("USAGE", "twentywatt help", JSON.stringify(topic), `a verb: ${known()}`);
}

/** commander's own words, in the form that every failure has. */
function usage(verb: string | null, { message, code }: CommanderError): unknown {
  const command = verb === null ? "twentywatt" : `twentywatt ${verb}`;
  const said = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const expected = EXPECTED[code]?.() ?? "a call as --help shows it";
  try {
    return fail("USAGE", command, said, expected, `See \`${command} --help\`.`);
  } catch (problem) {
    return problem;
  }
}

const EXPECTED: Readonly<Record<string, () => string>> = {
  "commander.unknownCommand": () => `a verb: ${known()}`,
  "commander.unknownOption": () => "an option that the help lists",
  "commander.missingArgument": () => "every argument that the help shows as <…>",
  "commander.excessArguments": () => "no further arguments",
  "commander.optionMissingArgument": () => "a value after the option",
  "commander.missingMandatoryOptionValue": () => "this option in every call",
  "commander.invalidArgument": () => "a value that the option takes",
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
