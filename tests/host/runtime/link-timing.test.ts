/** When a link sends, waits and gives up: to the millisecond, on a line that the test scripts. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { encodeFrame } from "../../../host/lines/frame.ts";
import { PATIENCE_MS } from "../../../host/runtime/link.ts";
import { REQUEST } from "../../../host/runtime/requests.ts";
import {
  greeting,
  HELLO,
  hello,
  type Script,
  scripted,
  timesOf,
} from "../../support/scripted-line.ts";

const silent: Script = () => {};
const messageOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof TwentyWattError ? error.message : String(error);
  }
};

/** Times of sending: after 250 ms, then 1.4 times as long each time, at most 2 s, until patience is over. */
function schedule(patienceMs: number, onLineMs = 0): number[] {
  const times = [0];
  let wait = 250 + onLineMs;
  for (let at = wait; at < patienceMs; at += wait) {
    times.push(at);
    wait = Math.min(1.4 * wait, 2000 + onLineMs, patienceMs - at);
  }
  return times;
}

const near = (times: readonly number[]): unknown[] => times.map((ms) => expect.closeTo(ms, 3));

describe("an answer that does not come", () => {
  test("is asked for in longer and longer times, six seconds long for HELLO", async () => {
    const setup = scripted(silent);
    expect(await messageOf(setup.time.run(setup.link.hello()))).toMatch(
      /^DEVICE_TIMEOUT: board:script: got no answer to HELLO in 6 s, expected an answer/,
    );
    expect(timesOf(setup, REQUEST.HELLO)).toEqual(near(schedule(6000)));
    expect(setup.line.nowMs).toBeCloseTo(6000, 3);
    expect(setup.link.counts()).toEqual({
      ...{ requests: 1, resends: schedule(6000).length, reconnects: 0, badFrames: 0 },
    });
  });

  test.each([
    [undefined, 10_000],
    [PATIENCE_MS.usual, 10_000],
    [PATIENCE_MS.long, 60_000],
    [251, 251],
    [249, 250],
    // never less than a millisecond
    [250.5, 251],
  ])("with a patience of %s ms", async (patience, endsAfterMs) => {
    const setup = scripted(greeting());
    const asked = setup.link.request("STEP", new Uint8Array(3), patience);
    expect(await messageOf(setup.time.run(asked))).toMatch(/^DEVICE_TIMEOUT.*no answer to STEP in/);
    expect(timesOf(setup, REQUEST.STEP)).toEqual(near(schedule(patience ?? 10_000)));
    expect(setup.line.nowMs).toBeCloseTo(endsAfterMs, 3);
  });

  test("a slow line has time to carry both ways: 1100 bytes back at the most", async () => {
    const setup = scripted(greeting());
    setup.line.bytesPerSecond = 960;
    const payload = new Uint8Array(500).fill(1);
    expect(await messageOf(setup.time.run(setup.link.request("WRITE", payload, 30_000)))).toMatch(
      /^DEVICE_TIMEOUT/,
    );
    const { wireBytes } = setup.line.sent.at(-1) ?? { wireBytes: 0 };
    expect(wireBytes).toBeGreaterThan(510);
    const onLineMs = (1000 * (wireBytes + 1100)) / 960;
    expect(timesOf(setup, REQUEST.WRITE)).toEqual(near(schedule(30_000, onLineMs)));
  });

  test("and then comes: the link is awake at once", async () => {
    const setup = scripted(
      greeting((sent, line) => void setup.time.after(100, () => line.answer(sent))),
    );
    await setup.time.run(setup.link.request("STATUS"));
    expect([setup.line.nowMs, setup.line.sent.length, setup.time.waiting]).toEqual([100, 2, 0]);
  });

  test("the next request opens another session", async () => {
    let numbers = 0;
    const setup = scripted(greeting(), { random: () => numbers++ / 0xffff });
    await messageOf(setup.time.run(setup.link.request("STATUS")));
    await messageOf(setup.time.run(setup.link.request("STATUS")));
    const sessions = setup.line.sent.map(({ frame }) => frame.session);
    expect([...new Set(sessions)]).toEqual([1, 2]);
    expect(setup.link.counts().requests).toBe(4);
  });
});

