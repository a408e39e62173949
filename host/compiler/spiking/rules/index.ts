/** Every rule of plasticity as memory and calls, one row each: a rule that has none does not build. */
import type { FixedRule, FixedRuleOf, RuleKind } from "../../../spiking/rules/index.ts";
import { perceptron } from "./perceptron.ts";
import type { RuleLowering } from "./row.ts";

const LOWERINGS: { readonly [K in RuleKind]: RuleLowering<FixedRuleOf<K>> } = {
  perceptron,
};

export const ruleLowering = ({ kind }: FixedRule): RuleLowering<FixedRule> => LOWERINGS[kind];
