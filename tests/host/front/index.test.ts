/** Front ends by name and from files: what is understood, and everything that is refused, all at once. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_OPTIONS, plan } from "../../../host/compiler/index.ts";
import { melTables } from "../../../host/compiler/signal/tables.ts";
import { TwentyWattError } from "../../../host/errors.ts";
import { FRONT_NAMES, frontByName, readFront, withFront } from "../../../host/front/index.ts";
import { type Front, framesOf } from "../../../host/model/signal-graph.ts";
import { signalProblems } from "../../../host/model/signal-problems.ts";
import { dataTest, readData } from "../../support/data.ts";
import { FRONTS, fronted } from "../../support/fronts.ts";

const README = readFileSync(new URL("../../../host/front/README.md", import.meta.url), "utf8");
const EXAMPLE = /```json\n(.*?)```/s.exec(README)?.[1] ?? "";

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.problems.map(({ code, where, got }) => `${code} ${where}: ${got}`);
  }
  return [];
}

test("the README's file is the front end it says", () => {
  expect(readFront(EXAMPLE, "sww")).toEqual(frontByName("sww"));
});

test("the README has a row for each name", () => {
  for (const name of FRONT_NAMES) expect(README).toContain(`| \`${name}`);
});

test("parameters of a name", () => {
  const front = frontByName("mfcc?rate=8000&window=256&hop=128&size=256&bands=20&channels=2");
  expect(framesOf(front)).toEqual({
    ...{ sampleRateHz: 8000, hop: 128, window: 256, size: 256, delay: 0, waiting: 1 },
    ...{ features: 10, rows: 1, step: 128 },
  });
  expect(signalProblems(front)).toEqual([]);
  expect(problemsOf(() => frontByName("mfcc?bands=x&hops=3"))).toEqual([
    "USAGE --front mfcc?bands=x&hops=3: bands=x",
    "USAGE --front mfcc?bands=x&hops=3: parameter hops",
  ]);
  expect(problemsOf(() => frontByName("sww?hop=3"))).toHaveLength(1);
  expect(problemsOf(() => frontByName("toString"))).toEqual(["USAGE --front toString: toString"]);
});

test("microwakeword: rows of a hop, and what its parameters may be", () => {
  const frames = (text: string) => framesOf(frontByName(text));
  // the first three frames need 800 samples, the second hop brings them to 960
  expect(frames("microwakeword")).toEqual({
    ...{ sampleRateHz: 16_000, hop: 480, window: 480, size: 512, features: 40, rows: 3, step: 160 },
    ...{ delay: 160, waiting: 1 },
  });
  expect(frames("microwakeword?step=20&rows=1&variant=tflm")).toMatchObject({
    ...{ hop: 320, rows: 1, step: 320, delay: 160, waiting: 1 },
  });
  for (const wrong of ["variant=sigproc", "rows=x", "window=480"]) {
    expect(
      problemsOf(() => frontByName(`microwakeword?${wrong}`)),
      wrong,
    ).toHaveLength(1);
  }
  const judged = (text: string) => signalProblems(frontByName(text)).map(({ where }) => where);
  expect(judged("microwakeword?channels=2")).toEqual([]);
  for (const [what, place] of [
    ["step=40", "MicroWindow step"],
    ["rows=17", "hop"],
    ["rows=0", "hop"],
    ["channels=65", "channels"],
  ] as const) {
    expect(judged(`microwakeword?${what}`).join(), what).toContain(place);
  }
});

test("the nodes of TensorFlow's audio front end stand together, and nothing else with them", () => {
  const front = frontByName("microwakeword");
  const said = (nodes: Front["nodes"], more: Partial<Front> = {}) =>
    signalProblems({ ...front, ...more, nodes }).map(({ where, got }) => `${where}: ${got}`);
  const [first, ...rest] = front.nodes as [Front["nodes"][number], ...Front["nodes"]];
  const others: Front["nodes"][] = [
    rest,
    [first, ...rest.toReversed()],
    front.nodes.slice(0, -1),
    [...front.nodes, { kind: "Dct", coefficients: 10 }],
    [{ kind: "Decimate", factor: 2 }, ...front.nodes],
    [{ kind: "Channel", index: 0 }, ...front.nodes],
  ];
  for (const nodes of others) expect(said(nodes)).toEqual([expect.stringMatching(/: nodes: /)]);
  expect(said(front.nodes, { channels: 2 })).toHaveLength(1);
  const changed = (kind: string, change: object) =>
    said(front.nodes.map((node) => (node.kind === kind ? { ...node, ...change } : node)));
  for (const [kind, change] of [
    ["MicroWindow", { length: 481 }],
    ["MicroWindow", { length: 514 }],
    ["MicroSpectrum", { size: 256 }],
    ["MicroBank", { bands: 65 }],
    ["MicroBank", { lowHz: 10 }],
    ["MicroBank", { highHz: 8001 }],
    ["NoiseReduction", { odd: 1.01 }],
    ["GainControl", { strength: -0.1 }],
    ["GainControl", { gainBits: 14 }],
    ["GainControl", { offset: 0 }],
  ] as const) {
    expect(changed(kind, change), JSON.stringify(change)).toHaveLength(1);
  }
});

test("every key of a file that is wrong, at once", () => {
  const text = JSON.stringify({
    ...{ sampleRate: 16000, unit: 3, scale: null, hop: "512", channels: 1, rounding: "up" },
    nodes: [
      { kind: "Window", shape: "kaiser", length: 512, lenght: 5 },
      { kind: "Spektrum", size: 512 },
      { kind: "Dct", coefficients: [] },
      7,
    ],
  });
  expect(problemsOf(() => readFront(text, "my.json"))).toEqual([
    "MODEL_FORMAT my.json: sampleRate: key sampleRate",
    "MODEL_FORMAT my.json: sampleRateHz: nothing",
    "MODEL_FORMAT my.json: unit: 3",
    "MODEL_FORMAT my.json: scale: null",
    "MODEL_FORMAT my.json: hop: 512",
    "MODEL_FORMAT my.json: rounding: up",
    "MODEL_FORMAT my.json: nodes[0] (Window).lenght: key lenght",
    "MODEL_FORMAT my.json: nodes[0] (Window).shape: kaiser",
    "MODEL_FORMAT my.json: nodes[1].kind: Spektrum",
    "MODEL_FORMAT my.json: nodes[2] (Dct).coefficients: a list",
    "MODEL_FORMAT my.json: nodes[3]: 7",
    "MODEL_FORMAT my.json: nodes[3].kind: nothing",
  ]);
  for (const json of ["", "{", "[]", "null", '{"nodes":{}}']) {
    expect(problemsOf(() => readFront(json, "x.json")).length).toBeGreaterThan(0);
  }
});

const SWW = frontByName("sww");
const edited = (change: Partial<Front>): Front => ({ ...SWW, ...change });
const nodes = (change: (kind: string) => object | null): Front =>
  edited({
    nodes: SWW.nodes.flatMap((node) => {
      const changed = change(node.kind);
      return changed === null ? [] : [{ ...node, ...changed } as typeof node];
    }),
  });

test.each([
  ["a hop longer than the window", edited({ hop: 2048 }), "hop"],
  ["no samples in a hop", edited({ hop: 0 }), "hop"],
  ["a rate of nothing", edited({ sampleRateHz: 0 }), "sampleRateHz"],
  ["a rate that is no number", edited({ sampleRateHz: Number.NaN }), "sampleRateHz"],
  ["a start that is no int8", edited({ start: 128 }), "start"],
  ["a channel that is not there", nodes((k) => (k === "Channel" ? { index: 2 } : {})), "Channel"],
  ["two channels and no choice", nodes((k) => (k === "Channel" ? null : {})), "nodes"],
  ["no window", nodes((k) => (k === "Window" ? null : {})), "nodes"],
  ["no spectrum", nodes((k) => (k === "Spectrum" ? null : {})), "nodes"],
  ["no logarithm", nodes((k) => (k === "MelLog" ? null : {})), "nodes"],
  [
    "a size that is no power of two",
    nodes((k) => (k === "Spectrum" ? { size: 1000 } : {})),
    "Spec",
  ],
  [
    "a window longer than the spectrum",
    nodes((k) => (k === "Spectrum" ? { size: 512 } : {})),
    "Win",
  ],
  ["bands above half the rate", nodes((k) => (k === "MelLog" ? { highHz: 8001 } : {})), "MelLog"],
  ["bands upside down", nodes((k) => (k === "MelLog" ? { lowHz: 8000 } : {})), "MelLog"],
  ["pre-emphasis of one", nodes((k) => (k === "Preemphasis" ? { coefficient: 1 } : {})), "Pree"],
  ["limits upside down", nodes((k) => (k === "Normalise" ? { low: 1 } : {})), "Normalise"],
  ["the wrong order", edited({ nodes: SWW.nodes.toReversed() }), "nodes"],
  ["a node twice", edited({ nodes: SWW.nodes.flatMap((node) => [node, node]) }), "nodes"],
])("refused: %s", (_, front, what) => {
  const found = problemsOf(() => withFront(fronted(front), front));
  expect(found.join("\n")).toContain(`front end sww: ${what}`);
});

test("rows that do not fill the network's input, features beyond all numbers", () => {
  const work = (front: Front) => problemsOf(() => plan(fronted(front), DEFAULT_OPTIONS));
  expect(work(SWW)).toEqual(["MODEL_SHAPE front end sww: rows of 40 features"]);
  const lines = FRONTS["the lines of a spectrum, less their mean"] as Front;
  expect(work(lines)).toEqual([]);
  const offset = (more: object): Front => ({
    ...lines,
    nodes: lines.nodes.map((node) => (node.kind === "Normalise" ? { ...node, ...more } : node)),
  });
  expect(work(offset({ offset: 1e6 }))[0]).toContain("MODEL_RANGE front end lines: a feature of");
  expect(work(offset({ factor: 1e-12 }))[0]).toContain("MODEL_RANGE front end lines: 8.000e-12");
});

dataTest("the filter bank is MLPerf's table, which has five decimals", () => {
  const table = JSON.parse(new TextDecoder().decode(readData("sww01/lin2mel_513x40.json")));
  const mel = SWW.nodes.find(({ kind }) => kind === "MelLog");
  if (mel?.kind !== "MelLog") throw new Error("no bands");
  const { segments, weights, first } = melTables(mel, 1024, 16_000);
  const starts = new Uint16Array(segments.bytes.buffer);
  const rising = new Uint32Array(weights.bytes.buffer);
  let at = 0;
  for (let band = 0; band < 40; band++) {
    const begin = table.lin2mel_513x40_filter_starts[band] as number;
    const count = table.lin2mel_513x40_filter_lens[band] as number;
    const [a, b, c] = [starts[band], starts[band + 1], starts[band + 2]] as [
      number,
      number,
      number,
    ];
    expect([a, c - a]).toEqual([begin, count]);
    for (let line = a; line < c; line++, at++) {
      const up = (rising[line - first] as number) / 2 ** 32;
      const weight = line < b ? up : 1 - up;
      expect(Math.abs(weight - (table.lin2mel_packed_513x40[at] as number))).toBeLessThan(1e-5);
    }
  }
  expect(at).toBe(table.lin2mel_packed_513x40.length);
});
