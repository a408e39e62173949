/** The model of a board refuses what the firmware refuses: firmware/core/tw_answer.c and what it calls. */
import { expect, test } from "vitest";
import { encodeFrame, type Frame, FrameReceiver } from "../../../host/lines/frame.ts";
import { REQUEST } from "../../../host/runtime/requests.ts";
import { DeviceModel } from "../../support/device-model.ts";
import { FakeTime } from "../../support/fake-time.ts";

const OK = 0;
const FRAME = -4;
const SESSION = -5;
const EMPTY = -7;

/** A board whose session 7 is open, and how it answers. */
function board() {
  const time = new FakeTime();
  const device = new DeviceModel(time);
  const heard: Frame[] = [];
  const receiver = new FrameReceiver(time, { frame: (f) => heard.push(f), text: () => {} });
  device.send = (bytes) => receiver.push(bytes);
  const ask = (frame: Partial<Frame>): Frame => {
    const whole = { type: REQUEST.HELLO, status: 0, session: 7, sequence: 0 };
    device.receive(encodeFrame({ ...whole, payload: Uint8Array.of(1, 0), ...frame }));
    const answer = heard.pop();
    if (!answer) throw new Error("no answer");
    return answer;
  };
  expect(ask({}).status).toBe(OK);
  return { ask };
}

test.each([
  ["another version of the wire", { payload: Uint8Array.of(2, 0) }],
  ["the same in its low byte", { payload: Uint8Array.of(1, 1) }],
  ["no version", { payload: new Uint8Array() }],
  ["one byte", { payload: Uint8Array.of(1) }],
  ["three bytes", { payload: Uint8Array.of(1, 0, 0) }],
  ["session 0", { session: 0 }],
  ["a sequence of its own", { sequence: 1 }],
])("HELLO with %s: refused, and the session before stays open", (_, changes) => {
  const { ask } = board();
  expect(ask({ session: 8, ...changes }).status).toBe(FRAME);
  expect(ask({ type: REQUEST.STATUS, session: 8, sequence: 1 })).toMatchObject({
    ...{ status: SESSION, payload: Uint8Array.of(7, 0) },
  });
  expect(ask({ type: REQUEST.STATUS, sequence: 1, payload: new Uint8Array() }).status).toBe(OK);
});

test.each(["STATUS", "MODEL", "TRY", "ACTIVATE", "ABORT", "RESET"] as const)(
  "%s takes no payload",
  (name) => {
    const { ask } = board();
    const type = REQUEST[name];
    expect(ask({ type, sequence: 1, payload: Uint8Array.of(0) }).status).toBe(FRAME);
    // it did not restart either
    const [payload, sequence] = [new Uint8Array(), 2];
    expect(ask({ type: REQUEST.STATUS, sequence, payload }).status).toBe(OK);
  },
);

test.each(["READ", "RUN", "INIT", "STEP"] as const)("%s without a module", (name) => {
  expect(board().ask({ type: REQUEST[name], sequence: 1 }).status).toBe(EMPTY);
});

test.each([[[]], [[0, 0]], [[0, 0, 4, 0, 0]], [[0, 4, 4, 0]]])(
  "PART of %j: neither the whole of a question nor one that is answered",
  (bytes) => {
    const payload = Uint8Array.from(bytes);
    expect(board().ask({ type: REQUEST.PART, payload }).status).toBe(FRAME);
  },
);
