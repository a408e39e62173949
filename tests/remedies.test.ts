/**
 * What messages and READMEs tell people to type is there to be typed: every verb and every option that they name is asked
 * of the program itself. Read from the sources, so that a message which no test provokes counts too.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { TOPICS } from "../host/cli/topics.ts";
import { programOf, VERBS } from "../host/cli/verbs.ts";
import { REMEDY } from "../host/errors.ts";
import { READMES, ROOT, readmeText } from "./support/readmes.ts";

const program = programOf("0.0.0", { write: () => {} }, async () => {});

const optionsOf = (command: Command): string[] => [
  ...command.options.flatMap(({ long, short }) =>
    [long, short].filter((o) => typeof o === "string"),
  ),
  ...["--help", "-h"],
];
const OPTIONS = new Map(program.commands.map((command) => [command.name(), optionsOf(command)]));
const EVERY = new Set([...[...OPTIONS.values()].flat(), "--version", "-V"]);

/** Of other programs, whose names stand beside them. */
const FOREIGN = new Map([
  ["--create", "systemd-tmpfiles"],
  ["--ignore-scripts", "npm"],
  ["--omit", "npm"],
  ["--path", "npm run firmware"],
  ["--pin", "the firmware as a process"],
]);

/** What is wrong with a call as a text quotes it: `twentywatt VERB … --option …`. */
function wrongWith(call: string): string[] {
  const [first = "", ...rest] = call.trim().split(/\s+/);
  const verb = first.replace(/[:,.]$/, "");
  if (verb.startsWith("-")) return ["--help", "--version"].includes(verb) ? [] : [`${verb} alone`];
  // VERB stands for any
  if (/^[A-Z]+$/.test(verb)) return [];
  if (verb === "help") {
    return rest.every((one) => one in VERBS || one in TOPICS) ? [] : [`help ${rest}`];
  }
  const known = OPTIONS.get(verb);
  if (!known) return [`no verb ${verb}`];
  // behind -- another program is called
  const ends = rest.findIndex((word) => word === "--" || /^[|;&>]/.test(word));
  const options = (ends < 0 ? rest : rest.slice(0, ends)).filter((word) => /^--?[a-z]/.test(word));
  return options
    .map((option) => option.replace(/[=)`.,].*$/, ""))
    .filter((option) => !known.includes(option))
    .map((option) => `${verb} has no ${option}`);
}

/** `twentywatt …` in quotes of prose, in strings and in shell blocks; `bench --meter` without its first word. */
function callsIn(text: string): string[] {
  const whole = text.matchAll(/(?:`|^\s*|\$\(|<\()twentywatt ([^`\n#)]+)/gm);
  const short = text.matchAll(
    new RegExp(`\`((?:${[...OPTIONS.keys()].join("|")}) --[^\`\n]+)\``, "g"),
  );
  return [...whole, ...short].map(([, call = ""]) => call);
}

const optionsIn = (text: string): string[] =>
  [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*[a-z]/g)].map(([option]) => option);

const strangers = (options: readonly string[]): string[] =>
  options.filter((option) => !EVERY.has(option) && !FOREIGN.has(option));

const sources = readdirSync(join(ROOT, "host"), { recursive: true, encoding: "utf8" })
  // what builds the firmware speaks to compilers
  .filter((file) => file.endsWith(".ts") && !/^firmware\/|^cli\/completion\//.test(file))
  .sort();

/** String and template literals; within them, a backtick of prose is escaped or stands in double quotes. */
const literalsOf = (source: string): string[] =>
  [
    ...source
      .replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, "")
      .matchAll(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/gs),
  ].map(([literal]) => literal.slice(1, -1).replaceAll("\\`", "`"));

describe("messages and help", () => {
  const literals = sources.flatMap((file) =>
    literalsOf(readFileSync(join(ROOT, "host", file), "utf8")).map((text) => ({ file, text })),
  );

  test("there are some to look at", () => {
    const calls = literals.flatMap(({ text }) => callsIn(text));
    expect(calls).toContain("devices");
    expect(calls.length).toBeGreaterThan(20);
    expect(literals.flatMap(({ text }) => optionsIn(text)).length).toBeGreaterThan(60);
  });

  test("verbs that they name are there, with the options that they name", () => {
    const wrong = literals.flatMap(({ file, text }) =>
      callsIn(text)
        .filter((call) => !call.startsWith("${"))
        .flatMap((call) => wrongWith(call).map((what) => `${file}: ${call}: ${what}`)),
    );
    expect(wrong).toEqual([]);
  });

  test("options that they name are options of some verb", () => {
    // what is nothing but an option is handed to another program; here, it is an option of ours
    const told = literals.filter(({ file, text }) => file.startsWith("cli/") || /\s/.test(text));
    const wrong = told.flatMap(({ file, text }) =>
      strangers(optionsIn(text)).map((option) => `${file}: ${option} in ${JSON.stringify(text)}`),
    );
    expect(wrong).toEqual([]);
  });

  test("a general remedy is one or two sentences", () => {
    for (const [code, remedy] of Object.entries(REMEDY)) {
      expect(remedy, code).toMatch(/^[A-Z`].+\.$/);
      expect(remedy.length, code).toBeLessThan(125);
    }
  });
});

describe.each(READMES)("%s", (readme) => {
  const text = readmeText(readme);

  test("calls that it shows are calls that there are", () => {
    // a line that goes on after a backslash is one call
    const calls = callsIn(text.replaceAll(/\\\n\s*/g, " "));
    expect(calls.flatMap((call) => wrongWith(call).map((what) => `${call}: ${what}`))).toEqual([]);
  });

  test("options that it names are options that there are", () => {
    const spans = [...text.matchAll(/`(--[^`\n]+)`/g)].map(([, span = ""]) => span);
    expect(strangers(spans.flatMap(optionsIn))).toEqual([]);
  });
});
