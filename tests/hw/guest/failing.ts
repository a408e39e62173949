/** What a call is refused with. */
import { type Problem, TwentyWattError } from "../../../host/errors.ts";
import { within } from "./machine.ts";

/** @returns the problems of a promise that must be rejected with some */
export async function problemsOf(promise: Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await within("an answer", promise);
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
  throw new Error("no problem was raised");
}

/** Of what is refused for one reason. */
export async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const [problem, ...more] = await problemsOf(promise);
  if (problem === undefined || more.length > 0) throw new Error(`${1 + more.length} problems`);
  return problem;
}
