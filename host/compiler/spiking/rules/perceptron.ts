/** Rosenblatt's rule: one call sums, fires and learns, see assembly/neurons/perceptron.ts. */
import { at } from "../../../model/at.ts";
import type { FixedPerceptronRule } from "../../../spiking/rules/perceptron.ts";
import { spikesOf } from "../population.ts";
import type { RuleLowering } from "./row.ts";

export const perceptron: RuleLowering<FixedPerceptronRule> = {
  place: (draft, { name, rule }) => [
    draft.named("state", `${name}.w`, 4 * rule.inputs, {
      ...{ dtype: "i32", scale: 1, shape: [rule.inputs] },
    }),
  ],
  atTarget(draft, { name, rule }, memory, { source, target }) {
    draft.step.push({
      ...{ file: "neurons/perceptron", entry: "perceptron", comment: `perceptron ${name}` },
      args: [
        ...[source.list, at(memory, 0), rule.inputs - 1],
        ...[spikesOf(target), target.list, draft.counters],
      ],
    });
  },
};
