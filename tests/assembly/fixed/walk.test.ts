/** The walk as host/compiler/walk.ts writes it and kernels follow it, against nested loops. */
import { expect, test } from "vitest";
import { type Axis, walk } from "../../../host/compiler/walk.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { kernel } from "../../support/kernel.ts";

const k = await kernel("assembly/fixed/walk.ts", {}, "movingAxis", "moveA", "moveB");
const AXES = 64;

type Visit = readonly [a: number, b: number];

/** Every element in the order of nested loops. */
function nested(axes: readonly Axis[]): readonly Visit[] {
  return axes.reduceRight<readonly Visit[]>(
    (inner, { extent, strides: [a, b] }) =>
      Array.from({ length: extent }, (_, n) =>
        inner.map(([x, y]): Visit => [x + n * a, y + n * b]),
      ).flat(),
    [[0, 0]],
  );
}

/** Every element in the order of a kernel. */
function followed(axes: readonly Axis[], dense: boolean): readonly Visit[] {
  const { run, steps, runs, block } = walk(axes, dense);
  if (block) new Uint8Array(k.memory.buffer).set(block.bytes, AXES);
  const visits: Visit[] = [];
  let [a, b] = [0, 0];
  for (let r = 1; ; r++) {
    for (let n = 0; n < run; n++) visits.push([a + n * steps[0], b + n * steps[1]]);
    if (r === runs) return visits;
    const axis = k.movingAxis(AXES, r);
    a += k.moveA(axis);
    b += k.moveB(axis);
  }
}

const random = mulberry32(11);
const die = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));

test("random boxes of up to five axes, with repeated, skipped and backward strides", () => {
  for (let n = 0; n < 500; n++) {
    const axes = Array.from(
      { length: die(0, 5) },
      (): Axis => ({
        extent: die(1, 4),
        strides: [die(-20, 20), random() < 0.3 ? 0 : die(-20, 20)],
      }),
    );
    expect(followed(axes, false)).toEqual(nested(axes));
    expect(followed(axes, true)).toEqual(nested(axes));
  }
});

test("contiguous operands are one run, whatever their shape", () => {
  const axes: Axis[] = [
    { extent: 3, strides: [20, 20] },
    { extent: 4, strides: [5, 5] },
    { extent: 5, strides: [1, 1] },
  ];
  expect(walk(axes)).toEqual({ run: 60, steps: [1, 1], runs: 1, block: null });
});

test("a dense walk never has a run with holes", () => {
  const axes: Axis[] = [{ extent: 7, strides: [1, 0] }];
  expect(walk(axes)).toMatchObject({ run: 7, steps: [1, 0], runs: 1 });
  expect(walk(axes, true)).toMatchObject({ run: 1, steps: [1, 1], runs: 7 });
});
