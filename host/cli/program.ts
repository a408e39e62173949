/** The verbs, and what a wrong call gets. Knows no process: main.ts brings arguments and streams. */
import { type Command, CommanderError } from "commander";
import { fail, problem, TwentyWattError } from "../errors.ts";
import { didYouMean } from "../text.ts";
import { helpWidth } from "./help.ts";
import type { Io } from "./io.ts";
import { EXIT, reportFailure, runCommand } from "./result.ts";
import { say } from "./say.ts";
import { TOPICS, type Topic } from "./topics.ts";
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
    const topic = first === "help" ? topicOf(given) : null;
    if (topic) {
      for (const line of await topic(helpWidth(io.stdout))) say(io.stdout, line);
      return EXIT.ok;
    }
    const args = first === "help" ? helpArguments(given) : normalised(given);
    // nothing was asked for and nothing failed: what there is to ask for
    if (args.length === 0) args.push("--help");
    await program.parseAsync(args, { from: "user" });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(verb, json, io, error);
    if (error.exitCode === 0) return EXIT.ok; // help and version, printed
    return reportFailure(verb, json, io, usage(verb, error));
  }
}

const known = (): string => Object.keys(VERBS).join(", ");

/** The words of a call that are no options. */
const wordsOf = (given: readonly string[]): string[] => given.filter((arg) => !arg.startsWith("-"));

/** What `help` lists besides verbs. */
function topicOf(given: readonly string[]): Topic | null {
  const [, word = "", ...more] = wordsOf(given);
  return more.length === 0 && Object.hasOwn(TOPICS, word) ? (TOPICS[word] ?? null) : null;
}

/** `help run` is `run --help`; commander's own command answers a wrong verb with the help of all. */
function helpArguments(given: readonly string[]): string[] {
  const [, topic, ...more] = wordsOf(given);
  if (more.length > 0) fail("USAGE", "twentywatt help", more.join(" "), "one verb");
  if (topic === undefined || topic === "help") return ["--help"];
  if (Object.hasOwn(VERBS, topic)) return [topic, "--help"];
  const topics = Object.keys(TOPICS);
  return fail(
    "USAGE",
    "twentywatt help",
    JSON.stringify(topic),
    `a verb: ${known()}; or ${topics.join(" or ")}`,
    `${didYouMean(topic, [...Object.keys(VERBS), ...topics])}See \`twentywatt --help\`.`,
  );
}

/** commander's own words, in the form that every failure has. */
function usage(verb: string | null, { message, code }: CommanderError): unknown {
  const command = verb === null ? "twentywatt" : `twentywatt ${verb}`;
  const said = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const see = `See \`${command} --help\`.`;
  const wrong = wrongValue(said);
  if (wrong === null) {
    const expected = EXPECTED[code]?.() ?? "a call as --help shows it";
    return new TwentyWattError(problem("USAGE", command, said, expected, see));
  }
  const { where, value, expected, words } = wrong;
  const got = value === "" ? "nothing" : value;
  const remedy = `${didYouMean(value, words)}${see}`;
  return new TwentyWattError(problem("USAGE", where, got, expected, remedy));
}

/** commander says of a value: option '--build <build>' argument 'x' is invalid. Allowed choices are mvp, simd. */
function wrongValue(said: string) {
  const [, option, value = "", argument, why = ""] =
    /^(?:option '(.*)' argument|command-argument value) '(.*)' is invalid(?: for argument '(.*)')?\. (.*)\.$/s.exec(
      said,
    ) ?? [];
  if (why === "") return null;
  const [, choices] = /^Allowed choices are (.*)$/s.exec(why) ?? [];
  const words = choices?.split(", ") ?? [];
  return {
    where: option?.match(/--[\w-]+/)?.[0] ?? `<${argument}>`,
    value,
    expected:
      words.length > 0
        ? `${words.length > 1 ? "one of " : ""}${words.join(", ")}`
        : why.replace(/^Expected /, ""),
    words,
  };
}

const EXPECTED: Readonly<Record<string, () => string>> = {
  "commander.unknownCommand": () => `a verb: ${known()}`,
  "commander.unknownOption": () => "an option that the help lists",
  "commander.missingArgument": () => "every argument that the help shows as <…>",
  "commander.excessArguments": () => "no further arguments",
  "commander.optionMissingArgument": () => "a value after the option",
  "commander.missingMandatoryOptionValue": () => "this option in every call",
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
