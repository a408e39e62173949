/** Lines for terminals: what is too wide is wrapped or cut, and a name in them cannot move the cursor. */
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../host/model/random.ts";
import {
  clipped,
  columnsOf,
  fitted,
  labelled,
  quantity,
  table,
  takesEscapes,
  typeset,
  widthOf,
  wrapped,
} from "../../host/text.ts";

const SIZES: Readonly<Record<string, number>> = {
  ...{ G: 1e9, M: 1e6, k: 1e3, "": 1, m: 1e-3, µ: 1e-6, n: 1e-9, p: 1e-12, f: 1e-15 },
};
const SENTENCE =
  "without figures: an estimate knows no idle power; a layered network has no spikes and no synaptic events";

test("a table of more rows than a call takes arguments", () => {
  const rows = Array.from({ length: 200_000 }, (_, k) => [`${k}`, "x"]);
  const lines = table(rows, ["right", "left"]);
  expect(lines[7]).toBe("     7  x");
  expect(fitted(lines, 80)).toHaveLength(rows.length);
});

describe("sentences are wrapped", () => {
  test("below what stands behind their label", () => {
    expect(fitted(labelled("energy", ["one two three four five six"]), 24)).toEqual([
      "energy    one two three",
      "          four five six",
    ]);
    // the second line of a label has none of its own
    expect(fitted(["          one two three four five six"], 24)).toEqual([
      "          one two three",
      "          four five six",
    ]);
  });

  test.each([20, 33, 60, 79, 80, 120])("no word is lost at %i columns", (columns) => {
    for (const line of [SENTENCE, ...labelled("energy", [SENTENCE]), `  ${SENTENCE}`]) {
      const lines = fitted([line], columns);
      expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(columns);
      expect(lines.join(" ").split(/\s+/)).toEqual(line.split(/\s+/));
    }
  });

  test("a word without a space to break at is broken at the edge", () => {
    const hash = "0123456789abcdef".repeat(4);
    const lines = fitted(labelled("model", [`SHA-256 ${hash}`]), 40);
    expect(lines).toEqual([
      "model     SHA-256",
      "          0123456789abcdef0123456789abcd",
      "          ef0123456789abcdef0123456789ab",
      "          cdef",
    ]);
  });

  test("spaces inside stay as they are", () => {
    expect(wrapped("  energy    network  12.3 nJ, estimated", 30, 12)).toEqual([
      "  energy    network  12.3 nJ,",
      "            estimated",
    ]);
  });
});

