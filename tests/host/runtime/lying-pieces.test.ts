/** A board that lies in PART, where answers come in pieces: no questions without an end, and no answer of another request. */
import { expect, test } from "vitest";
import { encodeFrame, RESPONSE } from "../../../host/lines/frame.ts";
import { payloadOf, REQUEST } from "../../../host/runtime/requests.ts";
import {
  greeting,
  hello,
  type ScriptedLine,
  type Sent,
  scripted,
  timesOf,
} from "../../support/scripted-line.ts";

/** STATUS is never answered; PART is, as the test says. */
function asking(part: (sent: Sent, line: ScriptedLine) => Uint8Array) {
  const setup = scripted(
    greeting(
      (sent, line) => {
        // two thousand are no conversation any more
        if (line.sent.length > 2000) throw new Error("questions without an end");
        if (sent.frame.type === REQUEST.PART) line.answer(sent, part(sent, line));
      },
      hello({ features: 1 }),
    ),
  );
  const said = setup.link.request("STATUS", new Uint8Array(), 3000).then(
    () => "an answer",
    (error: Error) => error.message,
  );
  return { ...setup, said: setup.time.run(said) };
}

const pieceOf = (whole: number, from: number, bytes: readonly number[]): Uint8Array =>
  payloadOf(
    [
      [2, whole],
      [2, from],
    ],
    Uint8Array.from(bytes),
  );

test("pieces that are never the next one: given up with the request", async () => {
  for (const from of [1, 500, 0xffff]) {
    const setup = asking(() => pieceOf(900, from, [1, 2, 3]));
    expect(await setup.said).toMatch(/^DEVICE_TIMEOUT: board:script: got no answer to STATUS/);
    // four at a time
    expect(timesOf(setup, REQUEST.PART).length % 4).toBe(0);
  }
});

test("the first piece again and again, after it was taken", async () => {
  const setup = asking(() => pieceOf(900, 0, [1]));
  expect(await setup.said).toMatch(/^DEVICE_TIMEOUT/);
});

test("a byte at a time: as many questions as the longest frame has bytes, and an end", async () => {
  const setup = asking(({ frame }) => {
    const from = (frame.payload[0] ?? 0) | ((frame.payload[1] ?? 0) << 8);
    return pieceOf(0xffff, from, [1]);
  });
  expect(await setup.said).toMatch(
    /^DEVICE_PROTOCOL: board:script: PART: got 1 bytes at 0 of 65535/,
  );
});

test.each([
  ["another request", { type: REQUEST.MODEL | RESPONSE }],
  ["an earlier one", { sequence: 9 }],
  ["another session", { session: 9 }],
  ["nobody: a request itself", { type: REQUEST.STATUS }],
])("an answer to %s is none", async (_, changes) => {
  const setup = asking(({ frame }) => {
    const answer = { ...frame, type: REQUEST.STATUS | RESPONSE, payload: new Uint8Array(9) };
    const kept = encodeFrame({ ...answer, ...changes });
    return pieceOf(kept.length, 0, [...kept]);
  });
  expect(await setup.said).toMatch(/PART: got the answer to another request/);
});
