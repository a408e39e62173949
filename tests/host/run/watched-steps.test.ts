/** Steps timed one by one for a meter: by this computer's clock, by the board's own, by edges on a line. */
import { expect, test } from "vitest";
import type { StepWindow } from "../../../host/power/index.ts";
import { edgeWindows } from "../../../host/run/edge-windows.ts";
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
