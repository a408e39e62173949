/**
 * When a network's answers are a decision: values averaged over the last inferences and held against a threshold, or
 * spikes counted over so many steps.
 */
import { argmax } from "../files/labels.ts";
import { at } from "../model/at.ts";

export type Rule = {
  /** an average, in the output's own unit, or a count of spikes: at least this */
  readonly threshold: number;
  /** inferences, or steps, 1 or more */
  readonly over: number;
};

export type Decision = { readonly decided: number; readonly value: number };

export type Decider = {
  /** What an answer adds to a decision; null where there is none. */
  readonly add: (values: ArrayLike<number>) => Decision | null;
  /** Forgets the answers so far: what comes next does not follow them. */
  readonly restart: () => void;
};

/** After each inference from the `over`-th on: the class of the largest mean. @param classes first of the values, 1 or more */
export function averaging({ threshold, over }: Rule, classes: number): Decider {
  const last: Float64Array[] = [];
  const add: Decider["add"] = (values) => {
    last.push(Float64Array.from({ length: classes }, (_, k) => values[k] as number));
    if (last.length < over) return null;
    if (last.length > over) last.shift();
    // added anew each time: running sums would drift
    const means = Array.from({ length: classes }, (_, k) => {
      return last.reduce((sum, row) => sum + at(row, k), 0) / over;
    });
    return largest(means, threshold);
  };
  return { add, restart: () => void last.splice(0) };
}

/** After every `over` steps, which begin anew then: the neuron with most spikes. */
export function counting({ threshold, over }: Rule, classes: number): Decider {
  const counts = new Float64Array(classes);
  let steps = 0;
  const restart = (): void => {
    counts.fill(0);
    steps = 0;
  };
  const add: Decider["add"] = (values) => {
    for (let k = 0; k < classes; k++) counts[k] = at(counts, k) + (values[k] as number);
    steps += 1;
    if (steps < over) return null;
    const decision = largest(Array.from(counts), threshold);
    restart();
    return decision;
  };
  return { add, restart };
}

/** Of equal ones the first; none where one of them is no number. */
function largest(values: readonly number[], threshold: number): Decision | null {
  if (values.some(Number.isNaN)) return null;
  const decided = argmax(values);
  const value = at(values, decided);
  return value >= threshold && value > -Infinity ? { decided, value } : null;
}
