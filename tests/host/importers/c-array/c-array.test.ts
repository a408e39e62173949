/** Models that C text holds: the manners of their writers, several in a file, and what is none. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { importModel } from "../../../../host/importers/index.ts";
import { cText, decimal, hex } from "../../../support/c-arrays.ts";
import { conv, int8, problemsOf, single } from "../../../support/single-operator.ts";
import { writeTflite } from "../../../support/tflite-writer.ts";

const MODEL = writeTflite(single(conv({})));
/** another one, by the size of its input */
const OTHER = writeTflite(
  single(conv({ input: int8("in", [1, 8, 6, 2]), output: int8("features", [1, 8, 6, 3]) })),
);
const TEXT = cText(MODEL);

const sha256 = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string, name = "model.cc") => importModel(bytes(text), name);
/** The problem of a text that is none. */
async function refused(text: string, name = "model.cc") {
  try {
    await read(text, name);
  } catch (error) {
    const { problems } = error as { problems: readonly { got: string; remedy: string }[] };
    return problems;
  }
  throw new Error("it was read");
}

const WAYS: Readonly<Record<string, string>> = {
  "xxd -i": TEXT,
  decimal: cText(MODEL, { style: decimal }),
  "capital hexadecimal digits": cText(MODEL, { style: (b) => `0X${b.toString(16).toUpperCase()}` }),
  octal: cText(MODEL, { style: (b) => `0${b.toString(8)}` }),
  binary: cText(MODEL, { style: (b) => `0b${b.toString(2)}` }),
  "suffixes and digit separators": cText(MODEL, {
    style: (b) =>
      `0b${b
        .toString(2)
        .padStart(8, "0")
        .replace(/(?=.{4}$)/, "'")}u`,
  }),
  "signed bytes": cText(MODEL, {
    declaration: "const int8_t g_model[]",
    style: (b) => String((b << 24) >> 24),
  }),
  "TensorFlow's examples": `#include "model.h"\n\n// Keep model aligned to 8 bytes.\n${cText(
    MODEL,
    {
      declaration: "alignas(8) const unsigned char g_model[]",
    },
  )}`,
  "a macro behind the name": cText(MODEL, {
    declaration: "const unsigned char g_model[] DATA_ALIGN_ATTRIBUTE",
  }),
  "GCC's attributes, on either side": cText(MODEL, {
    declaration:
      '__attribute__((section(".model"))) const uint8_t g_model[2*600] __attribute__((aligned(16)))',
  }),
  "Arduino's PROGMEM": cText(MODEL, { declaration: "const uint8_t g_model[] PROGMEM" }),
  "a comment before every line and behind every value": cText(MODEL, {
    style: (b, k) => `${k % 12 === 0 ? `/* 0x${k.toString(16)}: */ ` : ""}${b} /* ${hex(b, k)}, */`,
  }),
  "line comments, one that a backslash makes longer": cText(MODEL, {
    style: (b, k) => (k === 24 ? `// 0x01, \\\n 0x02,\n ${b}` : String(b)),
  }),
  "a comma behind the last value": cText(MODEL, { end: ",\n};\n" }),
  "lines that end with carriage returns": TEXT.replaceAll("\n", "\r\n"),
  "one line": cText(MODEL, { perLine: MODEL.length }),
  "no spaces": TEXT.replaceAll(/(0x..),\s+/g, "$1,"),
  "std::array, two braces": cText(MODEL, {
    declaration: `namespace tiny { constexpr std::array<uint8_t, ${MODEL.length}> g_model = {`,
    end: "\n}};\n}  // namespace tiny\n",
  }).replace("= { =", "= {"),
  "initialisation without =": TEXT.replace("[] = {", "[]{"),
  'extern "C" and a byte order mark': `\ufeffextern "C" {\n${TEXT}}\n`,
  "text in quotes that looks like an end": `const char* end = "}; /* \\" {"; char c = '{';\n${TEXT}`,
};

