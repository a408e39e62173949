/** What the stand-in says of a trace: the LPM01A's form of energy, gaps that cannot be taken for energy, edges in their place. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { MarkEdges } from "../../../host/power/stand-in/edges.ts";
import { InterfaceBoard } from "../../../host/power/stand-in/interface.ts";
import { FourDigits, SampleText } from "../../../host/power/stand-in/samples.ts";
import { Terminal } from "../../../host/power/stand-in/terminal.ts";
import { Trace } from "../../../host/power/trace.ts";

const MS = 1e6;
const value = (text: string): number => Number(text.replace(/[-+]/, "e$&"));

/** 33 mW for a millisecond, and the first of UM2269. */
test.each([
  [33e-6, "3300-08"],
  [640.9e-6, "6409-07"],
  [0, "0000-00"],
  [-1, "0000-00"],
  [12, "1200-02"],
  [99_999, "9999+01"],
])("%f J is said as %s", (joules, text) => {
  expect(new FourDigits().next(joules)).toBe(text);
});

test("what four digits cut off is carried on: any sum is right to the last digit said", () => {
  const random = mulberry32(3);
  for (let run = 0; run < 200; run++) {
    const size = 10 ** (-12 + 12 * random());
    const digits = new FourDigits();
    let [truth, said, last] = [0, 0, 0];
    for (let k = 0; k < 500; k++) {
      // some of it flows back
      const joules = size * (random() - 0.2);
      const text = digits.next(joules);
      expect(text).toMatch(/^\d{4}[+-]\d{2}$/);
      truth += joules;
      said += value(text);
      last = size * 1e-3;
    }
    // at the end of a run something may still flow back
    expect(said - truth).toBeGreaterThan(-last);
    expect(said - truth).toBeLessThan(5 * size);
  }
});

/** 2 W in readings of a millisecond, without those of [from, to). */
function steady(milliseconds: number, [from, to]: readonly [number, number] = [0, 0]): Trace {
  const trace = new Trace(0.0025);
  for (let k = 0; k <= milliseconds; k++) {
    if (k >= from && k < to) continue;
    trace.add({ tNs: BigInt(k * MS), watts: 2, seconds: 0.001, lost: 0 });
  }
  return trace;
}

test("a sample a millisecond, the time once a second, and the pin's edges between them", () => {
  const text = new SampleText(steady(2100), 0);
  text.edge(3.5 * MS);
  text.edge(1001.2 * MS);
  const lines = text
    .upTo(2100 * MS)
    .split("\r\n")
    .slice(0, -1);
  expect(lines.indexOf("event 0 ris")).toBe(3);
  const samples = (until: string) =>
    lines.slice(0, lines.indexOf(until)).filter((line) => line === "2000-06").length;
  expect(samples("event 1 ris")).toBe(1001);
  expect(samples("TimeStamp: 001s 000ms, buff 00%")).toBe(1000);
  expect(samples("TimeStamp: 002s 000ms, buff 00%")).toBe(2000);
  expect(lines.filter((line) => line === "2000-06")).toHaveLength(2100);
});

test("the same lines in whatever pieces they are asked for; an edge that is known late stands at once", () => {
  const [whole, pieces] = [new SampleText(steady(100), 0), new SampleText(steady(100), 0)];
  for (const text of [whole, pieces]) text.edge(50.5 * MS);
  let said = "";
  for (let ns = 0; ns <= 100 * MS; ns += 0.7 * MS) said += pieces.upTo(ns);
  said += pieces.upTo(100 * MS);
  expect(said).toBe(whole.upTo(100 * MS));
  pieces.edge(10 * MS);
  expect(pieces.upTo(100 * MS)).toBe("");
  const late = new SampleText(steady(200), 0);
  late.upTo(100 * MS);
  late.edge(10 * MS);
  expect(late.upTo(110 * MS).split("\r\n")[0]).toBe("event 0 ris");
});

test("milliseconds without readings are no number: the runner's sum is none", () => {
  const text = new SampleText(steady(40, [11, 14]), 0);
  const lines = text
    .upTo(40 * MS)
    .trim()
    .split("\r\n");
  // readings end 10 ms after the start and go on at 13 ms
  const gaps = lines.flatMap((line, k) => (line === "0000-00?" ? [k] : []));
  expect(gaps).toEqual([5, 6].map((pair, k) => 2 * pair - k));
  expect(text.unknown).toBe(4);
  // two values each, so that time goes on as it does
  expect(lines.length + gaps.length).toBe(40);
});

test("after 999 s the three digits begin again", () => {
  const trace = new Trace(0.0025);
  trace.add({ tNs: 0n, watts: 0, seconds: 0.001, lost: 0 });
  trace.add({ tNs: BigInt(1001e9), watts: 1, seconds: 1001, lost: 0 });
  const text = new SampleText(trace, 0).upTo(1001e9);
  expect(text).toContain("TimeStamp: 999s 000ms, buff 00%\r\n");
  expect(text).toContain("TimeStamp: 000s 000ms, buff 00%\r\n");
});

test("a pin that falls, at the beginning of the first reading that is low", () => {
  const edges = new MarkEdges(3);
  const at = (ms: number, marks?: number) =>
    edges.add({
      tNs: BigInt(ms * MS),
      watts: 0,
      seconds: 0.001,
      lost: 0,
      ...(marks === undefined ? {} : { marks }),
    });
  const marks = [8, 8, 0, 0, undefined, 15, undefined, 7];
  expect(marks.map((level, k) => at(k, level))).toEqual([
    ...[null, null, BigInt(MS), null, null, null, null, BigInt(6 * MS)],
  ]);
});

test("boot lines and answers that were given up are nobody's", async () => {
  const said: string[] = [];
  const passed: string[] = [];
  const board = new InterfaceBoard({
    say: (text) => said.push(text),
    pass: (command) => passed.push(command),
    line: async () => {},
    unknown: () => {},
  });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 1));
  board.answered("m-init-done\r\nm-ready\r\n", 0n);
  await settle();
  expect(said).toEqual([]);
  board.heard("dut infer 1 0%dut name%");
  board.answered("m-warm", 1n);
  await settle();
  // one at a time
  expect(passed).toEqual(["infer 1 0"]);
  expect(board.giveUp()).toBe("infer 1 0");
  expect(passed).toEqual(["infer 1 0", "name"]);
  expect(board.giveUp()).toBe("name");
  expect(board.giveUp()).toBeNull();
});

test("what was written takes its time to be read, and what nobody reads is not kept for who comes next", () => {
  let nowNs = 0n;
  const taken: number[] = [];
  let attended = true;
  const pair = {
    ...{ path: "", close: () => {}, read: () => null, attended: () => attended },
    write(bytes: Uint8Array) {
      taken.push(bytes.length);
      return Math.min(4096, bytes.length);
    },
  };
  const terminal = new Terminal(pair, { nowNs: () => nowNs });
  expect(terminal.idle).toBe(true);
  terminal.say("x".repeat(6000));
  terminal.turn();
  terminal.turn();
  expect(taken).toEqual([6000, 1904]);
  // 6000 bytes at 12,000 a second
  nowNs = 499_999_999n;
  expect(terminal.idle).toBe(false);
  nowNs = 500_000_000n;
  expect(terminal.idle).toBe(true);
  terminal.say("y");
  attended = false;
  expect(terminal.turn().left).toBe(true);
  attended = true;
  terminal.turn();
  expect(taken).toHaveLength(2);
});
