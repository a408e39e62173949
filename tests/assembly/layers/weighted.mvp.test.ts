/**
 * CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED without SIMD against the oracle: many more random graphs than the
 * conformance suite compiles, and the corners of the packing by hand.
 */
import { expect, test } from "vitest";
import type { Lowering } from "../../../host/compiler/lowering.ts";
import { conv2d } from "../../../host/compiler/ops/conv-2d.ts";
import { depthwiseConv2dMvp } from "../../../host/compiler/ops/mvp/depthwise-conv-2d.ts";
import { fullyConnectedMvp } from "../../../host/compiler/ops/mvp/fully-connected.ts";
import { DEFAULT_OPTIONS } from "../../../host/compiler/options.ts";
import type { LayeredGraph, LayerNode } from "../../../host/model/graph.ts";
import type { Rounding } from "../../../host/model/multiplier.ts";
import { loweredKernels } from "../../support/lowered-kernel.ts";
import { interpret } from "../../support/oracle/index.ts";
import {
  inputBytes,
  interestingInputs,
  outputBytes,
  randomOperator,
} from "../../support/random-graph.ts";
import { layer } from "../../support/weighted-layer.ts";

const run = await loweredKernels(
  {
    "layers/conv-2d.mvp": "conv2d<i8>",
    "layers/depthwise-conv-2d.mvp": "depthwiseConv2d<i8>",
    "layers/depthwise-conv-2d-3x3.mvp": "depthwiseConv2d3x3",
    "layers/depthwise-conv-2d-one.mvp": "depthwiseConv2dOne",
    "layers/fully-connected.mvp": "fullyConnected",
    "layers/fully-connected-wide.mvp": "fullyConnectedWide",
  },
  64,
);

function lower(graph: LayeredGraph, rounding: Rounding): Lowering {
  const node = graph.nodes[0] as LayerNode;
  const options = { ...DEFAULT_OPTIONS, build: "mvp", rounding, interpreted: true } as const;
  switch (node.kind) {
    case "CONV_2D":
      return conv2d(node, graph, options) as Lowering;
    case "DEPTHWISE_CONV_2D":
      return depthwiseConv2dMvp(node, graph, options);
    case "FULLY_CONNECTED":
      return fullyConnectedMvp(node, graph, options);
    default:
      throw new Error(node.kind);
  }
}

/** The form that is chosen, and the smaller ones. */
function formsOf(graph: LayeredGraph, rounding: Rounding): Lowering[] {
  const forms: Lowering[] = [];
  for (let form: Lowering | undefined = lower(graph, rounding); form; form = form.smaller?.()) {
    forms.push(form);
  }
  return forms;
}

/** Compares all inputs in both roundings and all forms; returns the forms. */
function check(graph: LayeredGraph, inputs: readonly Int8Array[]): string[] {
  const roundings = ["double", "single"] as const;
  const lowerings = roundings.flatMap((rounding) =>
    formsOf(graph, rounding).map((lowering) => ({ rounding, lowering })),
  );
  return lowerings.map(({ rounding, lowering }) => {
    inputs.forEach((input, k) => {
      const wanted = interpret(graph, input, rounding).output;
      const got = run(lowering, input, outputBytes(graph));
      const at = got.findIndex((value, n) => value !== wanted[n]);
      if (at < 0) return;
      const where = `${graph.source.name}, ${rounding}, ${lowering.form}, input ${k}, byte ${at}`;
      expect(`${where}: ${got[at]}`).toBe(`${where}: ${wanted[at]}`);
    });
    return lowering.form;
  });
}

const GRAPHS = 150;
const FORMS = {
  CONV_2D: ["3 pixels per i64", "2 pixels per i64", "3 rows per i64", "3 rows per i64, unmasked"],
  DEPTHWISE_CONV_2D: ["3 pixels per i64", "3 taps per i64", "8 channels"],
  FULLY_CONNECTED: [
    ...["3 rows per i64, unmasked", "3 rows per i64, unmasked, 2 chunks"],
    ...["3 rows per i64", "3 rows per i64, 2 chunks"],
    "3 pixels per i64, a byte per weight",
  ],
} as const;

for (const kind of ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const) {
  test(`${GRAPHS} random × ${kind}`, () => {
    const forms = Array.from({ length: GRAPHS }, (_, k) => {
      const graph = randomOperator(kind, 10_000 + k);
      return check(graph, interestingInputs(inputBytes(graph), k));
    });
    expect(forms.flat(), "forms met").toEqual(expect.arrayContaining([...FORMS[kind]]));
  });
}

/** Plain or in a bracket, and two that fold nowhere: a left shift, and a right shift of 62 bits. */
const ONE_POSITION = [2 ** -9, 1.5, 2 ** -11, 2 ** -31, 2 ** -7];

/** Every byte one of the ends of int8, or random. */
const ends = (length: number): readonly Int8Array[] => interestingInputs(length, 5);

