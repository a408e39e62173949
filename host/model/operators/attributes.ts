/** What a layer has besides operands, and the values each attribute may take: the one list that every format fills. */
import type { Activation, LayerKind, NodeOf, Padding2d, Window2d } from "../graph.ts";
import { type Finding, finding } from "./finding.ts";

/** The fields of a node that are its own kind's. */
export type Attributes<K extends LayerKind> = Omit<
  NodeOf<K>,
  "kind" | "index" | "name" | "inputs" | "output" | "part"
>;

type IntegerRule = { readonly type: "integer"; readonly low: number; readonly high: number };
/** a list of integers */
type IntegersRule = { readonly type: "integers"; readonly low: number; readonly high: number };
type RealRule = { readonly type: "real"; readonly positive: boolean };
type ActivationRule = { readonly type: "activation" };
type WindowRule = { readonly type: "window"; readonly dilated: boolean };

export type AttributeRule = IntegerRule | IntegersRule | RealRule | ActivationRule | WindowRule;

type RuleOf<T> = T extends number
  ? IntegerRule | RealRule
  : T extends readonly number[]
    ? IntegersRule
    : T extends Activation
      ? ActivationRule
      : T extends Window2d
        ? WindowRule
        : never;

/** A rule for every attribute of the kind, of that attribute's type. */
export type AttributeRules<K extends LayerKind> = {
  readonly [A in keyof Attributes<K>]: RuleOf<Attributes<K>[A]>;
};

/** A window, a stride or a dilation along one axis, in pixels. */
export const MAX_WINDOW = 4096;

/** Those that kernels can fuse. */
export const ACTIVATIONS: readonly Activation[] = ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"];

export const integer = (low: number, high: number): IntegerRule => ({ type: "integer", low, high });
export const integers = (low: number, high: number): IntegersRule => ({
  type: "integers",
  low,
  high,
});
export const POSITIVE: RealRule = { type: "real", positive: true };
export const FINITE: RealRule = { type: "real", positive: false };
export const ACTIVATION: ActivationRule = { type: "activation" };
export const WINDOW: WindowRule = { type: "window", dilated: true };
export const UNDILATED: WindowRule = { type: "window", dilated: false };

/** What is wrong with a value of the attribute's own type, or null. */
export function attributeFinding(
  name: string,
  value: unknown,
  rule: AttributeRule,
): Finding | null {
  switch (rule.type) {
    case "integer":
      return isInteger(value as number, rule)
        ? null
        : outside(`${name} ${value}`, "an integer", rule);
    case "integers": {
      const list = value as readonly number[];
      const sound = list.every((one) => isInteger(one, rule));
      return sound ? null : outside(`${name} ${list}`, "integers", rule);
    }
    case "real": {
      const real = value as number;
      if (Number.isFinite(real) && (real > 0 || !rule.positive)) return null;
      const kind = rule.positive ? "positive" : "finite";
      return finding("MODEL_OP", `${name} ${real}`, `a ${kind} ${name}`);
    }
    case "activation":
      if (ACTIVATIONS.includes(value as Activation)) return null;
      return finding("MODEL_OP", `fused ${value}`, "NONE, RELU, RELU6 or RELU_N1_TO_1");
    case "window":
      return windowFinding(value as Window2d, rule);
  }
}

const isInteger = (value: number, { low, high }: Range): boolean =>
  Number.isInteger(value) && value >= low && value <= high;

type Range = { readonly low: number; readonly high: number };

const outside = (got: string, what: string, { low, high }: Range): Finding =>
  finding("MODEL_OP", got, `${what} from ${low} to ${high}`);

function windowFinding(window: Window2d, { dilated }: WindowRule): Finding | null {
  const { strideH, strideW, dilationH, dilationW, padding } = window;
  const expected = `whole numbers from 1 to ${MAX_WINDOW}`;
  const fits = (x: number) => isInteger(x, { low: 1, high: MAX_WINDOW });
  if (!fits(strideH) || !fits(strideW)) {
    return finding("MODEL_SHAPE", `stride ${strideH},${strideW}`, expected);
  }
  const dilation = `dilation ${dilationH},${dilationW}`;
  if (!fits(dilationH) || !fits(dilationW)) return finding("MODEL_SHAPE", dilation, expected);
  if (!dilated && (dilationH !== 1 || dilationW !== 1)) {
    return finding("MODEL_OP", dilation, "1,1: only CONV_2D and DEPTHWISE_CONV_2D have one");
  }
  const pixels = [padding.top, padding.bottom, padding.left, padding.right];
  if (pixels.every((n) => Number.isInteger(n) && n >= 0)) return null;
  return finding("MODEL_SHAPE", paddingText(padding), "whole numbers of pixels");
}

export const paddingText = ({ top, bottom, left, right }: Padding2d): string =>
  `padding ${top},${bottom},${left},${right}`;
