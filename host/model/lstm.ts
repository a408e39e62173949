/** Multipliers of the recurrent layers, as TensorFlow Lite Micro computes them. */
import { at } from "./at.ts";
import { perTensor, type Tensor } from "./graph.ts";
import { type Multiplier, quantizeMultiplier, type Rounding } from "./multiplier.ts";

const f32 = Math.fround;
/** Of what a gate's function takes, Q4.12, and of what it gives, Q1.15. */
const [BEFORE, BEHIND] = [2 ** -12, 2 ** -15];

type Gate = { readonly fromInput: Multiplier; readonly fromHidden: Multiplier };

/** UNIDIRECTIONAL_SEQUENCE_LSTM. @param operands input, 4 + 4 weights, 4 biases, hidden state, cell state */
export function lstmMultipliers(operands: readonly Tensor[], rounding: Rounding) {
  const scale = (k: number) => perTensor(at(operands, k)).scale;
  const [input, hidden, cell] = [scale(0), scale(13), scale(14)];
  const multiplier = (m: number) => quantizeMultiplier(m, rounding);
  // GetQuantizedConvolutionMultipler (sic) rounds the product of two scales to float32
  const gates = [0, 1, 2, 3].map(
    (g): Gate => ({
      fromInput: multiplier(f32(input * scale(1 + g)) / BEFORE),
      fromHidden: multiplier(f32(hidden * scale(5 + g)) / BEFORE),
    }),
  );
  return {
    gates,
    forget: multiplier((BEHIND * cell) / cell),
    input: multiplier((BEHIND * BEHIND) / cell),
    output: multiplier((BEHIND * BEHIND) / hidden),
  };
}

/** SVDF: quotients of float32. @param operands input, features, time, bias, state */
export function svdfMultipliers(operands: readonly Tensor[], output: Tensor, rounding: Rounding) {
  const [input, features, time, , state] = operands.map((one) => at(one.quantization.scales, 0));
  const real = (a: number | undefined, b: number | undefined, c: number | undefined) =>
    f32(f32((a as number) * (b as number)) / (c as number));
  return {
    state: quantizeMultiplier(real(input, features, state), rounding),
    output: quantizeMultiplier(real(state, time, perTensor(output).scale), rounding),
  };
}
