import { expect, test } from "vitest";
import { reportFailure } from "../../../host/cli/result.ts";
import { at } from "../../../host/model/at.ts";

const LISTS: readonly (readonly [string, ArrayLike<number | bigint | string | null>])[] = [
  ["an array", [7, 8, 9]],
  ["a typed array", Int8Array.of(7, 8, 9)],
  ["one of doubles", Float64Array.of(7, Number.NaN, 9)],
  ["one of BigInts", BigInt64Array.of(7n, 8n, 9n)],
  ["a string", "789"],
  ["an array with null", [7, null, 9]],
];

test.each(LISTS)("in range at() is what stands there: %s", (_, list) => {
  expect([0, 1, 2].map((k) => at(list, k))).toEqual([list[0], list[1], list[2]]);
});

test.each(LISTS)("out of range it throws, with index and length: %s", (_, list) => {
  for (const k of [-1, 3, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => at(list, k)).toThrow(new RangeError(`index ${k} in a list of 3`));
});

test("nothing stands in an empty list, nor in a hole", () => {
  expect(() => at([], 0)).toThrow("index 0 in a list of 0");
  expect(() => at(new Array<number>(2), 1)).toThrow("index 1 in a list of 2");
});

test("the command line calls it internal, for it is no TwentyWattError that a verb collects", () => {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text) };
  const never = new AbortController().signal;
  const clock = { nowNs: () => 0n };
  const stdin = (async function* () {})();
  const streams = { stdout: output, stderr: output, stdin, env: {}, clock, processorTime: clock };
  const io = { ...streams, signal: never, unread: never, threads: false };
  const failed = (): unknown => {
    try {
      return at(Int8Array.of(1, 2), 2);
    } catch (error) {
      return error;
    }
  };
  expect(reportFailure("run", false, io, failed())).toBe(1);
  expect(written.join("")).toMatch(/^INTERNAL: .*got index 2 in a list of 2/);
});
