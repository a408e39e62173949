import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ARCHITECTURE } from "../../../host/demo/int8-network.ts";
import {
  backward,
  forward,
  type LayerShape,
  type Parameters,
  weightCount,
} from "../../../host/demo/layers.ts";
import { serialise, trainInt8Network } from "../../../host/demo/train.ts";
import { mulberry32, uniform } from "../../../host/model/random.ts";

test("training again gives the committed file, byte for byte", () => {
  const committed = readFileSync("host/demo/int8-network.json", "utf8");
  expect(serialise(trainInt8Network())).toBe(committed);
});

/** The architecture's own layers, and shapes it does not have: even filters, wide strides, padding on both sides. */
const SHAPES: readonly LayerShape[] = [
  ...ARCHITECTURE,
  {
    kind: "CONV_2D",
    inWidth: 7,
    inChannels: 3,
    outWidth: 4,
    outChannels: 2,
    filter: 4,
    stride: 2,
    padLeft: 1,
    relu: false,
  },
  {
    kind: "DEPTHWISE_CONV_2D",
    inWidth: 5,
    inChannels: 3,
    outWidth: 5,
    outChannels: 3,
    filter: 7,
    stride: 1,
    padLeft: 3,
    relu: true,
  },
];

describe("backward is the derivative of forward", () => {
  test.each(SHAPES)("$kind, filter $filter, stride $stride", (shape) => {
    const random = mulberry32(shape.filter);
    const draw = (length: number) => Float64Array.from({ length }, () => uniform(random, -1, 1));
    const p: Parameters = { weights: draw(weightCount(shape)), bias: draw(shape.outChannels) };
    const input = draw(shape.inWidth * shape.inChannels);
    const output = new Float64Array(shape.outWidth * shape.outChannels);
    // a loss with a known derivative: the weighted sum of the outputs
    const slope = draw(output.length);
    const loss = () => {
      forward(shape, p, input, output);
      return output.reduce((sum, y, k) => sum + y * (slope[k] as number), 0);
    };
    const gradient: Parameters = {
      weights: new Float64Array(p.weights.length),
      bias: new Float64Array(p.bias.length),
    };
    const inputGradient = new Float64Array(input.length);
    loss();
    backward(shape, p, input, output, slope, gradient, inputGradient);

    for (const [values, derivative] of [
      [p.weights, gradient.weights],
      [p.bias, gradient.bias],
      [input, inputGradient],
    ] as const) {
      for (let k = 0; k < values.length; k += Math.ceil(values.length / 40)) {
        const x = values[k] as number;
        const h = 1e-6;
        values[k] = x + h;
        const above = loss();
        values[k] = x - h;
        const below = loss();
        values[k] = x;
        expect(Math.abs((above - below) / (2 * h) - (derivative[k] as number))).toBeLessThan(1e-5);
      }
    }
  });
});
