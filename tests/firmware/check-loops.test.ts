/** Bounds of the board's validator on loops: within each other, in a row, and on the way of calls; modules on each side of them. */
import { expectBounds } from "../support/firmware-check.ts";
import { type Written, writtenModule, ZERO } from "../support/firmware-modules.ts";
import { CALL, DROP, END, LOOP, NONE } from "../support/firmware-opcodes.ts";
import { compilerTest } from "../support/firmware-program.ts";

const TOO_DEEP = "calls in a circle, or calls and loops too deep";

/** Loops within loops, and in the innermost a call. */
const loops = (depth: number, callee?: number): number[] => [
  ...Array.from({ length: depth }, () => [LOOP, NONE]).flat(),
  ...(callee === undefined ? [] : [CALL, callee, DROP]),
  ...Array<number>(depth).fill(END),
];

compilerTest(
  "depth: what is learnt of a function is not forgotten when more is learnt of it",
  () => {
    // 2 calls 1 within `outer` loops, 1 calls 0 within 11, and has twelve loops before or behind that; 0 has `inner`
    const three = (outer: number, inner: number, step: readonly number[]): Written => ({
      init: [...loops(inner), ...ZERO],
      step,
      functions: [[...loops(outer, 1), ...ZERO]],
    });
    const behind = [...loops(11, 0), ...loops(12), ...ZERO];
    const before = [...loops(12), ...loops(11, 0), ...ZERO];
    const bounds = [behind, before].map((step, k) => ({
      name: `${k}`,
      // 11 loops and a call, 11 loops and a call, no loop: 24
      inside: writtenModule(three(11, 0, step)),
      outside: writtenModule(three(11, 1, step)),
      ...{ why: TOO_DEEP, ours: true },
    }));
    expectBounds(bounds);
  },
);

compilerTest(
  "loops in a row: 120 with those on the way and the calls, of which loops around them are some",
  () => {
    const row = (n: number): number[] => Array.from({ length: n }, () => loops(1)).flat();
    const why = "too many loops in a row, in a function or on the way to it";
    const one = (n: number): Written => ({ step: [...row(n), ...ZERO] });
    const around = (n: number): Written => ({ step: [LOOP, NONE, ...row(n), END, ...ZERO] });
    // step comes past 40 loops, calls 2 past 30 more, and that calls 1, which was seen before them
    const way = (n: number): Written => ({
      init: [...row(n), ...ZERO],
      step: [...row(40), CALL, 2, ...row(5)],
      functions: [[...row(30), CALL, 0]],
    });
    expectBounds([
      ...[one, around, way].map((written, k) => ({
        ...{ name: `${k}`, why, ours: true },
        inside: writtenModule(written([120, 119, 48][k] as number)),
        outside: writtenModule(written([121, 120, 49][k] as number)),
      })),
    ]);
  },
);

compilerTest(
  "depth: the deepest loops of a function count, whatever loops come behind them",
  () => {
    // step calls init within 12 loops; init has two times 11, and one loop before, between and behind
    const many = (deepest: number): number[] => [
      ...loops(1),
      ...loops(deepest),
      ...loops(1),
      ...loops(11),
      ...loops(1),
      ...ZERO,
    ];
    const called = (deepest: number): Written => ({
      init: many(deepest),
      step: [...loops(12, 0), ...ZERO],
    });
    expectBounds([
      {
        ...{ name: "behind", why: TOO_DEEP, ours: true },
        inside: writtenModule(called(11)),
        outside: writtenModule(called(12)),
      },
    ]);
  },
);
