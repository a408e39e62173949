/**
 * Names of parameters, checked where JavaScript does not: a misspelt one would silently leave its default in place.
 */
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import { nearest } from "../text.ts";

/** One entry for every key of T, so that a new parameter without one does not build. */
export type Keys<T> = { readonly [K in keyof Required<T>]: true };

/**
 * @param where what was called: lif, network, the name of a population
 * @param given what it was called with
 * @throws USAGE where that is no object, or has a key that is not one of `keys`
 */
export function checkKeys<T>(where: string, given: T, known: Keys<T>): void {
  const keys = Object.keys(known);
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const got = given === undefined ? "nothing" : String(given);
    throw new TwentyWattError(
      problem("USAGE", where, got, `an object with ${keys.join(", ")}`, FIX),
    );
  }
  const problems = Object.keys(given).flatMap((key): Problem[] => {
    if (keys.includes(key)) return [];
    const meant = nearest(key, keys);
    const remedy = meant === null ? "Leave it out." : `Write ${meant}.`;
    return [problem("USAGE", where, `parameter ${key}`, keys.join(", "), remedy)];
  });
  if (problems.length > 0) throw new TwentyWattError(problems);
}

const FIX = "Change the code that builds this network.";
