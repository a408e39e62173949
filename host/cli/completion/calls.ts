/** What can be typed, read from the program itself: every verb, its options, and what stands behind each. */
import type { Argument, Command, Option } from "commander";
import { meterForms } from "../../power/open.ts";
import { sensorForms } from "../../sensors/open.ts";
import { networkNames } from "../networks.ts";
import { TOPICS } from "../topics.ts";

/** What a value is completed with. */
export type Value =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "files" }
  | { readonly kind: "folders" }
  /** NODE=FILE */
  | { readonly kind: "assignment" }
  /** a file, or one of the words */
  | { readonly kind: "model"; readonly words: readonly string[] }
  | { readonly kind: "anything" };

export type OptionCall = {
  /** with their hyphens, the long one first */
  readonly names: readonly string[];
  readonly description: string;
  /** null: the option takes no value */
  readonly value: Value | null;
  readonly optionalValue: boolean;
  readonly repeatable: boolean;
};

export type VerbCall = {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionCall[];
  readonly arguments: readonly { readonly name: string; readonly value: Value }[];
  /** the last argument may stand several times */
  readonly variadic: boolean;
};

/** Values that the program knows as text only: a port may stand behind the first word. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "--target": ["local", "wasm3", "board:"],
  board: ["board:"],
};

export function verbCalls(program: Command): VerbCall[] {
  const verbs = program.commands.map(verbCall);
  const names = verbs.map(({ name }) => name);
  const help: VerbCall = {
    name: "help",
    description: "print the help of a verb",
    options: [],
    arguments: [
      { name: "verb", value: { kind: "words", words: [...names, ...Object.keys(TOPICS)] } },
    ],
    variadic: false,
  };
  return [...verbs, help];
}

const verbCall = (command: Command): VerbCall => ({
  name: command.name(),
  description: command.description(),
  options: [...command.options.map(optionCall), HELP],
  arguments: command.registeredArguments.map((argument) => ({
    name: argument.name(),
    value: argumentValue(argument),
  })),
  variadic: command.registeredArguments.at(-1)?.variadic ?? false,
});

const HELP: OptionCall = {
  names: ["--help", "-h"],
  description: "print the help",
  value: null,
  optionalValue: false,
  repeatable: false,
};

function optionCall(option: Option): OptionCall {
  const names = [option.long, option.short].filter((name) => typeof name === "string");
  const value = option.required || option.optional ? optionValue(option) : null;
  return {
    names,
    description: option.description,
    value,
    optionalValue: option.optional,
    repeatable: value?.kind === "assignment",
  };
}

/** Simulations whole, of other sensors what stands before the port, the file or the line. */
const sensorWords = (): string[] =>
  sensorForms().flatMap(({ form }) => {
    const [, kind = "", names = ""] = /^(\w+:)([^?]*)/.exec(form) ?? [];
    return kind === "sim:" ? names.split("|").map((name) => `${kind}${name}`) : [kind];
  });

/** "rapl[:psys]" is rapl and rapl:psys, "a|b:PORT" is a: and b:; what is written in capitals is anybody's own. */
export const meterWords = (): string[] =>
  meterForms().flatMap(({ form }) => {
    const [, kinds = "", bracket, names = ""] = /^([\w|]+)(\[?)(?::([^\][?]*))?/.exec(form) ?? [];
    const own = names.split("|").filter((name) => /^[a-z]/.test(name));
    return kinds
      .split("|")
      .flatMap((kind) => [
        ...(bracket || names === "" ? [kind] : []),
        ...own.map((name) => `${kind}:${name}`),
        ...(names !== "" && own.length === 0 ? [`${kind}:`] : []),
      ]);
  });

function optionValue({ flags, long, argChoices }: Option): Value {
  if (long === "--input") return { kind: "model", words: sensorWords() };
  if (long === "--meter") return { kind: "words", words: meterWords() };
  if (argChoices) return { kind: "words", words: argChoices };
  const words = WORDS[long ?? ""];
  if (words) return { kind: "words", words };
  const [, operand = ""] = /[<[](.*)[>\]]/.exec(flags) ?? [];
  if (operand.includes("=file")) return { kind: "assignment" };
  if (operand.startsWith("file")) return { kind: "files" };
  return { kind: operand === "dir" ? "folders" : "anything" };
}

function argumentValue(argument: Argument): Value {
  if (argument.argChoices) return { kind: "words", words: argument.argChoices };
  if (argument.name() === "uri") return { kind: "model", words: sensorWords() };
  if (argument.name() === "model") return { kind: "model", words: networkNames() };
  return { kind: "words", words: WORDS[argument.name()] ?? [] };
}
