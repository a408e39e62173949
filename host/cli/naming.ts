/** What is wrong with a model or a module says which file it is: whoever finds it knows only the place inside. */
import { basename } from "node:path";
import { type Problem, TwentyWattError } from "../errors.ts";
import { isNetworkName } from "./networks.ts";
import { Unfinished } from "./result.ts";

/** Codes of what lies in the file, or is done by it. */
const OF_FILES = /^(MODEL|MODULE)_|^(STATE_MISMATCH|DEVICE_TRAP|STEP_LIMIT)$/;

/** @param path as the user gave it; a network by name is no file, and its problems name it by themselves */
export async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isNetworkName(path) ? error : named(path, error);
  }
}

function named(path: string, error: unknown): unknown {
  if (error instanceof Unfinished) return new Unfinished(error.result, named(path, error.cause));
  if (!(error instanceof TwentyWattError)) return error;
  const problems = error.problems.map((one) =>
    OF_FILES.test(one.code) ? { ...one, where: placeIn(path, one) } : one,
  );
  return new TwentyWattError(problems, { cause: error });
}

function placeIn(path: string, { where }: Problem): string {
  const name = basename(path);
  if (where === path || where.startsWith(`${path}: `)) return where;
  if (where === name || where.startsWith(`${name}: `)) return path + where.slice(name.length);
  return `${path}: ${where}`;
}
