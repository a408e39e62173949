/** Front ends by name or from a file's text, and a network with one before it. */
import { fail, type Problem, problem, TwentyWattError } from "../errors.ts";
import type { Graph } from "../model/graph.ts";
import type { Front } from "../model/signal-graph.ts";
import { signalProblems } from "../model/signal-problems.ts";
import { REMEDY } from "./fields.ts";
import { MFCC, mfcc } from "./named/mfcc.ts";
import { MICRO, microwakeword, VARIANTS, type Variant } from "./named/microwakeword.ts";
import { sww } from "./named/sww.ts";
import { vibration } from "./named/vibration.ts";
import { vibrationSpikes } from "./named/vibration-spikes.ts";

export { readFront } from "./fields.ts";

export const FRONT_NAMES = [
  "sww",
  "mfcc",
  "microwakeword",
  "vibration",
  "vibration-spikes",
] as const;

const PLAIN: ReadonlyMap<string, Front> = new Map([
  ["sww", sww],
  ["vibration", vibration],
  ["vibration-spikes", vibrationSpikes],
]);

/**
 * @param text NAME or NAME?key=value&…
 * @throws USAGE for a name or a parameter that nobody knows, and for a number that is none
 */
export function frontByName(text: string): Front {
  const [name = "", query = ""] = text.split("?", 2);
  const pairs = query === "" ? [] : query.split("&").map((pair) => pair.split("=", 2));
  const plain = PLAIN.get(name);
  if (plain) {
    if (pairs.length > 0) fail("USAGE", `--front ${text}`, "parameters", `${name}, which has none`);
    return plain;
  }
  if (name !== "mfcc" && name !== "microwakeword") {
    const expected = `one of ${FRONT_NAMES.join(", ")}, or a file that ends in .json`;
    fail("USAGE", `--front ${text}`, name, expected, REMEDY);
  }
  if (name === "mfcc") return mfcc(text, numbersOf(text, pairs, MFCC));
  const variants = pairs.filter(([key]) => key === "variant").map(([, value = ""]) => value);
  const wrong = variants.find((value) => !VARIANTS.some((known) => known === value));
  if (wrong !== undefined) {
    fail("USAGE", `--front ${text}`, `variant=${wrong}`, VARIANTS.join(" or "), REMEDY);
  }
  const variant = (variants.at(-1) ?? VARIANTS[0]) as Variant;
  const others = pairs.filter(([key]) => key !== "variant");
  return microwakeword(text, numbersOf(text, others, MICRO, ["variant"]), variant);
}

type Numbers<D> = { readonly [K in keyof D]: number };

/** The parameters of a name, each a number, in place of those that stand for them. */
function numbersOf<D extends Readonly<Record<string, number>>>(
  text: string,
  pairs: readonly string[][],
  standard: D,
  besides: readonly string[] = [],
): Numbers<D> {
  const problems: Problem[] = [];
  const given: Record<string, number> = { ...standard };
  for (const [key = "", value = ""] of pairs) {
    const refuse = (got: string, expected: string) =>
      problems.push(problem("USAGE", `--front ${text}`, got, expected, REMEDY));
    if (!Object.hasOwn(standard, key)) {
      refuse(`parameter ${key}`, [...Object.keys(standard), ...besides].join(", "));
    } else if (!/^\d+(\.\d+)?$/.test(value)) refuse(`${key}=${value}`, `${key} as a number`);
    else given[key] = Number(value);
  }
  if (problems.length > 0) throw new TwentyWattError(problems);
  return given as Numbers<D>;
}

/** Raises what keeps the front end from being built; whether it fits the network, the compiler says. */
export function withFront<G extends Graph>(graph: G, front: Front): G {
  const problems = signalProblems(front);
  if (problems.length > 0) throw new TwentyWattError(problems);
  return { ...graph, front };
}