test("what is sent, byte by byte", async () => {
  const setup = scripted(
    greeting((sent, line) => line.answer(sent, Uint8Array.of(9))),
    { random: () => 0.25 },
  );
  const writes: Uint8Array[] = [];
  const { open } = setup.line;
  setup.line.open = async (events) => {
    const channel = await open(events);
    return {
      ...channel,
      write(bytes) {
        writes.push(bytes.slice());
        channel.write(bytes);
      },
    };
  };
  const payload = Uint8Array.of(1, 0, 2);
  expect(await setup.time.run(setup.link.request("STEP", payload))).toEqual(Uint8Array.of(9));
  await setup.time.run(setup.link.request("STATUS"));
  const session = 1 + Math.floor(0.25 * 0xffff);
  const frame = { status: 0, session, payload: new Uint8Array() };
  expect(writes).toEqual([
    encodeFrame({ ...frame, type: 0x01, sequence: 0, payload: Uint8Array.of(1, 0) }),
    encodeFrame({ ...frame, type: 0x20, sequence: 1, payload }),
    encodeFrame({ ...frame, type: 0x02, sequence: 2 }),
  ]);
  expect(setup.time.waiting).toBe(0);
});

test.each([
  [0, 1],
  [0.5, 32768],
  [0.99999, 65535],
  [1, 1],
])("the number of a session where chance says %f: %i", async (chance, session) => {
  const setup = scripted(greeting(), { random: () => chance });
  await setup.time.run(setup.link.hello());
  expect(setup.line.sent[0]?.frame.session).toBe(session);
});

describe("HELLO", () => {
  const SEQUENCE = { status: -6, payload: new Uint8Array() };
  test("where the number is that of the session that is open, another one, four times at most", async () => {
    let number = 0;
    const random = () => number++ / 10;
    const always = scripted((sent, line) => line.answer(sent, HELLO, SEQUENCE), { random });
    expect(await messageOf(always.time.run(always.link.hello()))).toMatch(
      /^DEVICE_BUSY: board:script: HELLO: got requests of somebody else/,
    );
    expect(new Set(always.line.sent.map(({ frame }) => frame.session)).size).toBe(4);
    const twice = scripted((sent, line, k) => line.answer(sent, HELLO, k > 3 ? {} : SEQUENCE), {
      random,
    });
    expect((await twice.time.run(twice.link.hello())).boot).toBe(77);
    expect(twice.line.sent).toHaveLength(4);
  });

  test("refused, or of another wire", async () => {
    const full = scripted((sent, line) => line.answer(sent, new Uint8Array(), { status: -4 }));
    expect(await messageOf(full.time.run(full.link.hello()))).toMatch(
      /^DEVICE_PROTOCOL: board:script: HELLO: got a request that the board does not take/,
    );
    const later = scripted((sent, line) => line.answer(sent, hello({ wire: 2 })));
    expect(await messageOf(later.time.run(later.link.hello()))).toMatch(
      /^DEVICE_PROTOCOL: .*wire: got version 2, expected version 1/,
    );
    expect(full.line.sent).toHaveLength(1);
  });

  test("is said again where the board lost the session, and again where it was refused then", async () => {
    let lost = true;
    const setup = scripted((sent, line, count) => {
      if (sent.frame.type !== REQUEST.HELLO) {
        line.answer(sent, Uint8Array.of(0, 0), { status: lost ? -5 : 0 });
      } else line.answer(sent, HELLO, count === 3 ? { status: -4, payload: new Uint8Array() } : {});
    });
    expect(await messageOf(setup.time.run(setup.link.request("STATUS")))).toMatch(
      /^DEVICE_PROTOCOL: board:script: HELLO/,
    );
    lost = false;
    await setup.time.run(setup.link.request("STATUS"));
    const types = setup.line.sent.map(({ frame }) => frame.type);
    expect(types).toEqual([REQUEST.HELLO, 2, REQUEST.HELLO, REQUEST.HELLO, 2]);
  });

  test("is said once, and kept", async () => {
    const setup = scripted(greeting((sent, line) => line.answer(sent)));
    await setup.time.run(setup.link.hello());
    expect((await setup.time.run(setup.link.hello())).boot).toBe(77);
    await setup.time.run(setup.link.request("STATUS"));
    expect(timesOf(setup, REQUEST.HELLO)).toHaveLength(1);
  });
});

test("only an answer to this very request counts: its kind, too", async () => {
  const setup = scripted(
    greeting((sent, line) => {
      const { type, session, sequence } = sent.frame;
      line.answer(sent, Uint8Array.of(1), { type });
      line.answer(sent, Uint8Array.of(2), { type: type | 0x81 });
      line.answer(sent, Uint8Array.of(3), { session: session + 1 });
      line.answer(sent, Uint8Array.of(4), { sequence: sequence - 1 });
      line.answer(sent, Uint8Array.of(5));
      line.answer(sent, Uint8Array.of(6), { type: type | 0x81 });
    }),
  );
  // types whose answers differ from what the others say
  expect(await setup.time.run(setup.link.request("STATUS"))).toEqual(Uint8Array.of(5));
  expect(await setup.time.run(setup.link.request("READ"))).toEqual(Uint8Array.of(5));
});
