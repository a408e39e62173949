/** Rules of quantisation: how the output's scale and zero point follow from the operands'. */
import { at } from "../at.ts";
import { perTensor, type Tensor } from "../graph.ts";
import { type Finding, finding } from "./finding.ts";

export type QuantisationRule = (inputs: readonly Tensor[], output: Tensor) => Finding | null;

/** The output has a scale of its own. */
export const own: QuantisationRule = () => null;

/** Bytes are moved and not computed with: the same byte is the same number before and after. */
export const kept: QuantisationRule = (inputs, output) => {
  const type = inputs.find(({ dtype }) => dtype !== output.dtype)?.dtype;
  if (type !== undefined) {
    return finding("MODEL_QUANT", `input ${type}; output ${output.dtype}`, "the same type");
  }
  const to = perTensor(output);
  const other = inputs
    .map(perTensor)
    .find(({ scale, zeroPoint }) => scale !== to.scale || zeroPoint !== to.zeroPoint);
  if (other === undefined) return null;
  const got = `input ${text(other)}; output ${text(to)}`;
  return finding("MODEL_QUANT", got, "the same scale and zero point");
};

/** What TFLite's specification fixes: the whole range of the function. Its kernels allow 0.1 % of the scale. */
export const fixed =
  (scale: number, zeroPoint: number): QuantisationRule =>
  (_, output) => {
    const found = perTensor(output);
    const same = Math.abs(found.scale - scale) < 1e-3 * scale && found.zeroPoint === zeroPoint;
    if (same) return null;
    const expected = `scale 1/${1 / scale}, zero point ${zeroPoint}`;
    return finding("MODEL_QUANT", `output ${text(found)}`, expected);
  };

/**
 * TFLite: GetQuantizedConvolutionMultipler (sic), which FULLY_CONNECTED calls with one scale for all weights. A bias is
 * counted in s_in · s_w; where its own scale is another, the network was trained for other numbers. TFLite does not look
 * at the biases of convolutions. Scale 1 stands for a source that says none.
 */
export const biasInProducts: QuantisationRule = (inputs, output) => {
  const [input, weights, bias] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
  const [scale] = bias.quantization.scales;
  if (weights.quantization.scales.length > 1 || scale === undefined || scale === 1) return null;
  const product = Math.fround(perTensor(input).scale * perTensor(weights).scale);
  if (Math.abs(product - scale) <= 0.02 * perTensor(output).scale) return null;
  const expected = `${product}, the input's scale times the weights'`;
  return finding("MODEL_QUANT", `a bias of scale ${scale}`, expected);
};

/** The same of convolutions whose weights are uint8: TFLite asks for their multiplier in the same place. */
export const biasOfUnsigned: QuantisationRule = (inputs, output) =>
  at(inputs, 1).dtype === "u8" ? biasInProducts(inputs, output) : null;

/** What TFLite Micro takes for granted of an LSTM: h is the output, cells count in a power of two, weights have one scale. */
export const gates: QuantisationRule = (inputs, output) => {
  const [hidden, cell] = [at(inputs, 13), at(inputs, 14)];
  const other = inputs.slice(1, 9).find(({ quantization }) => quantization.scales.length > 1);
  if (other !== undefined) {
    return finding("MODEL_QUANT", `${other.name} with scales by channel`, "one scale");
  }
  const power = Math.log2(perTensor(cell).scale);
  if (!Number.isInteger(power) || power < -15 || power > 0) {
    const got = `a cell state of scale ${perTensor(cell).scale}`;
    return finding("MODEL_QUANT", got, "a power of two from 2^-15 to 1");
  }
  return kept([hidden], output);
};

/** Of int16 and uint8 TensorFlow Lite Micro converts to int8 alone, and int16 to another scale. */
export const converted: QuantisationRule = (inputs, output) => {
  const [input] = inputs;
  const types = [at(inputs, 0).dtype, output.dtype];
  if (!(types.includes("u8") && types.includes("i16"))) return null;
  return finding("MODEL_QUANT", `${input?.dtype} to ${output.dtype}`, "int8 on one side");
};

const text = ({ scale, zeroPoint }: ReturnType<typeof perTensor>): string =>
  `scale ${scale}, zero point ${zeroPoint}`;