test.each(Object.entries(WAYS))("%s", async (_, text) => {
  const graph = await read(text);
  expect(graph.source).toEqual({
    ...{ name: "model.cc", format: "tflite", sha256: sha256(MODEL) },
  });
  const { source, ...same } = await importModel(MODEL, "model.tflite");
  expect(graph).toMatchObject(same);
});

const TWO = `${cText(OTHER, { declaration: "const unsigned char other_model[]" })}\n${TEXT}
const unsigned char picture[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};`;

test("of several models one is named behind a #", async () => {
  for (const [name, model] of [
    ["g_model", MODEL],
    ["other_model", OTHER],
  ] as const) {
    const { source } = await read(TWO, `model.cc#${name}`);
    expect(source).toMatchObject({ name: `model.cc#${name}`, sha256: sha256(model) });
  }
  expect(await refused(TWO)).toMatchObject([
    {
      code: "MODEL_FORMAT",
      got: expect.stringMatching(/^2 models: (\w+ \([\d,]+ bytes\)(, )?){2}$/),
      remedy: "Say which one behind a #: model.cc#other_model.",
    },
  ]);
  expect(await refused(TWO, "model.cc#g_modell")).toMatchObject([
    {
      got: "no array g_modell",
      expected: "one of other_model, g_model",
      remedy: "Write model.cc#g_model.",
    },
  ]);
  expect(await refused(TWO, "model.cc#picture")).toMatchObject([
    { got: "array picture, which is no .tflite file" },
  ]);
});

test("two arrays of one name cannot be told apart", async () => {
  const [problem] = await refused(`#ifdef BIG\n${TEXT}#else\n${TEXT}#endif\n`, "model.cc#g_model");
  expect(problem).toMatchObject({ remedy: "They have one name: leave one of them in the file." });
});

test("a damaged array is not taken for a model: line and reason", async () => {
  const value = (k: number, text: string) =>
    cText(MODEL, { style: (byte, own) => (own === k ? text : hex(byte, own)) });
  const cases: readonly (readonly [string, string])[] = [
    [TEXT.slice(0, TEXT.indexOf("}")), "no end: the text stops inside it"],
    [value(30, "256"), "a value that is no byte, line 4"],
    [value(30, "-129"), "a value that is no byte, line 4"],
    [value(30, "0x0g"), "a value that is no byte, line 4"],
    [value(30, "1.0"), "a value that is no byte, line 4"],
    [value(30, "0b"), "a value that is no byte, line 4"],
    [value(30, "SIZE"), "something that is no byte, line 4"],
    [value(30, "0x01 0x02"), "something that is no byte, line 4"],
    [
      value(30, "\n#if A\n1,\n#else\n2,\n#endif\n3"),
      "lines of the preprocessor between its values",
    ],
  ];
  for (const [text, got] of cases) {
    expect(await refused(text), got).toMatchObject([
      { code: "MODEL_FORMAT", where: "model.cc: array g_model, line 1", got },
    ]);
  }
});

test("text without a model says which arrays it has", async () => {
  expect(await refused("int main(void) { return 0; }\n")).toMatchObject([
    { got: "text without an array of bytes", remedy: expect.stringContaining("xxd -i") },
  ]);
  const arrays = ["a", "bc", "def", "ghij"].map(
    (name) => `char ${name}[] = {${[...name].map((_, k) => k)}};`,
  );
  expect(await refused(arrays.join("\n"))).toMatchObject([
    { got: "text with the arrays ghij (4 bytes), def (3 bytes), bc (2 bytes) and 1 more" },
  ]);
});

test("a model's own problems are told as if it were a file of its own", async () => {
  const bad = writeTflite(single(conv({ input: int8("in", [1, 4, 3]) })));
  const [own] = await problemsOf(bad);
  expect(await refused(cText(bad))).toMatchObject([own]);
});
