/** What `--help` looks like: as wide as the terminal, options in groups, and examples that run. */
import type { Command, HelpConfiguration } from "commander";
import { type Screen, widthOf, wrapped } from "../text.ts";

/** Headings of options, the same in every verb. */
export const GROUP = {
  files: "Input and output:",
  where: "Where and how:",
  model: "How it is compiled:",
  spiking: "Spiking networks:",
  mlperf: "MLPerf Tiny:",
  general: "General:",
} as const;

/** Of help that goes to a pipe or a file. */
const PIPE_COLUMNS = 80;

export const helpWidth = (stdout: Screen): number =>
  Math.min(widthOf(stdout), stdout.isTTY === true ? Number.POSITIVE_INFINITY : PIPE_COLUMNS);

export const HELP: HelpConfiguration = {
  minWidthToWrap: 20,
  formatItem: (term, termWidth, description, { helpWidth: width = PIPE_COLUMNS }) =>
    item(term, termWidth, description, width).join("\n"),
  optionDescription: ({ description, argChoices, defaultValue, defaultValueDescription }) => {
    const preset = defaultValueDescription ?? (defaultValue === true ? undefined : defaultValue);
    const told = described(description, argChoices);
    return preset === undefined ? told : `${told} (default: ${preset})`;
  },
  argumentDescription: ({ description, argChoices }) => described(description, argChoices),
};

/** The choices behind what they are, unless the sentence names them all. */
function described(description: string, choices: readonly string[] = []): string {
  const words = description.split(/[^\w.-]+/);
  return choices.every((choice) => words.includes(choice))
    ? description
    : `${description}: ${choices.join(", ")}`;
}

/** A term and what it means: beside each other, or below each other where that would be a narrow column. */
function item(term: string, termWidth: number, description: string, width: number): string[] {
  const hang = termWidth + 4;
  if (description === "") return [`  ${term}`];
  if (hang > width / 2) return [`  ${term}`, ...wrapped(`      ${description}`, width, 6)];
  return wrapped(`  ${term.padEnd(termWidth)}  ${description}`, width, hang);
}

export type Example = {
  /** why a person would call it */
  readonly what: string;
  /** as it is typed */
  readonly line: string;
};

/** Terms and what they mean, inside a width. */
export function termLines(rows: readonly Term[], width: number): string[] {
  const termWidth = Math.max(...rows.map(([term]) => term.length));
  return rows.flatMap(([term, description]) => item(term, termWidth, description, width));
}

export type Term = readonly [term: string, description: string];

/** A section at the end of the help: what it is for, then the line to type. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  return withSection(command, "Examples:", (width) =>
    examples.flatMap(({ what, line }) => [
      ...wrapped(`  # ${what}`, width, 4),
      ...wrapped(`  ${line}`, width, 4),
    ]),
  );
}

/** A section of terms and what they mean. */
export function withTerms(command: Command, title: string, rows: readonly Term[]): Command {
  return withSection(command, title, (width) => termLines(rows, width));
}

function withSection(
  command: Command,
  title: string,
  lines: (width: number) => readonly string[],
): Command {
  return command.addHelpText("after", ({ command: shown }) => {
    const width = shown.configureOutput().getOutHelpWidth?.() ?? PIPE_COLUMNS;
    return ["", title, ...lines(width)].join("\n");
  });
}