describe("tables lose no column", () => {
  const rows = table(
    [
      ["0", "CONV_2D", "[1,49,10,1]", "functional_1/activation/Relu"],
      ["1", "DEPTHWISE_CONV_2D", "[1,25,5,64]", "functional_1/activation_1/Relu"],
    ],
    ["right", "left", "left", "left"],
  );

  test("the last is wrapped where it stands", () => {
    const why = table(
      [
        ["board", "flash", "why, in bytes"],
        ["pico", "1,234", "RAM 46,704 of 16,384 and flash 99,000 of 64,000"],
        ["nano", "12", "fits"],
      ],
      ["left", "right", "left"],
    );
    expect(fitted(why, 40)).toEqual([
      "board  flash  why, in bytes",
      "pico   1,234  RAM 46,704 of 16,384 and",
      "              flash 99,000 of 64,000",
      "nano      12  fits",
    ]);
  });

  test("what does not fit beside the others stands on a line of its own, all rows broken at one place", () => {
    expect(fitted(rows, 44)).toEqual([
      "0  CONV_2D            [1,49,10,1]",
      "    functional_1/activation/Relu",
      "1  DEPTHWISE_CONV_2D  [1,25,5,64]",
      "    functional_1/activation_1/Relu",
    ]);
    expect(fitted(rows, 25)).toEqual([
      "0  CONV_2D",
      "    [1,49,10,1]",
      "        functional_1/acti",
      "        vation/Relu",
      "1  DEPTHWISE_CONV_2D",
      "    [1,25,5,64]",
      "        functional_1/acti",
      "        vation_1/Relu",
    ]);
  });

  test("also behind a label, and the next label is another table", () => {
    const lines = [
      ...labelled("results", ["0  Stop   0.996  right", "1  Left     0.5  right"]),
      ...labelled("latency", ["min  max", " 86  172"]),
    ];
    expect(fitted(lines, 26)).toEqual([
      ...["results   0  Stop   0.996", "             right"],
      ...["          1  Left     0.5", "             right"],
      ...["latency   min  max", "           86  172"],
    ]);
  });

  test.each([20, 33, 60, 80])("no word is lost at %i columns", (columns) => {
    const shown = fitted(rows, columns);
    expect(Math.max(...shown.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(shown.join("").replaceAll(/\s/g, "")).toBe(rows.join("").replaceAll(/\s/g, ""));
    expect(shown.join("\n")).not.toContain("…");
  });
});

test("what fits is not touched, and a pipe gets every line whole", () => {
  const lines = ["", "short", ...labelled("energy", [SENTENCE]), `a  ${SENTENCE}`];
  expect(fitted(lines, Number.POSITIVE_INFINITY)).toEqual(lines);
  expect(fitted(lines, 300)).toEqual(lines);
  for (const line of lines) expect(typeset(line, { columns: 40 })).toBe(`${line}\n`);
  const terminal = { isTTY: true, columns: 20 };
  expect(typeset("one two three four five six", terminal)).toBe("one two three four\nfive six\n");
});

test("columns, as a terminal counts them", () => {
  expect(columnsOf("µJ … 20")).toBe(7);
  expect(columnsOf("音声.tflite")).toBe(11);
  expect(columnsOf("e\u0301")).toBe(1);
  expect(clipped("音声認識", 6)).toBe("音声…");
  // a character of two columns is not halved
  expect(clipped("音声認識", 5)).toBe("音声…");
  expect(fitted(["音声認識 音声認識 音声認識"], 20)).toEqual(["音声認識 音声認識", "音声認識"]);
});

test("a name in a file cannot write to the terminal what it likes, and its numbers have their width", () => {
  expect(typeset("a file with the name \x1b[2J\x07", { isTTY: true, columns: 24 })).toBe(
    "a file with the name\n\\x1b[2J\\x07\n",
  );
});

describe("the width of a stream", () => {
  test.each([
    [{ isTTY: true, columns: 132 }, 132],
    [{ isTTY: true, columns: 5 }, 20],
    [{ isTTY: true, columns: 0 }, Number.POSITIVE_INFINITY],
    [{ isTTY: true }, Number.POSITIVE_INFINITY],
    [{ columns: 80 }, Number.POSITIVE_INFINITY],
  ])("%o", (screen, columns) => {
    expect(widthOf(screen)).toBe(columns);
  });
});

test.each([
  [true, {}, true],
  [true, { TERM: "xterm-256color", NO_COLOR: "" }, true],
  [true, { TERM: "dumb" }, false],
  [true, { NO_COLOR: "1" }, false],
  [false, {}, false],
  [undefined, {}, false],
] as const)("escape sequences: terminal %s with %o: %s", (isTTY, env, expected) => {
  expect(takesEscapes({ isTTY }, env)).toBe(expected);
});

describe("quantities", () => {
  test.each([
    [999.4e-6, "999 µJ"],
    [999.6e-6, "1.00 mJ"],
    [1e-3, "1.00 mJ"],
    [0.9995, "1.00 J"],
    [-0.9994, "-999 mJ"],
    [12_345, "12.3 kJ"],
    [0, "0 J"],
  ])("%f", (value, text) => {
    expect(quantity(value, "J")).toBe(text);
  });

  test("1 to 999 before the unit, three digits, never in the e-notation", () => {
    const random = mulberry32(11);
    for (let k = 0; k < 20_000; k++) {
      const exact = 10 ** (-14.9 + 26.8 * random());
      // also right at the powers of ten, and what rounds up to them
      const near = 10 ** Math.round(-14 + 25 * random()) * (1 + (random() - 0.5) * 2e-3);
      for (const value of [exact, -exact, near]) {
        const text = quantity(value, "J");
        const [, number = "", prefix = ""] = /^(-?[\d.]+) ([GMkmµnpf]?)J$/.exec(text) ?? [];
        expect([value, text, number.replace(/[-.]/g, "").length]).toEqual([value, text, 3]);
        const size = Math.abs(Number(number));
        expect(size >= 1 && size < 1000).toBe(true);
        expect(Math.abs((Number(number) * (SIZES[prefix] as number)) / value - 1)).toBeLessThan(
          5.01e-3,
        );
      }
    }
  });
});
