import { moveA, moveB, movingAxis } from "../../../assembly/fixed/walk";

const AXES = memory.data(36);

function axis(k: usize, period: i32, a: i32, b: i32): void {
  store<i32>(AXES + 12 * k, period);
  store<i32>(AXES + 12 * k, a, 4);
  store<i32>(AXES + 12 * k, b, 8);
}

describe("walk", () => {
  test("one axis moves before every run", () => {
    axis(0, 1, 5, -7);
    for (let run = 1; run < 100; ++run) {
      expect<usize>(movingAxis(AXES, run)).toBe(AXES);
    }
    expect<i32>(moveA(AXES)).toBe(5);
    expect<i32>(moveB(AXES)).toBe(-7);
  });

  test("a box of 2 × 3 × 4 runs inside a larger one, the other operand repeated over the middle axis", () => {
    // first operand: rows of 100, planes of 1000; second: 4 runs of 10 per plane, the same for each row
    axis(0, 12, 1000 - 2 * 100 - 3 * 10, 40 - 3 * 10);
    axis(1, 4, 100 - 3 * 10, -3 * 10);
    axis(2, 1, 10, 10);
    let a = 0;
    let b = 0;
    for (let run = 0; run < 24; ++run) {
      if (run > 0) {
        const moving = movingAxis(AXES, run);
        a += moveA(moving);
        b += moveB(moving);
      }
      const plane = run / 12;
      const row = (run / 4) % 3;
      const column = run % 4;
      expect<i32>(a).toBe(plane * 1000 + row * 100 + column * 10);
      expect<i32>(b).toBe(plane * 40 + column * 10);
    }
  });
});
