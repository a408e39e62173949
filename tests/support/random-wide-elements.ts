/** Random layers of int16 without weights. */
import { type Append, addNode, type Dice, f32, quantisationOf, shapeOf } from "./random-draft.ts";
import { ACTIVATIONS } from "./random-weighted.ts";
import { wideActivation, wideEnd } from "./random-wide.ts";
import { anyWindow } from "./random-window.ts";

type Second = (dice: Dice, shape: readonly number[]) => readonly number[];

/** @param secondShape one that broadcasts with the first operand's */
export const wideBinary =
  (kind: "ADD_I16" | "SUB_I16" | "MUL_I16", secondShape: Second): Append =>
  (draft, input) => {
    const { dice } = draft;
    const shape = shapeOf(draft, input);
    const other = secondShape(dice, shape);
    const padded = [...Array<number>(shape.length - other.length).fill(1), ...other];
    const { scale } = quantisationOf(draft, input);
    const second = wideActivation(draft, other, f32(scale * 2 ** dice.real(-8, 8)));
    draft.inputs.push(second);
    const own = quantisationOf(draft, second).scale;
    // exponents that keep TFLite's shifted sums and products inside int32
    const to =
      kind === "MUL_I16"
        ? scale * own * 2 ** dice.pick([dice.real(10, 16), dice.real(0, 30)])
        : Math.max(scale, own) * 2 ** dice.pick([dice.real(0, 3), dice.real(-10, 12)]);
    const output = wideActivation(
      draft,
      shape.map((d, k) => Math.max(d, padded[k] ?? 1)),
      f32(to),
    );
    const inputs = dice.chance(0.5) ? [input, second] : [second, input];
    addNode(draft, { kind, inputs, output, activation: dice.pick(ACTIVATIONS) });
    return wideEnd(draft, output);
  };

export const widePool =
  (kind: "AVERAGE_POOL_2D_I16" | "MAX_POOL_2D_I16"): Append =>
  (draft, input) => {
    const shape = shapeOf(draft, input);
    const { window, kernel, output } = anyWindow(draft.dice, shape, false);
    const to = [1, ...output, shape[3] ?? 1];
    addNode(draft, {
      ...{ kind, inputs: [input], window, filterH: kernel[0], filterW: kernel[1] },
      output: wideActivation(draft, to, quantisationOf(draft, input).scale),
      activation: draft.dice.pick(ACTIVATIONS),
    });
    return wideEnd(draft, draft.tensors.length - 1);
  };

export const wideUnary =
  (kind: "LOGISTIC_I16" | "TANH_I16" | "RELU_I16" | "RELU6_I16"): Append =>
  (draft, input) => {
    const { dice } = draft;
    const { scale } = quantisationOf(draft, input);
    const own = kind === "RELU_I16" ? f32(scale * 2 ** dice.real(-4, 4)) : scale;
    const curved = kind === "LOGISTIC_I16" || kind === "TANH_I16";
    const output = wideActivation(draft, shapeOf(draft, input), curved ? 2 ** -15 : own);
    addNode(draft, { kind, inputs: [input], output });
    return wideEnd(draft, output);
  };

export const wideSoftmax: Append = (draft, input) => {
  const beta = draft.dice.pick([1, 1, 1, f32(0.1), 0.5, 3, 10]);
  const output = wideActivation(draft, shapeOf(draft, input), 2 ** -15);
  addNode(draft, { kind: "SOFTMAX_I16", inputs: [input], output, beta });
  return wideEnd(draft, output);
};

/** Ratios that keep TFLite's shifted elements inside int32. */
export const wideLeakyRelu: Append = (draft, input) => {
  const { dice } = draft;
  const alpha = f32(dice.pick([0.01, 0.1, 0.2, 0.3, 0.5, 1, 1.5, 0, -0.5, 2 ** -20]));
  const { scale } = quantisationOf(draft, input);
  const own = f32(scale * 2 ** dice.pick([0, dice.real(-4, 4), dice.real(-14, 20)]));
  const output = wideActivation(draft, shapeOf(draft, input), own);
  addNode(draft, { kind: "LEAKY_RELU_I16", inputs: [input], output, alpha });
  return wideEnd(draft, output);
};
