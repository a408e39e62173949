/** Operands that the file has too many of, and constants that are none: each kind by itself. */
import { describe, expect, test } from "vitest";
import { importModel } from "../../../../host/importers/index.ts";
import { f32 } from "../../../support/flatbuffer-writer.ts";
import {
  constant,
  conv,
  curve,
  dense,
  depthwise,
  int8,
  int32,
  mean,
  pad,
  pool,
  problemsOf,
  type Single,
  single,
  sum,
} from "../../../support/single-operator.ts";
import { type FileTensor, writeTflite } from "../../../support/tflite-writer.ts";

const vector = (kind: Single["kind"], more: Partial<Single> = {}): Single => ({
  ...{ kind, input: int8("a", [1, 4]), output: int8("b", [1, 4]), ...more },
});
const shape = int32("shape", [1, 4]);
const EIGHTH = { scales: [1 / 256], zeroPoints: [-128] };

/** The operator as it is, and how many operands it takes with what the file may say beside them. */
const SOUND: readonly (readonly [Single, number])[] = [
  [conv(), 3],
  [depthwise(), 3],
  [dense(), 3],
  [sum(), 2],
  [{ ...sum(), kind: "SUB" }, 2],
  [{ ...sum(), kind: "MUL" }, 2],
  [pool(), 1],
  [{ ...pool(), kind: "MAX_POOL_2D" }, 1],
  [mean([1, 2]), 2],
  [vector("RESHAPE", { operands: [shape] }), 2],
  [vector("SQUEEZE", { operands: [shape] }), 2],
  [vector("EXPAND_DIMS", { operands: [int32("axis", [0])], output: int8("b", [1, 1, 4]) }), 2],
  [curve(), 1],
  [vector("LOGISTIC", { output: int8("b", [1, 4], EIGHTH) }), 1],
  [vector("TANH", { output: int8("b", [1, 4], { scales: [1 / 128], zeroPoints: [0] }) }), 1],
  [vector("RELU"), 1],
  [vector("RELU6"), 1],
  [vector("LEAKY_RELU", { options: [f32(0.25)] }), 1],
  [vector("ABS"), 1],
  [pad([0, 0, 1, 1]), 2],
  [vector("QUANTIZE"), 1],
];

const NAMED = SOUND.map(([model, most]) => ({ kind: model.kind, model, most }));

test.each(NAMED)("$kind: none more than it takes", async ({ model, most }) => {
  expect(await problemsOf(writeTflite(single(model)))).toEqual([]);
  const operands = [...(model.operands ?? [])];
  expect(operands.length + 1).toBe(most);
  operands.push(int32("more", [0]));
  const [problem, ...others] = await problemsOf(writeTflite(single({ ...model, operands })));
  expect(problem).toMatchObject({ code: "MODEL_FORMAT", got: `${most + 1} inputs, 1 outputs` });
  expect(others).toEqual([]);
});

test("weights of several depthwise filters", async () => {
  const weights = constant("weights", [2, 3, 3, 4]);
  const model = depthwise({ operands: [weights, int32("bias", [1, 2, 3, 4])] });
  expect(await problemsOf(writeTflite(single(model)))).toMatchObject([
    { code: "MODEL_SHAPE", got: "weights [2,3,3,4]", expected: "[1, height, width, 2 · 2]" },
  ]);
});

describe("axes and paddings", () => {
  const view = (bytes: number, put: (view: DataView) => void): Uint8Array => {
    const data = new Uint8Array(bytes);
    put(new DataView(data.buffer));
    return data;
  };
  const axes = (tensor: Partial<FileTensor>): Single =>
    mean([], { operands: [{ ...int32("axes", [1, 2]), ...tensor } as FileTensor] });

  test("of 64 bits", async () => {
    const data = view(16, (to) => {
      to.setBigInt64(0, 1n, true);
      to.setBigInt64(8, -2n, true);
    });
    expect(await problemsOf(writeTflite(single(axes({ type: "int64", data }))))).toEqual([]);
  });

  test.each(["float32", "uint8", "int16"] as const)("of type %s: none", async (type) => {
    const data = view(16, (to) => {
      to.setBigInt64(0, 1n, true);
      to.setBigInt64(8, 2n, true);
    });
    const problems = await problemsOf(writeTflite(single(axes({ type, data }))));
    expect(problems).toMatchObject([{ code: "MODEL_OP", got: "axes that are computed" }]);
  });

  test.each([
    [1024, "paddings"],
    [1032, "paddings that are computed"],
  ])("of %i bytes", async (bytes, got) => {
    const model = pad(new Array(bytes / 4).fill(0));
    const [problem] = await problemsOf(writeTflite(single(model)));
    expect(problem?.got.startsWith(got)).toBe(true);
    expect(problem?.got === "paddings that are computed").toBe(bytes > 1024);
  });

  test("of 1025 bytes: more than are read", async () => {
    const paddings = { ...int32("paddings", []), data: new Uint8Array(1025) } as FileTensor;
    const [problem] = await problemsOf(writeTflite(single(pad([], { operands: [paddings] }))));
    expect(problem?.got).toBe("paddings that are computed");
  });
});

describe("the value of a PADV2", () => {
  const padded = (fill: FileTensor): Single => {
    const sound = pad([0, 0, 1, 1]);
    return { ...sound, kind: "PADV2", operands: [...(sound.operands ?? []), fill] };
  };
  const fill = (more: Partial<FileTensor>) =>
    constant("fill", [1], { zeroPoints: [3], data: Uint8Array.of(3), ...more });

  test("is the zero point", async () => {
    expect(await problemsOf(writeTflite(single(padded(fill({})))))).toEqual([]);
    expect(
      await problemsOf(writeTflite(single(padded(fill({ data: Uint8Array.of(4) }))))),
    ).toMatchObject([{ code: "MODEL_OP", got: "a padding value of 4" }]);
  });

  test("of another scale or zero point is none", async () => {
    for (const other of [{ zeroPoints: [4] }, { scales: [0.25] }]) {
      const problems = await problemsOf(writeTflite(single(padded(fill(other)))));
      expect(problems).toMatchObject([
        { code: "MODEL_QUANT", expected: "scale 0.5, zero point 3 of the input" },
      ]);
    }
  });

  test("is judged as any tensor is", async () => {
    for (const wrong of [{ scales: [0] }, { zeroPoints: [200] }, { scales: [1, 2] }]) {
      const problems = await problemsOf(writeTflite(single(padded(fill(wrong)))));
      expect(problems.map(({ where }) => where)).toContain("tensor fill");
    }
  });
});

test("a number that the file leaves out is 0", async () => {
  const graph = await importModel(writeTflite(single(vector("LEAKY_RELU"))), "leaky.tflite");
  expect(graph.kind === "layered" && graph.nodes[0]).toMatchObject({ alpha: 0 });
});

test.each([[[1, 4]], [[3, 1]], [[1, 2]], [[2, 3]]])("scores of shape %j", async (shape) => {
  const model = dense({ output: int8("scores", shape) });
  expect(await problemsOf(writeTflite(single(model)))).toMatchObject([
    {
      code: "MODEL_SHAPE",
      got: `output [${shape}]`,
      expected: "[…, 3] of 3",
    },
  ]);
});
