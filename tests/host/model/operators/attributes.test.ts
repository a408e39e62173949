/** The ends of every attribute's range, and what is said beyond them. */
import { expect, test } from "vitest";
import { at } from "../../../../host/model/at.ts";
import type { LayerKind } from "../../../../host/model/graph.ts";
import {
  type AttributeRule,
  attributeFinding,
  UNDILATED,
  WINDOW,
} from "../../../../host/model/operators/attributes.ts";
import { OPERATORS } from "../../../../host/model/operators/index.ts";

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  filterH: [1, 4096],
  filterW: [1, 4096],
  multiplier: [1, 2 ** 26],
  axis: [0, 5],
  axes: [0, 5],
  before: [0, 65_536],
  after: [0, 65_536],
};

const RULES = (Object.keys(OPERATORS) as LayerKind[]).flatMap((kind) =>
  Object.entries<AttributeRule>(OPERATORS[kind].attributes).map(
    ([name, rule]) => [kind, name, rule] as const,
  ),
);

test.each(RULES.filter(([, name]) => name in RANGES))("%s, %s", (_, name, rule) => {
  const [low, high] = RANGES[name] as readonly [number, number];
  const finding = (x: number) =>
    attributeFinding(name, rule.type === "integers" ? [low, x] : x, rule);
  for (const x of [low, high]) expect(finding(x)).toBeNull();
  for (const x of [low - 1, high + 1, low + 0.5, Number.NaN]) {
    const expected = expect.stringMatching(`^(an integer|integers) from ${low} to ${high}$`);
    expect(finding(x)).toMatchObject({ code: "MODEL_OP", expected });
  }
});

test("numbers: beta is positive, alpha finite", () => {
  const rule = (wanted: string) =>
    at(
      RULES.filter(([, name]) => name === wanted),
      0,
    )[2];
  for (const x of [2 ** -149, 1, 3e38])
    expect(attributeFinding("beta", x, rule("beta"))).toBeNull();
  for (const x of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(attributeFinding("beta", x, rule("beta"))).toMatchObject({
      ...{ got: `beta ${x}`, expected: "a positive beta" },
    });
  }
  for (const x of [0, -1, 7]) expect(attributeFinding("alpha", x, rule("alpha"))).toBeNull();
  for (const x of [Number.NaN, Number.NEGATIVE_INFINITY]) {
    expect(attributeFinding("alpha", x, rule("alpha"))).toMatchObject({
      ...{ got: `alpha ${x}`, expected: "a finite alpha" },
    });
  }
});

test("windows: strides and dilations from 1 to 4096, padding from 0", () => {
  const whole = {
    ...{ strideH: 1, strideW: 4096, dilationH: 4096, dilationW: 1 },
    padding: { top: 0, bottom: 1, left: 4096 ** 2, right: 0 },
  };
  expect(attributeFinding("window", whole, WINDOW)).toBeNull();
  for (const name of ["strideH", "strideW", "dilationH", "dilationW"] as const) {
    for (const x of [0, 4097, 1.5]) {
      const found = attributeFinding("window", { ...whole, [name]: x }, WINDOW);
      expect(found).toMatchObject({
        code: "MODEL_SHAPE",
        expected: "whole numbers from 1 to 4096",
      });
      expect(found?.got).toContain(String(x));
    }
  }
  for (const name of ["top", "bottom", "left", "right"] as const) {
    for (const x of [-1, 0.5]) {
      const padding = { ...whole.padding, [name]: x };
      const found = attributeFinding("window", { ...whole, padding }, WINDOW);
      expect(found).toMatchObject({ code: "MODEL_SHAPE", expected: "whole numbers of pixels" });
    }
  }
});

test("a pool has no dilation", () => {
  const padding = { top: 0, bottom: 0, left: 0, right: 0 };
  const window = { strideH: 2, strideW: 3, dilationH: 1, dilationW: 1, padding };
  expect(attributeFinding("window", window, UNDILATED)).toBeNull();
  for (const [dilationH, dilationW] of [
    [2, 1],
    [1, 2],
  ] as const) {
    const found = attributeFinding("window", { ...window, dilationH, dilationW }, UNDILATED);
    expect(found).toMatchObject({ code: "MODEL_OP", got: `dilation ${dilationH},${dilationW}` });
  }
});
