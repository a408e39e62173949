/** Mutants of C, from its text: comments, words, the preprocessor and declarations are left alone. */
import { type Change, type Mutant, mutantsOf } from "./mutant.ts";

/** Operator, with a space on both sides as the sources are written → what stands there instead. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
  "&&": ["||"],
  "||": ["&&"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "<<": [">>"],
  ">>": ["<<"],
  "&": ["|"],
  "|": ["&"],
  "+=": ["-="],
  "-=": ["+="],
};

export function cMutants(file: string, source: string): Mutant[] {
  const code = blanked(source);
  const changes: Change[] = [
    ...operators(code),
    ...numbers(code),
    ...conditions(code),
    ...statements(code),
  ].map((change) => ({ ...change, inside: functionAround(code, change.start) }));
  return mutantsOf(file, source, changes);
}

type Found = Omit<Change, "inside">;

/** The same text with spaces in place of what is no code, so that positions stay. */
function blanked(source: string): string {
  return source.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|^[ \t]*#(?:\\\n|[^\n])*/gm,
    (text) => text.replace(/[^\n]/g, " "),
  );
}

function operators(code: string): Found[] {
  return [...code.matchAll(/(?<=[\w)\]] )([<>=!&|+\-*/%]+)(?= [\w(!~&*-])/g)].flatMap((found) =>
    (OPERATORS[found[1] ?? ""] ?? [])
      .filter((text) => !(isExtreme(code, found.index) && text === EQUAL_TOO[found[1] ?? ""]))
      .map((text) => place(found.index, found[1] ?? "", text)),
  );
}

const EQUAL_TOO: Readonly<Record<string, string>> = { ">": ">=", ">=": ">", "<": "<=", "<=": "<" };

/** a > b ? a : b, the larger of two: where they are equal it is the same which one is taken. */
function isExtreme(code: string, operator: number): boolean {
  const left = /[\w>.\-[\]]+(?= $)/.exec(code.slice(0, operator))?.[0];
  const [, right, yes, no] =
    /^[<>]=? ([\w>.\-[\]]+) \? ([\w>.\-[\]]+) : ([\w>.\-[\]]+)/.exec(code.slice(operator)) ?? [];
  return right !== undefined && ((yes === left && no === right) || (yes === right && no === left));
}

function numbers(code: string): Found[] {
  return [...code.matchAll(/(?<![\w.])(0x[\da-fA-F]+|\d+)(u|U)?(?![\w.])/g)].flatMap((found) => {
    const [text, digits = "0", unsigned = ""] = found;
    const value = Number(digits);
    const others = value === 0 ? [1] : [value + 1, value - 1];
    return others.map((other) => place(found.index, text, `${other}${unsigned}`));
  });
}

function conditions(code: string): Found[] {
  return [...code.matchAll(/\b(if|while) \(/g)].flatMap((found) => {
    const start = found.index + found[0].length;
    const text = code.slice(start, closing(code, start));
    const never = place(start, text, "0");
    return found[1] === "if" ? [place(start, text, "1"), never] : [never];
  });
}

/** Calls, assignments and jumps that stand by themselves. */
function statements(code: string): Found[] {
  const pattern = /(?<=[;{}):]\s*)((?:break|continue|[\w>.\-[\]]+ [+\-|&]?= |[a-z]\w*\()[^;{}]*;)/g;
  return [...code.matchAll(pattern)].map((found) => place(found.index, found[1] ?? "", ";"));
}

const place = (start: number, old: string, text: string): Found => ({
  start,
  end: start + old.length,
  text,
});

/** Where the bracket that opened just before `start` closes. */
function closing(code: string, start: number): number {
  let depth = 1;
  for (let at = start; at < code.length; at++) {
    if (code[at] === "(") depth++;
    else if (code[at] === ")" && --depth === 0) return at;
  }
  return code.length;
}

/** A function's head begins its line, its body's brace ends one. */
function functionAround(code: string, position: number): string {
  const heads = [...code.slice(0, position).matchAll(/^[a-z][^\n;=]*?(\w+)\([^;{]*\)\s*\{/gm)];
  return heads.at(-1)?.[1] ?? "";
}