test("three taps per i64: all weights at the ends of int8, rows and columns, both zero points", () => {
  for (const [height, width] of [
    [1, 1],
    [1, 9],
    [9, 1],
    [2, 7],
    [7, 2],
    [6, 6],
  ] as const) {
    for (const zeroPoint of [-128, 0, 127]) {
      for (const [strideH, strideW] of [
        [1, 1],
        [2, 1],
        [1, 2],
      ] as const) {
        for (const weights of ends(27)) {
          const graph = layer({
            kind: "DEPTHWISE_CONV_2D",
            input: [height, width, 3],
            zeroPoint,
            filter: [3, 3],
            stride: [strideH, strideW],
            weights,
            multiplier: 2 ** -11,
            bias: [0, 5000, -5000],
          });
          check(graph, ends(inputBytes(graph)));
        }
      }
    }
  }
});

test("fields at their bounds: the last sum that fits 21 bits, and the first that does not", () => {
  // 64 · 127 · 128 and 64 · 128 · 127 fit; 64 · 128 · 128 = 2^20 does not, and −2^20 does
  for (const [weight, form] of [
    [-128, "2 pixels per i64"],
    [-127, "3 pixels per i64"],
    [127, "3 pixels per i64"],
  ] as const) {
    const graph = layer({
      kind: "CONV_2D",
      input: [2, 4, 64],
      zeroPoint: 0,
      filter: [1, 1],
      stride: [1, 1],
      weights: new Int8Array(64).fill(weight),
      multiplier: 2 ** -14,
      bias: [0],
    });
    expect(check(graph, ends(inputBytes(graph)))).toEqual([form, form]);
  }
});

test("raw sums that leave int32 although every accumulator fits: one pixel per i64", () => {
  const depth = 2 ** 17;
  const graph = layer({
    kind: "CONV_2D",
    input: [1, 2, depth],
    zeroPoint: 0,
    filter: [1, 1],
    stride: [1, 1],
    weights: new Int8Array(2 * depth).fill(-128),
    multiplier: 2 ** -24,
    bias: [-(2 ** 20) - 1, -(2 ** 20) - 2],
  });
  // the first pixel's raw sum is 2^31; the second's accumulators lie one and two below 1.5 · 2^24, where a carry of one
  // from the first changes the output: of the first channel in single rounding, of the second in double
  const input = new Int8Array(2 * depth).fill(-128, 0, depth);
  input.fill(-2, depth, depth + (1.5 * 2 ** 24 + 2 ** 20) / 256);
  expect(check(graph, [input])).toEqual(["1 pixel per i64", "1 pixel per i64"]);
});

/** One position: as many channels as the kernels take at once, one less, one more; stages of every form among each other. */
for (const kind of ["CONV_2D", "DEPTHWISE_CONV_2D"] as const) {
  const forms =
    kind === "CONV_2D"
      ? ["3 rows per i64, unmasked", "3 rows per i64", "3 pixels per i64"]
      : ["8 channels"];
  test(`a ${kind} whose window covers its input: ${forms.join("; ")}`, () => {
    const met = [1, 2, 5, 6, 7, 8, 9, 12, 13, 16, 17].flatMap((channels) =>
      (
        [
          [1, 1],
          [5, 1],
          [1, 4],
          [3, 3],
        ] as const
      ).flatMap(([height, width]) => {
        const depth = kind === "CONV_2D" ? 3 : channels;
        const count = height * width * channels * (kind === "CONV_2D" ? depth : 1);
        return [-128, 5, 127].flatMap((zeroPoint) =>
          ends(count).flatMap((weights) => {
            const graph = layer({
              kind,
              input: [height, width, depth],
              zeroPoint,
              filter: [height, width],
              stride: [height, width],
              weights,
              multiplier: Array.from({ length: channels }, (_, n) => ONE_POSITION[n % 5] as number),
              bias: Array.from({ length: channels }, (_, n) => 700 * n - 3000),
            });
            return check(graph, ends(inputBytes(graph)));
          }),
        );
      }),
    );
    expect(met).toEqual(expect.arrayContaining(forms));
  });
}

test("a window as large as its input, padded: several positions", () => {
  for (const kind of ["CONV_2D", "DEPTHWISE_CONV_2D"] as const) {
    for (const stride of [1, 2] as const) {
      for (const weights of ends(kind === "CONV_2D" ? 5 * 4 * 2 * 2 : 5 * 4 * 2)) {
        const graph = layer({
          kind,
          input: [5, 4, 2],
          zeroPoint: 5,
          filter: [5, 4],
          stride: [stride, stride],
          weights,
          multiplier: 2 ** -11,
          bias: [700, -700],
        });
        const forms = check(graph, ends(inputBytes(graph)));
        expect(forms.filter((form) => !form.endsWith("per i64"))).toEqual([]);
      }
    }
  }
});
