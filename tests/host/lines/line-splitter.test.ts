/** Lines of text in what comes: cut anywhere, damaged, without an end. */
import { expect, test } from "vitest";
import { LineSplitter, MAX_LINE_BYTES } from "../../../host/lines/line-splitter.ts";
import { mulberry32 } from "../../../host/model/random.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("cut anywhere, the lines are the same", () => {
  const random = mulberry32(4);
  for (let trial = 0; trial < 300; trial++) {
    const lines = Array.from({ length: 20 }, () => "é1,2;x".repeat(Math.floor(random() * 5)));
    const all = bytes(lines.map((line) => `${line}${random() < 0.5 ? "\r" : ""}\n`).join(""));
    const splitter = new LineSplitter();
    const got: (string | null)[] = [];
    for (let k = 0; k < all.length; ) {
      const n = 1 + Math.floor(random() * 9);
      got.push(...splitter.push(all.subarray(k, k + n)));
      k += n;
    }
    expect(got).toEqual(lines);
  }
});

test("10 MB without a newline are one dropped line, in the memory of one", () => {
  const splitter = new LineSplitter();
  const chunk = new Uint8Array(65_536).fill(0x41);
  let dropped = 0;
  for (let k = 0; k < 160; k++) dropped += splitter.push(chunk).length;
  expect(dropped).toBe(1);
  expect(splitter.push(bytes("rest\n1,2\n"))).toEqual(["1,2"]);
  expect(splitter.dropped).toBe(1);
});

test("the longest line fits, a byte more does not", () => {
  const splitter = new LineSplitter();
  const line = "x".repeat(MAX_LINE_BYTES);
  expect(splitter.push(bytes(`${line}\n`))).toEqual([line]);
  expect(splitter.mostBytes).toBe(MAX_LINE_BYTES + 1);
  expect(splitter.push(bytes(`${line}x\n1\n`))).toEqual([null, "1"]);
});

test("what is no text is dropped; a torn start is not delivered", () => {
  const splitter = new LineSplitter("torn");
  expect(splitter.push(bytes("34,5\n1,2\n"))).toEqual(["1,2"]);
  expect(splitter.push(Uint8Array.of(0xff, 0xfe, 0x0a))).toEqual([null]);
});
