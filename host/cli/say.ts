/** The one way of a line to a stream. Names of files, models and boards are foreign text: a terminal must not obey them. */
import { printable } from "../text.ts";
import type { Output } from "./io.ts";

export const say = (to: Output, line: string): void => {
  to.write(`${printable(line)}\n`);
};

/** One document, one line. */
export const sayDocument = (to: Output, document: unknown): void => {
  to.write(`${printable(JSON.stringify(document), jsonEscape)}\n`);
};

const jsonEscape = (code: number): string => `\\u${code.toString(16).padStart(4, "0")}`;
