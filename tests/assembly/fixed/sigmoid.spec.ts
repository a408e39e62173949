import { logistic, tanh } from "../../../assembly/fixed/sigmoid";
import { atMost, INT32_COUNT, int32, same, step } from "../../as-pect/int32";

const MIN = i32.MIN_VALUE;
const MAX = i32.MAX_VALUE;
const STEPS = 20000;

describe("logistic", () => {
  test("one half at 0", () => {
    expect<i32>(logistic(0)).toBe(1 << 30);
  });

  test("of a and of −a add up to one", () => {
    for (let k = 1; k < INT32_COUNT; ++k) {
      const a = int32(k);
      if (a !== 0 && a !== MIN) same(logistic(a), MAX - logistic(-a));
    }
  });

  test("lies in [0, 1] and grows", () => {
    let before = 0;
    for (let k = 0; k <= STEPS; ++k) {
      const y = logistic(step(-MAX, MAX, k, STEPS));
      atMost(before, y);
      before = y;
    }
  });
});

describe("tanh", () => {
  test("nothing at 0", () => {
    expect<i32>(tanh(0)).toBe(0);
  });

  test("is odd", () => {
    for (let k = 1; k < INT32_COUNT; ++k) {
      const a = int32(k);
      if (a !== MIN) same(tanh(-a), -tanh(a));
    }
  });

  test("lies in [−1, 1] and grows", () => {
    let before = MIN;
    for (let k = 0; k <= STEPS; ++k) {
      const y = tanh(step(-MAX, MAX, k, STEPS));
      atMost(before, y);
      before = y;
    }
  });

  test("is twice the logistic of 2a, less one", () => {
    for (let k = 0; k <= STEPS; ++k) {
      const a = step(-(1 << 30), (1 << 30) - 1, k, STEPS);
      const twice = i64(logistic(a * 2)) * 2 - (i64(1) << 31);
      atMost(abs(twice - i64(tanh(a))), 8);
    }
  });
});
