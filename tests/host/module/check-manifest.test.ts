/** The manifest's fields, each of them wrong in every way that its type allows. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { readManifest } from "../../../host/module/check-manifest.ts";

type Json = Readonly<Record<string, unknown>>;

const TENSOR = { name: "x", shape: [2, 4], dtype: "i8", edge: "f32", scale: 0.5, zeroPoint: -3 };
const ENTRY = { name: "v", ptr: 16, len: 8, kind: "state" };
const READING = { dtype: "u16", scale: 0.25, zeroPoint: 7, shape: [4] };
const COUNTED = { ...TENSOR, edge: "spike", maxCount: 3 };
const STREAM = { ...TENSOR, sampleRateHz: 16_000, unit: "full scale", hop: 160, channels: 1 };

const WHOLE: Json = {
  schema: 1,
  compiler: "twentywatt 0.1.0",
  build: "simd",
  flavour: "dot",
  profile: "pure",
  rounding: "single",
  source: { name: "a.nir", format: "nir", sha256: "ab" },
  options: { weights: "i8", dt: 1e-4, keepLayers: true },
  inputs: [TENSOR, COUNTED, STREAM],
  outputs: [TENSOR, TENSOR],
  labels: ["a", "b"],
  dtSeconds: 1e-4,
  stepsHint: 3,
  macs: 0,
  neurons: 5,
  synapses: 6,
  memory: [ENTRY, { ...ENTRY, ...READING }],
  codeSha256: "cd",
  selfTest: { steps: 1, input: "AA==", output: "AQ==" },
};

function said(json: unknown): string {
  try {
    readManifest(json);
    return "passes";
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.message;
  }
}

/** `json` with another value at a path; undefined: without it. */
function changed(
  json: unknown,
  [key, ...path]: readonly (string | number)[],
  to: unknown,
): unknown {
  if (key === undefined) return to;
  if (Array.isArray(json)) return json.map((x, k) => (k === key ? changed(x, path, to) : x));
  const { [key]: value, ...others } = json as Json;
  const now = changed(value, path, to);
  return now === undefined ? others : { ...others, [key]: now };
}

test("every field is read, and nothing else", () => {
  expect(readManifest(WHOLE)).toEqual(WHOLE);
  expect(readManifest({ ...WHOLE, later: 5 })).toEqual(WHOLE);
  const none = { flavour: null, labels: null, dtSeconds: null, selfTest: null };
  expect(readManifest({ ...WHOLE, ...none })).toEqual({ ...WHOLE, ...none });
});

const NO_TEXT = [undefined, null, 5, true, ["a"], {}];
const NO_NUMBER = [undefined, null, "5", true, [5], {}, Number.NaN, Number.POSITIVE_INFINITY];
const NOT_POSITIVE = [...NO_NUMBER, 0, -1];
const NOT_WHOLE = [...NO_NUMBER, -1, 0.5, 2 ** 53];
const NO_LIST = [undefined, null, 5, "a", true, {}];
const NO_OBJECT = [undefined, null, 5, "a", true, [1]];
const NO_WORD = [...NO_TEXT, "", "other", "constructor"];

/** Path, and values that do not belong there. */
const FIELDS: readonly (readonly [string, readonly unknown[]])[] = [
  ["schema", NOT_WHOLE],
  ["compiler", NO_TEXT],
  ["build", NO_WORD],
  ["flavour", NO_WORD.filter((value) => value !== null)],
  ["profile", NO_WORD],
  ["rounding", NO_WORD],
  ["source", NO_OBJECT],
  ["source.name", NO_TEXT],
  ["source.format", NO_TEXT],
  ["source.sha256", NO_TEXT],
  ["options", NO_OBJECT],
  ["options.weights", [null, [1], {}]],
  ["inputs.1.maxCount", [...NOT_WHOLE.filter((value) => value !== undefined), 0, 256]],
  ["inputs.2.sampleRateHz", NOT_POSITIVE.filter((value) => value !== undefined)],
  ["inputs.2.unit", NO_TEXT],
  ["inputs.2.hop", NOT_WHOLE],
  ["inputs.2.channels", NOT_WHOLE],
  ["labels", NO_LIST.filter((value) => value !== null)],
  ["labels.1", NO_TEXT.filter((value) => value !== undefined)],
  ["dtSeconds", NOT_POSITIVE.filter((value) => value !== null)],
  ["stepsHint", NOT_WHOLE],
  ["macs", NOT_WHOLE],
  ["neurons", NOT_WHOLE],
  ["synapses", NOT_WHOLE],
  ["codeSha256", NO_TEXT],
  ["selfTest", NO_OBJECT.filter((value) => value !== null)],
  ["selfTest.steps", NOT_WHOLE],
  ["selfTest.input", NO_TEXT],
  ["selfTest.output", NO_TEXT],
  ["memory", NO_LIST],
  ["memory.0", NO_OBJECT.filter((value) => value !== undefined)],
  ["memory.1.name", NO_TEXT],
  ["memory.1.ptr", NOT_WHOLE],
  ["memory.1.len", NOT_WHOLE],
  ["memory.1.kind", NO_WORD],
  ["memory.1.dtype", [null, 5, "f32"]],
  ["memory.1.scale", NO_NUMBER.filter((value) => value !== undefined)],
  ["memory.1.zeroPoint", NO_NUMBER.filter((value) => value !== undefined)],
  ["memory.1.shape", NO_LIST.filter((value) => value !== undefined)],
  ["memory.1.shape.0", NOT_WHOLE.filter((value) => value !== undefined)],
  ...["inputs", "outputs"].flatMap((list): (readonly [string, readonly unknown[]])[] => [
    [list, NO_LIST],
    [`${list}.0`, NO_OBJECT.filter((value) => value !== undefined)],
    [`${list}.0.name`, NO_TEXT],
    [`${list}.0.shape`, NO_LIST],
    [`${list}.0.shape.1`, NOT_WHOLE.filter((value) => value !== undefined)],
    [`${list}.0.dtype`, NO_WORD],
    [`${list}.0.edge`, NO_WORD],
    [`${list}.0.scale`, NOT_POSITIVE],
    [`${list}.0.zeroPoint`, NO_NUMBER],
  ]),
];

