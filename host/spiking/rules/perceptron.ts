/**
 * Rosenblatt's rule: y = w·x + b > 0, then w ← w + (t − y)·x and b ← b + (t − y). The source gives x and then the target
 * t; the weight of t is the bias. One rule sums, fires and learns, so it acts in the place of its target.
 */
import { at } from "../../model/at.ts";
import { LIMIT } from "../fixed-network.ts";
import type { RuleRow } from "./row.ts";

export type PerceptronRule = {
  readonly kind: "perceptron";
  /** x and t */
  readonly inputs: number;
};

/** Weights are whole numbers: i32[inputs], 0 at the start. */
export type FixedPerceptronRule = PerceptronRule;

export const perceptron: RuleRow<PerceptronRule, FixedPerceptronRule> = {
  clip: () => LIMIT,

  open({ inputs }) {
    const bias = inputs - 1;
    const w = new Float64Array(inputs);
    return {
      atTarget(source, target) {
        let sum = at(w, bias);
        for (let k = 0; k < bias; k++) sum += at(w, k) * at(source, k);
        const y = sum > 0 ? 1 : 0;
        const error = at(source, bias) - y;
        for (let k = 0; k < bias; k++) w[k] = at(w, k) + error * at(source, k);
        w[bias] = at(w, bias) + error;
        target[0] = y;
      },
    };
  },

  integers: (rule) => rule,
};
