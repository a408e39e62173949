/** C text, damaged at random: a model or a coded refusal, in bounded time and memory. */
import { expect, test } from "vitest";
import { cText, damagedText, decimal, hex } from "../../../support/c-arrays.ts";
import { fuzzFiles, writtenModels } from "../../../support/model-fuzz.ts";
import { dice } from "../../../support/random-draft.ts";

test("2,000 damaged C arrays: planned or refused with a code; 10 survivors run", async () => {
  // the smallest: what is damaged is the text, not the model
  const texts = writtenModels()
    .toSorted((a, b) => a.file.length - b.file.length)
    .slice(0, 24)
    .map(({ file }, k) => cText(file, { style: k % 2 === 0 ? hex : decimal }));
  const both = `${texts[0]}\n${texts[1]?.replaceAll("g_model", "second")}`;
  const { failures, ...outcome } = await fuzzFiles(
    (random) => damagedText(dice(random).pick([...texts, both]), random),
    2000,
    10,
  );
  console.log(outcome);
  expect(failures).toEqual([]);
  expect(outcome.counts.get("works")).toBeGreaterThan(100);
  expect(outcome.counts.get("MODEL_FORMAT")).toBeGreaterThan(100);
});

/** What could make a careless reader's time or memory grow faster than the text. */
const TRAPS: Readonly<Record<string, string>> = {
  "a digit for two megabytes": `char a[] = {${"1".repeat(2 ** 21)}`,
  "a word for two megabytes": "x".repeat(2 ** 21),
  "braces without end": "{".repeat(2 ** 20) + "1,".repeat(2 ** 19),
  "arrays without end": "a={1},".repeat(2 ** 18),
  "comments without end": "/*".repeat(2 ** 20),
  "quotes without end": "\"'".repeat(2 ** 20),
  "lines that go on": "#\\\n".repeat(2 ** 19),
  "brackets without end": "a[".repeat(2 ** 20),
  "commas without end": `char a[] = {${",".repeat(2 ** 20)}`,
};

test("text that takes care to be slow is refused as fast as any", async () => {
  const texts = Object.values(TRAPS).map((text) => Buffer.from(text, "latin1"));
  let next = 0;
  const { failures, counts } = await fuzzFiles(
    () => texts[next++] ?? texts[0] ?? Buffer.of(),
    texts.length,
    0,
  );
  // two megabytes of anything take longer than a small model: only the answers count here
  expect(failures.filter((failure) => !failure.includes(" ms of at most "))).toEqual([]);
  expect(counts).toEqual(new Map([["MODEL_FORMAT", texts.length]]));
});
