/** An answer in pieces: how long the whole may be, and what no piece of it can be. */
import { expect, test } from "vitest";
import { encodeFrame, WIRE_MAX } from "../../../host/lines/frame.ts";
import { AnswerPieces } from "../../../host/runtime/answer-pieces.ts";
import { payloadOf } from "../../../host/runtime/requests.ts";

const piece = (whole: number, from: number, bytes: Uint8Array): Uint8Array =>
  payloadOf(
    [
      [2, whole],
      [2, from],
    ],
    bytes,
  );

test("the longest frame: head, payload and checksum, a byte for each 254 begun, two zeros", () => {
  const bytes = 6 + 1024 + 4;
  expect(WIRE_MAX).toBe(bytes + Math.ceil(bytes / 254) + 2);
  const payload = new Uint8Array(1024).fill(7);
  const frame = { type: 0x7f, status: 1, session: 0x101, sequence: 0x101, payload };
  expect(encodeFrame(frame).length).toBeLessThanOrEqual(WIRE_MAX);
});

test("a whole that is longer is refused, and a piece beyond its end", () => {
  const take = (whole: number, from: number, bytes: number) =>
    new AnswerPieces().take(piece(whole, from, new Uint8Array(bytes).fill(1)), "here");
  expect(take(WIRE_MAX, 0, 10)).toBeNull();
  expect(() => take(WIRE_MAX + 1, 0, 10)).toThrow(/DEVICE_PROTOCOL: here: got 10 bytes at 0 of/);
  expect(() => take(9, 0, 10)).toThrow(/DEVICE_PROTOCOL/);
  expect(() => take(9, 0, 0)).toThrow(/DEVICE_PROTOCOL/);
  // of an earlier question
  expect(take(9, 3, 10)).toBeNull();
});
