import { expOnNegativeValues } from "../../../assembly/fixed/exp";
import { saturatingRoundingDoublingHighMul } from "../../../assembly/fixed/saturating";
import { atMost, same, step } from "../../as-pect/int32";

const MAX = i32.MAX_VALUE;
const STEPS = 20000;

describe("expOnNegativeValues", () => {
  test("e^0 is one", () => {
    for (let integerBits = 0; integerBits <= 5; ++integerBits) {
      expect<i32>(expOnNegativeValues(0, integerBits)).toBe(MAX);
    }
  });

  test("gemmlowp's constants: e^−1/4, e^−1/2, e^−1, e^−2, … e^−16 in Q1.31", () => {
    // the polynomial of e^−1/4 and one product stand between an argument and its constant
    atMost(abs(expOnNegativeValues(-(1 << 24), 5) - 1672461947), 1024);
    atMost(abs(expOnNegativeValues(-(1 << 25), 5) - 1302514674), 1024);
    atMost(abs(expOnNegativeValues(-(1 << 26), 5) - 790015084), 1024);
    atMost(abs(expOnNegativeValues(-(1 << 27), 5) - 290630308), 1024);
    atMost(abs(expOnNegativeValues(-(1 << 28), 5) - 39332535), 64);
    atMost(abs(expOnNegativeValues(-(1 << 29), 5) - 720401), 8);
    atMost(abs(expOnNegativeValues(-(1 << 30), 5) - 242), 2);
    expect<i32>(expOnNegativeValues(i32.MIN_VALUE, 5)).toBe(0); // e^−32 < 2^−32
  });

  test("lies in [0, 1] and falls with −a", () => {
    let before = MAX;
    for (let k = 0; k <= STEPS; ++k) {
      const e = expOnNegativeValues(step(0, i32.MIN_VALUE, k, STEPS), 5);
      atMost(0, e);
      atMost(e, before);
      before = e;
    }
  });

  test("one argument, whatever its integer bits", () => {
    for (let k = 1; k <= STEPS; ++k) {
      const a = step(0, i32.MIN_VALUE, k, STEPS) & ~31;
      const narrow = expOnNegativeValues(a, 0);
      for (let integerBits = 1; integerBits <= 5; ++integerBits) {
        same(expOnNegativeValues(a >> integerBits, integerBits), narrow);
      }
    }
  });

  test("e^(a + b) = e^a · e^b", () => {
    for (let k = 0; k <= STEPS; k += 13) {
      const a = step(0, -(1 << 30), k, STEPS);
      for (let j = 0; j <= STEPS; j += 997) {
        const b = step(0, -(1 << 30), j, STEPS);
        const product = saturatingRoundingDoublingHighMul(
          expOnNegativeValues(a, 5),
          expOnNegativeValues(b, 5),
        );
        // each side is off by less than 2^−22
        atMost(abs(product - expOnNegativeValues(a + b, 5)), 1 << 10);
      }
    }
  });
});
