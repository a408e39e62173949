/**
 * Every rule by which weights change as a network runs, one row each. A new one is its file here, its twin in
 * compiler/spiking/rules, and its kernel.
 */
import { type FixedPerceptronRule, type PerceptronRule, perceptron } from "./perceptron.ts";
import type { RuleRow } from "./row.ts";

export type Rule = PerceptronRule;
export type FixedRule = FixedPerceptronRule;
export type RuleKind = Rule["kind"];

type Of<U, K> = Extract<U, { readonly kind: K }>;
export type FixedRuleOf<K extends RuleKind> = Of<FixedRule, K>;

const RULES: { readonly [K in RuleKind]: RuleRow<Of<Rule, K>, FixedRuleOf<K>> } = {
  perceptron,
};

export const ruleRow = ({ kind }: { readonly kind: RuleKind }): RuleRow<Rule, FixedRule> =>
  RULES[kind];
