/**
 * The one way of a line to a stream. Names of files, models and boards are foreign text: a terminal must not obey them.
 * A terminal gets it inside its width.
 */
import { fitted, printable, typeset, widthOf } from "../text.ts";
import type { Output } from "./io.ts";

export const say = (to: Output, line: string): void => {
  to.write(typeset(line, to));
};

/** Lines that belong together: columns of tables stay below each other where they do not all fit beside each other. */
export const sayTable = (to: Output, lines: readonly string[]): void => {
  for (const line of fitted(
    lines.map((one) => printable(one)),
    widthOf(to),
  ))
    to.write(`${line}\n`);
};

/** What a compiler printed: its lines as lines, each shown and not obeyed. */
export const sayLines = (to: Output, text: string): void => {
  for (const line of text.split(/\r?\n/)) say(to, line);
};

/** One document, one line. */
export const sayDocument = (to: Output, document: unknown): void => {
  to.write(`${printable(JSON.stringify(document), jsonEscape)}\n`);
};

const jsonEscape = (code: number): string => `\\u${code.toString(16).padStart(4, "0")}`;
