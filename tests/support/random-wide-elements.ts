/** Random layers of int16 without weights. */
import { type Append, addNode, type Dice, f32, quantisationOf, shapeOf } from "./random-draft.ts";
import { ACTIVATIONS } from "./random-weighted.ts";
import { wideActivation, wideEnd } from "./random-wide.ts";
import { anyWindow } from "./random-window.ts";

type Second = (dice: Dice, shape: readonly number[]) => readonly number[];

/** @param secondShape one that broadcasts with the first operand's */
export const wideBinary =
  (kind: "ADD_I16" | "MUL_I16", secondShape: Second): Append =>
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
      kind === "ADD_I16"
        ? Math.max(scale, own) * 2 ** dice.pick([dice.real(0, 3), dice.real(-10, 12)])
        : scale * own * 2 ** dice.pick([dice.real(10, 16), dice.real(0, 30)]);
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
