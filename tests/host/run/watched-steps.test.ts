/** Steps timed one by one for a meter: by this computer's clock, by the board's own, by edges on a line. */
import { expect, test } from "vitest";
import type { StepWindow } from "../../../host/power/index.ts";
import { AroundSteps, edgeWindows } from "../../../host/run/edge-windows.ts";
import { watchedSteps } from "../../../host/run/watched-steps.ts";
import type { Session } from "../../../host/runtime/index.ts";
import type { EventBlock, Sensor } from "../../../host/sensors/sensor.ts";

/** A clock that work moves. */
function world() {
  let now = 0n;
  let worked = 0n;
  return {
    clock: { nowNs: () => now },
    ownTime: () => worked,
    work: (ns: bigint, own: bigint) => {
      now += ns;
      worked += own;
    },
  };
}

const EMPTY = new Uint8Array(0);

test("a session that answers at once still does, and a step is what passes meanwhile", () => {
  const { clock, work } = world();
  const windows: StepWindow[] = [];
  const step = () => {
    work(70n, 0n);
    return 3;
  };
  const session = { step } as unknown as Session;
  const watched = watchedSteps(session, clock, null, (window) => windows.push(window));
  expect(watched.step(EMPTY, EMPTY)).toBe(3);
  work(1000n, 0n);
  watched.step(EMPTY, EMPTY);
  expect(windows).toEqual([
    { fromNs: 0n, toNs: 70n, ns: 70 },
    { fromNs: 1070n, toNs: 1140n, ns: 70 },
  ]);
});

test("a board's own time, between a request and its answer, without what asking for it takes", async () => {
  const { clock, work, ownTime } = world();
  const windows: StepWindow[] = [];
  const session = {
    async step() {
      work(500n, 120n);
      work(900n, 0n); // asking
      return 0;
    },
    async timedStep() {
      work(400n, 150n);
      return { us: 0.15, cycles: 0 };
    },
    lastStepNs: () => 500n,
  };
  const watched = watchedSteps(session as unknown as Session, clock, ownTime, (window) =>
    windows.push(window),
  );
  await watched.step(EMPTY, EMPTY);
  expect(windows).toEqual([{ fromNs: 0n, toNs: 500n, ns: 120 }]);
});

test("a step that fails is none", async () => {
  const { clock } = world();
  const windows: StepWindow[] = [];
  const add = (window: StepWindow) => windows.push(window);
  const fails = {
    step: async () => {
      throw new Error("gone");
    },
  } as unknown as Session;
  await expect(watchedSteps(fails, clock, null, add).step(EMPTY, EMPTY)).rejects.toThrow("gone");
  expect(windows).toEqual([]);
});

test("edges on a line: from rise to fall; none where an edge was lost, or the first rise not seen", async () => {
  const block = (
    times: readonly number[],
    value: readonly number[],
    lostBefore = 0,
  ): EventBlock => ({
    timeNs: BigInt64Array.from(times, BigInt),
    value: Float64Array.from(value),
    lostBefore,
  });
  const blocks = [
    block([5, 10, 30], [0, 1, 0]),
    block([100], [1]),
    block([140], [0]),
    block([200], [1]),
    block([260], [0], 2),
    block([300, 350], [1, 0]),
  ];
  const sensor = {
    async *[Symbol.asyncIterator]() {
      yield* blocks;
    },
  } as unknown as Sensor;
  const windows: StepWindow[] = [];
  await edgeWindows(sensor, (window) => windows.push(window));
  expect(windows.map(({ fromNs, ns }) => [Number(fromNs), ns])).toEqual([
    [10, 20],
    [100, 40],
    [300, 50],
  ]);
});

/** From and to, as a window. */
const span = (from: number, to: number): StepWindow => ({
  ...{ fromNs: BigInt(from), toNs: BigInt(to), ns: to - from },
});

/** Steps of 10 from 2 to 12 of each hundred, and a pulse around them from 0 to 15. */
const STEP = [0, 1, 2, 3].map((k) => span(100 * k + 2, 100 * k + 12));
const AROUND = [0, 1, 2, 3].map((k) => span(100 * k, 100 * k + 15));

test.each(["as they come", "steps first", "the other line first"])(
  "what is around steps is input and output, however their lines are read: %s",
  (order) => {
    const found: Record<string, number[][]> = { step: [], input: [], output: [] };
    const steps = new AroundSteps(({ fromNs, toNs, ns }, part) => {
      expect(ns).toBe(Number(toNs - fromNs));
      found[part]?.push([Number(fromNs), Number(toNs)]);
    });
    const say = {
      "as they come": () =>
        STEP.forEach((step, k) => {
          steps.step(step);
          steps.around(AROUND[k] as StepWindow);
        }),
      "steps first": () => {
        for (const step of STEP) steps.step(step);
        for (const around of AROUND) steps.around(around);
      },
      "the other line first": () => {
        for (const around of AROUND) steps.around(around);
        for (const step of STEP) steps.step(step);
      },
    }[order];
    say?.();
    expect(found.step).toHaveLength(4);
    // that the last one is the only one in its pulse, the next one would tell
    expect(found.input).toEqual([
      [0, 2],
      [100, 102],
      [200, 202],
    ]);
    expect(found.output).toEqual([
      [12, 15],
      [112, 115],
      [212, 215],
    ]);
  },
);

test("no step in a pulse, two, or one that reaches out of it: nothing is said of input and output", () => {
  const told: string[] = [];
  const steps = new AroundSteps((_, part) => {
    if (part !== "step") told.push(part);
  });
  for (const around of [span(0, 50), span(100, 150), span(200, 250)]) steps.around(around);
  for (const step of [span(60, 70), span(110, 120), span(130, 140), span(240, 260)]) {
    steps.step(step);
  }
  steps.step(span(300, 310));
  expect(told).toEqual([]);
});

test("a line that nobody moves keeps no more than it must, and costs nothing", () => {
  let steps = 0;
  const around = new AroundSteps(() => {
    steps += 1;
  });
  for (let k = 0; k < 100_000; k++) around.step(span(10 * k, 10 * k + 5));
  expect(steps).toBe(100_000);
});
