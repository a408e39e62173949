import { oneMinusOverOnePlus, oneOverOnePlus } from "../../../assembly/fixed/reciprocal";
import { atMost, step } from "../../as-pect/int32";

const MAX = i32.MAX_VALUE;
const STEPS = 20000;

describe("oneOverOnePlus", () => {
  test("one at 0, one half before 1", () => {
    expect<i32>(oneOverOnePlus(0)).toBe(MAX);
    atMost(abs(oneOverOnePlus(MAX) - (1 << 30)), 8);
  });

  test("lies in [1/2, 1], and times 1 + a is one", () => {
    for (let k = 0; k <= STEPS; ++k) {
      const a = step(0, MAX, k, STEPS);
      const r = oneOverOnePlus(a);
      atMost((1 << 30) - 8, r);
      const one = (i64(r) * (i64(a) + (i64(1) << 31))) >> 31;
      atMost(abs(one - (i64(1) << 31)), 16);
    }
  });
});

describe("oneMinusOverOnePlus", () => {
  test("one at 0, nothing before 1", () => {
    expect<i32>(oneMinusOverOnePlus(0)).toBe(MAX);
    atMost(abs(oneMinusOverOnePlus(MAX)), 16);
  });

  test("is 2 / (1 + a) − 1", () => {
    for (let k = 0; k <= STEPS; ++k) {
      const a = step(0, MAX, k, STEPS);
      const twice = i64(oneOverOnePlus(a)) * 2 - (i64(1) << 31);
      atMost(abs(twice - i64(oneMinusOverOnePlus(a))), 4);
    }
  });
});
