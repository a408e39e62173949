/** When answers are a decision: means and counts by hand. */
import { expect, test } from "vitest";
import { averaging, counting } from "../../../host/run/decision.ts";

test("the mean of the last three, once there are three, where it reaches the threshold", () => {
  const rule = averaging({ threshold: 0.5, over: 3 }, 2);
  // behind the classes stands another output
  const made = [
    [1, 0, 9],
    [0.25, 0.75, 9],
    [0.25, 0.75, 9],
    [0, 0.75, 9],
    [1, 0, 9],
    [0, 0.5, 9],
  ].map(rule.add);
  expect(made).toEqual([
    ...[null, null],
    { decided: 0, value: 0.5 },
    { decided: 1, value: 0.75 },
    { decided: 1, value: 0.5 },
    null,
  ]);
});

test("one inference alone; of equal ones the first; no number decides nothing", () => {
  const rule = averaging({ threshold: 0.25, over: 1 }, 3);
  expect(rule.add([0.5, 0.5, 0.25])).toEqual({ decided: 0, value: 0.5 });
  expect(rule.add([0, 0.125, 0])).toBeNull();
  expect(rule.add([Number.NaN, 1, 0])).toBeNull();
});

test("spikes of four steps, and then of the next four", () => {
  const rule = counting({ threshold: 3, over: 4 }, 2);
  const steps = [
    [1, 0],
    [1, 0],
    [0, 1],
    [1, 1],
    [0, 1],
    [0, 0],
    [0, 1],
    [0, 0],
    [0, 2],
    [0, 0],
    [0, 0],
    [0, 1],
  ];
  expect(steps.map(rule.add)).toEqual([
    ...[null, null, null, { decided: 0, value: 3 }],
    ...[null, null, null, null],
    ...[null, null, null, { decided: 1, value: 3 }],
  ]);
});

test("a decision among more classes than a call takes arguments", () => {
  const classes = 200_000;
  const answer = new Float64Array(classes);
  answer[150_000] = 1;
  const decision = { decided: 150_000, value: 1 };
  expect(averaging({ threshold: 1, over: 1 }, classes).add(answer)).toEqual(decision);
  expect(counting({ threshold: 1, over: 1 }, classes).add(answer)).toEqual(decision);
});
