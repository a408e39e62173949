/** Linear maps of spiking networks against plain loops over dense matrices. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import type { Matrix } from "../../../host/spiking/discrete-network.ts";
import {
  compose,
  forEachSynapse,
  fromPool,
  fromRows,
  synapseCount,
  toSparse,
} from "../../../host/spiking/matrix.ts";
import { dice } from "../../support/random-draft.ts";

type Sized = { readonly matrix: Matrix; readonly pre: number; readonly post: number };

/** delay → dense weights [pre][post], summed over parallel synapses */
function plain({ matrix, pre, post }: Sized): Map<number, number[][]> {
  const found = new Map<number, number[][]>();
  forEachSynapse(matrix, pre, post, (i, j, w, delay) => {
    const table =
      found.get(delay) ?? Array.from({ length: pre }, () => new Array<number>(post).fill(0));
    found.set(delay, table);
    const row = table[i] ?? [];
    row[j] = (row[j] ?? 0) + w;
  });
  return found;
}

const DRAW: Record<string, (pre: number, post: number, seed: number) => Matrix> = {
  dense(pre, post, seed) {
    const { real } = dice(mulberry32(seed));
    return fromRows(
      Float64Array.from({ length: pre * post }, () => real(-1, 1)),
      post,
      pre,
    );
  },
  sparse: (pre, post, seed) => lists(pre, post, seed, null),
  delayed: (pre, post, seed) => lists(pre, post, seed, 3),
};

function lists(pre: number, post: number, seed: number, longest: number | null): Matrix {
  const { int, real } = dice(mulberry32(seed));
  const rowStart = new Uint32Array(pre + 1);
  for (let i = 0; i < pre; i++) rowStart[i + 1] = (rowStart[i] ?? 0) + int(0, 3);
  const n = rowStart[pre] ?? 0;
  return {
    kind: "sparse",
    rowStart,
    post: Uint32Array.from({ length: n }, () => int(0, post - 1)),
    weight: Float64Array.from({ length: n }, () => real(-1, 1)),
    delaySteps: longest === null ? null : Uint8Array.from({ length: n }, () => int(0, longest)),
  };
}

test("a product of any two kinds is the product of their dense matrices, delays added", () => {
  const [pre, middle, post] = [5, 7, 4];
  for (const first of Object.values(DRAW)) {
    for (const second of Object.values(DRAW)) {
      const a = { matrix: first(pre, middle, 1), pre, post: middle };
      const b = { matrix: second(middle, post, 2), pre: middle, post };
      const matrix = compose(a.matrix, b.matrix, pre, middle, post);
      expect(matrix).not.toBeNull();
      if (matrix === null) continue;
      const product = plain({ matrix, pre, post });
      const expected = new Map<number, number[][]>();
      for (const [d, x] of plain(a)) {
        for (const [e, y] of plain(b)) {
          const table =
            expected.get(d + e) ??
            Array.from({ length: pre }, () => new Array<number>(post).fill(0));
          expected.set(d + e, table);
          table.forEach((row, i) => {
            for (let j = 0; j < post; j++) {
              for (let k = 0; k < middle; k++)
                row[j] = (row[j] ?? 0) + (x[i]?.[k] ?? 0) * (y[k]?.[j] ?? 0);
            }
          });
        }
      }
      for (const [delay, table] of expected) {
        table.forEach((row, i) => {
          row.forEach((w, j) => {
            expect(product.get(delay)?.[i]?.[j] ?? 0).toBeCloseTo(w, 12);
          });
        });
      }
    }
  }
});

test("synapses of convolutions are counted as they are walked, and compressed rows hold them all", () => {
  const { int } = dice(mulberry32(3));
  for (let k = 0; k < 200; k++) {
    const groups = int(1, 2);
    const inputShape = [groups * int(1, 2), int(1, 6), int(1, 6)] as const;
    const kernel = [int(1, 4), int(1, 4)] as const;
    const padding = [int(0, 2), int(0, 2)] as const;
    const stride = [int(1, 3), int(1, 3)] as const;
    const dilation = [int(1, 2), int(1, 2)] as const;
    const out = (axis: 0 | 1) =>
      Math.floor(
        ((inputShape[axis === 0 ? 1 : 2] ?? 0) +
          2 * padding[axis] -
          dilation[axis] * (kernel[axis] - 1) -
          1) /
          stride[axis] +
          1,
      );
    const outputShape = [groups * int(1, 2), out(0), out(1)] as const;
    if (Math.min(...outputShape) < 1) continue;
    const taps = (outputShape[0] * inputShape[0] * kernel[0] * kernel[1]) / groups;
    const weight = Float64Array.from({ length: taps }, (_, tap) => tap + 1);
    const geometry = { kernel, padding, stride, dilation, groups };
    const matrix: Matrix = { kind: "conv", inputShape, outputShape, weight, ...geometry };
    const size = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 1);
    const sized = { matrix, pre: size(inputShape), post: size(outputShape) };
    let walked = 0;
    forEachSynapse(matrix, sized.pre, sized.post, () => {
      walked += 1;
    });
    expect(synapseCount(matrix, sized.pre, sized.post)).toBe(walked);
    const sparse = toSparse(matrix, sized.pre, sized.post);
    expect(plain({ ...sized, matrix: sparse })).toEqual(plain(sized));
  }
});

test("counting the synapses of a huge pool takes no walk", () => {
  const pool = fromPool([1, 4096, 4096], [1, 2048, 2048], [2, 2], [2, 2], [0, 0], 1);
  expect(synapseCount(pool, 4096 * 4096, 2048 * 2048)).toBe(4096 * 4096);
});

test("two dense layers of 512 neurons are folded at once; what is too large is not tried", () => {
  const layer = (n: number): Matrix => ({ kind: "dense", weight: new Float64Array(n * n).fill(1) });
  const folded = compose(layer(512), layer(512), 512, 512, 512);
  expect(folded).toMatchObject({ kind: "dense" });
  expect(folded?.kind === "dense" && folded.weight.every((w) => w === 512)).toBe(true);
  expect(compose(layer(2048), layer(2048), 2048, 2048, 2048)).toBeNull();
});