/** What is said of an element is said of its list. */
const nameOf = (path: string): string =>
  path
    .split(".")
    .filter((part) => !/^\d+$/.test(part))
    .at(-1) ?? "";

describe("what does not belong", () => {
  test.each(FIELDS)("in %s", (path, values) => {
    const keys = path.split(".").map((key) => (/^\d+$/.test(key) ? Number(key) : key));
    for (const value of values) {
      const message = said(changed(WHOLE, keys, value));
      expect([value, message]).toEqual([value, expect.stringMatching(/^MODULE_FORMAT: manifest/)]);
      if (!/^(inputs|outputs|memory)\.0$/.test(path)) expect(message).toContain(nameOf(path));
    }
  });

  test.each(NO_OBJECT.map((value) => [value]))("%j for the whole", (value) => {
    expect(said(value)).toMatch(/^MODULE_FORMAT: manifest: got .*, expected an object/);
  });
});

test("another schema is another ABI", () => {
  for (const schema of [0, 2, 100]) {
    expect(said({ ...WHOLE, schema })).toBe(
      said({ ...WHOLE, schema }).replace(/^.*?:/, "MODULE_ABI:"),
    );
    expect(said({ ...WHOLE, schema })).toContain(`manifest schema: got ${schema}, expected 1`);
  }
});

test("every word of a list of words is taken", () => {
  for (const [path, words] of [
    ["build", ["mvp", "simd"]],
    ["flavour", ["dot", "extmul", "relaxed-unsigned", "relaxed-signed"]],
    ["rounding", ["double", "single"]],
    ["inputs.0.dtype", ["i8", "u8", "i16", "i32"]],
    ["inputs.0.edge", ["i8", "f32", "spike", "value"]],
    ["memory.1.dtype", ["u8", "i16", "u16", "i32"]],
    ["memory.1.kind", ["input", "output", "state", "activation", "scratch", "constant"]],
  ] as const) {
    const keys = path.split(".").map((key) => (/^\d+$/.test(key) ? Number(key) : key));
    for (const word of words)
      expect([word, said(changed(WHOLE, keys, word))]).toEqual([word, "passes"]);
  }
});

test("a count of events is one byte, and at least one", () => {
  for (const maxCount of [1, 2, 254, 255])
    expect(said(changed(WHOLE, ["inputs", 1, "maxCount"], maxCount))).toBe("passes");
});

test("what is got is said in few words, however much of it there is", () => {
  const macs = (value: unknown) => said({ ...WHOLE, macs: value });
  expect(macs("x".repeat(200))).toContain(`got "${"x".repeat(59)}, expected`);
  expect(macs([[[1]]])).toContain("got a list, expected a whole number");
  expect(macs({ a: {} })).toContain("got an object, expected a whole number");
  expect(macs(null)).toContain("got null, expected a whole number");
  expect(macs(undefined)).toContain("got nothing, expected a whole number");
});

test("what is nested 200,000 deep is refused where it should be something else, and else passed over", () => {
  const nested = JSON.parse("[".repeat(200_000) + "]".repeat(200_000));
  for (const key of Object.keys(WHOLE)) {
    const got = said({ ...WHOLE, [key]: nested });
    expect([key, got.split(":")[0]]).toEqual([key, expect.stringMatching(/^MODULE_/)]);
    expect(got.length).toBeLessThan(300);
  }
  expect(said({ ...WHOLE, inputs: [{ ...TENSOR, shape: nested }] })).toMatch(/^MODULE_FORMAT/);
  expect(said({ ...WHOLE, options: { dt: nested } })).toMatch(/^MODULE_FORMAT/);
  expect(said({ ...WHOLE, later: nested })).toBe("passes");
});

test("times and scales without a meaning are refused", () => {
  for (const dtSeconds of [-5, 0, 1 / 0, Number.NaN])
    expect(said({ ...WHOLE, dtSeconds })).toMatch(/^MODULE_FORMAT: manifest dtSeconds/);
  for (const scale of [-1, 0, 1 / 0, Number.NaN])
    expect(said({ ...WHOLE, inputs: [{ ...TENSOR, scale }] })).toMatch(/^MODULE_FORMAT/);
});

describe("layers, whose names become files", () => {
  const layer = (name: string) => said({ ...WHOLE, memory: [{ ...ENTRY, kind: "layer", name }] });
  test.each(["op00_CONV_2D", "op123456_A", `op01_${"A".repeat(60)}`])("%s", (name) => {
    expect(layer(name)).toBe("passes");
  });
  test.each([
    ...["op0_A", "op1234567_A", "op01_", "op01_a", "op01_A/B", "../op01_A", "op01_A.bin", "A"],
    `op01_${"A".repeat(61)}`,
  ])("%s is none", (name) => {
    expect(layer(name)).toMatch(/^MODULE_FORMAT: manifest layer name: got "/);
  });
});
