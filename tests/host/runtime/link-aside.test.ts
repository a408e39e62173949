/**
 * A request that nobody answers, asked for beside it in small frames: what is sent, when, and what is made of the answers;
 * to the millisecond, on a line that the test scripts. A board that knows PART is asked after every third send.
 */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { encodeFrame, type Frame, RESPONSE } from "../../../host/lines/frame.ts";
import { payloadOf, REQUEST } from "../../../host/runtime/requests.ts";
import {
  greeting,
  hello,
  type Script,
  type ScriptedLine,
  type Sent,
  type Setup,
  scripted,
  timesOf,
} from "../../support/scripted-line.ts";

const SMALL_FRAMES = hello({ features: 1 });
const SEQUENCE = -6;
const EMPTY = -7;
/** When a request is sent three times, and the line is asked aside after the third. */
const SENDS = [0, 250, 600];
const ASIDE = 1090;

type By = Readonly<Partial<Record<keyof typeof REQUEST, Script>>>;

/** A board that knows PART, silent but for what the test scripts. */
function board(by: By, words = SMALL_FRAMES): Setup {
  return scripted(
    greeting((sent, line, count) => {
      const found = Object.entries(by).find(
        ([name]) => REQUEST[name as "PART"] === sent.frame.type,
      );
      found?.[1](sent, line, count);
    }, words),
  );
}

const refuses =
  (status: number): Script =>
  (sent, line) =>
    line.answer(sent, new Uint8Array(), { status });

const near = (times: readonly number[]): unknown[] => times.map((ms) => expect.closeTo(ms, 3));

const messageOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof TwentyWattError ? error.message : String(error);
  }
};

function firstOf({ line }: Setup, name: keyof typeof REQUEST): Frame {
  const found = line.sent.find(({ frame }) => frame.type === REQUEST[name]);
  if (!found) throw new Error(`no ${name} was sent`);
  return found.frame;
}

/** Of a question PART: where the piece begins, and how long it may be. */
function fieldsOf({ frame: { payload } }: Sent): readonly [from: number, most: number] {
  expect(payload.length).toBe(4);
  const view = new DataView(payload.buffer, payload.byteOffset);
  return [view.getUint16(0, true), view.getUint16(2, true)];
}

const asked = ({ line }: Setup) =>
  line.sent.filter(({ frame }) => frame.type === REQUEST.PART).map(fieldsOf);

/** The answer to a request, as a board keeps it. */
const keptOf = ({ frame }: Sent, payload: Uint8Array, status = 0): Uint8Array =>
  encodeFrame({ ...frame, type: frame.type | RESPONSE, status, payload });

/** A piece of it, as PART asks for, or shorter. */
function piece(sent: Sent, line: ScriptedLine, kept: Uint8Array, longest = kept.length): void {
  const [from, most] = [fieldsOf(sent)[0], Math.min(fieldsOf(sent)[1], longest)];
  const head = payloadOf(
    [
      [2, kept.length],
      [2, from],
    ],
    kept.subarray(from, from + most),
  );
  line.answer(sent, head);
}

const NONE = new Uint8Array();
const BYTES = Uint8Array.from({ length: 300 }, (_, k) => 1 + (k % 250));

describe("when", () => {
  test("after the third send, in the session and with the number of the request", async () => {
    const setup = board({ PART: refuses(SEQUENCE) });
    const work = messageOf(setup.link.request("STATUS", new Uint8Array(), 1500));
    expect(await setup.time.run(work)).toMatch(/^DEVICE_TIMEOUT/);
    expect(timesOf(setup, REQUEST.PART)).toEqual(near([ASIDE]));
    const { session, sequence } = firstOf(setup, "STATUS");
    expect(firstOf(setup, "PART")).toMatchObject({ session, sequence, status: 0 });
    expect(asked(setup)).toEqual([[0, 1020]]);
  });

  test("again after three more; where it is answered, the request is sent again at once and soon", async () => {
    const setup = board({ PART: refuses(SEQUENCE) });
    const work = messageOf(setup.link.request("STATUS", new Uint8Array(), 4000));
    expect(await setup.time.run(work)).toMatch(/no answer to STATUS in 4 s/);
    // 1.4 · 250 ms after the first, and from there as ever
    const [w1, w2, w3] = [350, 490, 686];
    const again = ASIDE + w1 + w2 + w3;
    const times = [
      ...SENDS,
      ASIDE,
      ASIDE + w1,
      ASIDE + w1 + w2,
      again,
      again + w1,
      again + w1 + w2,
    ];
    expect(timesOf(setup, REQUEST.STATUS)).toEqual(near(times));
    expect(timesOf(setup, REQUEST.PART)).toEqual(near([ASIDE, again]));
  });

  test("silence aside, too: four questions a quarter of a second apart, for less and less, and time goes on", async () => {
    const setup = board({});
    const work = messageOf(setup.link.request("STATUS", new Uint8Array(), 3000));
    expect(await setup.time.run(work)).toMatch(/no answer to STATUS in 3 s/);
    expect(asked(setup)).toEqual([
      [0, 1020],
      [0, 508],
      [0, 252],
      [0, 124],
    ]);
    expect(timesOf(setup, REQUEST.PART)).toEqual(near([0, 1, 2, 3].map((k) => ASIDE + 250 * k)));
    // then the wait that was due: 1.4 times the one before
    expect(timesOf(setup, REQUEST.STATUS)).toEqual(near([...SENDS, 2090, 2776]));
    expect(setup.line.nowMs).toBeCloseTo(3000, 3);
    expect(setup.link.rooms.answer.bytes).toBe(64);
    expect(setup.link.rooms.request.bytes).toBe(1024);
  });

  test("patience may end on the way: the time aside counts", async () => {
    const setup = board({});
    const work = messageOf(setup.link.request("STATUS", new Uint8Array(), 1700));
    expect(await setup.time.run(work)).toMatch(/no answer to STATUS in 2.1 s/);
    expect(timesOf(setup, REQUEST.STATUS)).toEqual(near(SENDS));
    expect(setup.line.nowMs).toBeCloseTo(ASIDE + 1000, 3);
  });

  test("at its very end: given up", async () => {
    const setup = board({});
    await setup.time.run(messageOf(setup.link.request("STATUS", new Uint8Array(), ASIDE + 1000)));
    expect(timesOf(setup, REQUEST.STATUS)).toEqual(near(SENDS));
  });

  test("never for a firmware that does not know PART", async () => {
    const setup = board({ PART: refuses(SEQUENCE) }, hello());
    await setup.time.run(messageOf(setup.link.request("STATUS")));
    expect(asked(setup)).toEqual([]);
  });

  test("never for HELLO, though the board is known", async () => {
    const setup = board({ STATUS: (sent, line) => line.answer(sent) });
    await setup.time.run(setup.link.request("STATUS"));
    setup.line.script = (sent, line) => {
      if (sent.frame.type === REQUEST.STATUS)
        line.answer(sent, Uint8Array.of(3, 3), { status: -5 });
    };
    const message = messageOf(setup.link.request("STATUS"));
    expect(await setup.time.run(message)).toMatch(/no answer to HELLO in 6 s/);
    expect(timesOf(setup, REQUEST.HELLO).length).toBeGreaterThan(4);
    expect(asked(setup)).toEqual([]);
  });
});

describe("a request that did not arrive", () => {
  test.each([
    [400, 200],
    [17, 16],
    [1024, 512],
  ])("of %i bytes: the next is of %i at most", async (bytes, room) => {
    const setup = board({ PART: refuses(SEQUENCE) });
    const work = messageOf(setup.link.request("WRITE", new Uint8Array(bytes), 1500));
    await setup.time.run(work);
    expect(setup.link.rooms.request.bytes).toBe(room);
    expect(setup.link.rooms.answer.bytes).toBe(1024);
    expect(timesOf(setup, REQUEST.READ)).toEqual([]);
  });

  test("of 16 bytes: nothing is left to divide", async () => {
    const setup = board({ PART: refuses(SEQUENCE) });
    const work = setup.link.offer("WRITE", new Uint8Array(16), 1500);
    expect(await setup.time.run(messageOf(work))).toMatch(/^DEVICE_TIMEOUT/);
    expect(setup.link.rooms.request.bytes).toBe(1024);
    expect(timesOf(setup, REQUEST.READ)).toEqual([]);
  });

  test("and can be divided: its number is taken by a READ of nothing, and nothing was done", async () => {
    const setup = board({
      PART: refuses(SEQUENCE),
      READ: refuses(EMPTY),
      STATUS: (sent, line) => line.answer(sent, BYTES),
    });
    expect(await setup.time.run(setup.link.offer("WRITE", new Uint8Array(100)))).toBeNull();
    expect(timesOf(setup, REQUEST.WRITE)).toEqual(near(SENDS));
    const { session, sequence } = firstOf(setup, "WRITE");
    expect(firstOf(setup, "READ")).toMatchObject({ session, sequence, payload: new Uint8Array(6) });
    expect(setup.link.rooms.request.bytes).toBe(50);
    expect(setup.line.nowMs).toBeCloseTo(ASIDE, 3);
    // the next request has the next number
    expect(await setup.time.run(setup.link.request("STATUS"))).toEqual(BYTES);
    expect(setup.line.sent.at(-1)?.frame.sequence).toBe(sequence + 1);
  });

  test("and nobody answers the READ: sent again, four times a quarter of a second later", async () => {
    const setup = board({ PART: refuses(SEQUENCE) });
    const work = messageOf(setup.link.offer("WRITE", new Uint8Array(100), 3000));
    expect(await setup.time.run(work)).toMatch(/^DEVICE_TIMEOUT/);
    expect(timesOf(setup, REQUEST.READ)).toEqual(near([0, 1, 2, 3].map((k) => ASIDE + 250 * k)));
    expect(timesOf(setup, REQUEST.WRITE).slice(0, 4)).toEqual(near([...SENDS, ASIDE + 1000]));
  });

  test("and comes through while its number is taken: its answer, and no more is sent", async () => {
    let write: Sent | undefined;
    const setup = board({
      PART: refuses(SEQUENCE),
      WRITE: (sent) => (write = sent),
      READ: (_, line) => void setup.time.after(30, () => write && line.answer(write, BYTES)),
    });
    const work = setup.link.offer("WRITE", new Uint8Array(100));
    expect(await setup.time.run(work)).toEqual(BYTES);
    expect(setup.line.nowMs).toBeCloseTo(ASIDE + 30, 3);
    expect(timesOf(setup, REQUEST.WRITE)).toEqual(near(SENDS));
    expect(setup.time.waiting).toBe(0);
  });
});

describe("a request that arrived: its answer in pieces", () => {
  /** What a board keeps of the last request that is no PART. */
  const keeping = (
    pieces: (kept: Uint8Array, sent: Sent, line: ScriptedLine) => void,
    status = 0,
  ) => {
    let kept = new Uint8Array();
    return board({
      STATUS: (sent) => (kept = new Uint8Array(keptOf(sent, status < 0 ? NONE : BYTES, status))),
      PART: (sent, line) => pieces(kept, sent, line),
    });
  };

  test("at once where one is enough", async () => {
    const setup = keeping((kept, sent, line) => piece(sent, line, kept));
    expect(await setup.time.run(setup.link.request("STATUS"))).toEqual(BYTES);
    expect(asked(setup)).toEqual([[0, 1020]]);
    expect(timesOf(setup, REQUEST.STATUS)).toEqual(near(SENDS));
    expect(setup.line.nowMs).toBeCloseTo(ASIDE, 3);
    expect(setup.link.counts()).toMatchObject({ requests: 2, resends: 3 });
  });

  test("of the length that comes through", async () => {
    const setup = keeping((kept, sent, line) => {
      if (fieldsOf(sent)[1] < 200) piece(sent, line, kept);
    });
    expect(await setup.time.run(setup.link.request("STATUS"))).toEqual(BYTES);
    // 300 bytes and what a frame adds, from the first piece of 124 on
    expect(asked(setup)).toEqual([
      [0, 1020],
      [0, 508],
      [0, 252],
      [0, 124],
      [124, 124],
      [248, 124],
    ]);
    expect(setup.link.rooms.answer.bytes).toBe(128);
    expect(setup.line.nowMs).toBeCloseTo(ASIDE + 750, 3);
  });

  test("a refusal is an answer, too", async () => {
    const setup = keeping((kept, sent, line) => piece(sent, line, kept), EMPTY);
    const message = await setup.time.run(messageOf(setup.link.request("STATUS")));
    expect(message).toMatch(/^DEVICE_PROTOCOL: board:script: STATUS: got no module/);
  });

  test("some of it, then silence: it arrived, and the request is not made smaller", async () => {
    let kept = new Uint8Array();
    const setup = board({
      WRITE: (sent) => (kept = new Uint8Array(keptOf(sent, BYTES))),
      PART: (sent, line) => {
        const [from, most] = fieldsOf(sent);
        if (from === 0) piece(sent, line, kept, Math.min(most, 100));
      },
    });
    const work = setup.link.offer("WRITE", new Uint8Array(100), 3000);
    expect(await setup.time.run(messageOf(work))).toMatch(/^DEVICE_TIMEOUT/);
    expect(setup.link.rooms.request.bytes).toBe(1024);
    // four silent ones after the piece; the request at once then, and 350 ms later, since it is not busy
    expect(
      asked(setup)
        .slice(0, 5)
        .map(([from]) => from),
    ).toEqual([0, 100, 100, 100, 100]);
    const after = ASIDE + 1000;
    expect(timesOf(setup, REQUEST.WRITE)).toEqual(
      near([...SENDS, after, after + 350, after + 840]),
    );
    expect(timesOf(setup, REQUEST.READ)).toEqual([]);
  });
});

describe("while it is asked aside", () => {
  test("the answer itself comes: it counts, at once, and both ways are made smaller", async () => {
    let status: Sent | undefined;
    const setup = board({
      WRITE: (sent) => (status = sent),
      PART: (_, line) => void setup.time.after(40, () => status && line.answer(status, BYTES)),
    });
    const work = setup.link.request("WRITE", new Uint8Array(200));
    expect(await setup.time.run(work)).toEqual(BYTES);
    expect(setup.line.nowMs).toBeCloseTo(ASIDE + 40, 3);
    expect(timesOf(setup, REQUEST.WRITE)).toEqual(near(SENDS));
    expect(asked(setup)).toHaveLength(1);
    expect(setup.link.rooms.request.bytes).toBe(100);
    expect(setup.link.rooms.answer.bytes).toBe(150);
    expect(setup.time.waiting).toBe(0);
  });

  test("the line goes away: no more questions, and the request on the new one", async () => {
    const setup = board({ PART: (_, line) => line.drop() });
    const work = messageOf(setup.link.request("STATUS", new Uint8Array(), 1500));
    await setup.time.run(work);
    expect(asked(setup)).toHaveLength(1);
    expect(setup.line.opensMs).toEqual([0, expect.closeTo(ASIDE, 3)]);
    expect(timesOf(setup, REQUEST.STATUS)).toEqual(near([...SENDS, ASIDE]));
  });

  test("an answer to another question does not count", async () => {
    const setup = board({
      PART: (sent, line) => {
        line.answer(sent, new Uint8Array(), { status: SEQUENCE, sequence: 99 });
        line.answer(sent, new Uint8Array(), { status: SEQUENCE, type: REQUEST.READ | RESPONSE });
      },
    });
    await setup.time.run(messageOf(setup.link.request("WRITE", new Uint8Array(200), 3000)));
    expect(asked(setup).slice(0, 4)).toHaveLength(4);
    expect(setup.link.rooms.request.bytes).toBe(1024);
  });

  test("one that comes late is none to the next question", async () => {
    const setup = board({
      PART: (sent, line) =>
        void setup.time.after(400, () => line.answer(sent, BYTES, { status: SEQUENCE })),
    });
    await setup.time.run(messageOf(setup.link.request("STATUS", new Uint8Array(), 1800)));
    // the same question: the answer to the first is one to the second, 150 ms after that was sent
    expect(timesOf(setup, REQUEST.PART)).toEqual(near([ASIDE, ASIDE + 250]));
    expect(timesOf(setup, REQUEST.STATUS)[3]).toBeCloseTo(ASIDE + 400, 3);
  });
});

describe("how many sends an answer took makes frames smaller", () => {
  test.each([
    [1, 1024, 1024],
    [2, 1024, 1024],
    [3, 100, 150],
  ])("the answer to send %i: requests of %i, answers of %i", async (send, request, answer) => {
    let sends = 0;
    const setup = board({
      WRITE: (sent, line) => {
        if (++sends === send) line.answer(sent, BYTES);
      },
    });
    await setup.time.run(setup.link.request("WRITE", new Uint8Array(200)));
    const { rooms } = setup.link;
    expect([rooms.request.bytes, rooms.answer.bytes]).toEqual([request, answer]);
  });

  test("32 that pass at once make them larger again, of both ways alone", async () => {
    const setup = board({ WRITE: (sent, line) => line.answer(sent, BYTES.subarray(0, 10)) });
    await setup.time.run(setup.link.hello());
    const { rooms } = setup.link;
    rooms.request.shrink(256);
    rooms.answer.shrink(256);
    const many = async (requests: number) => {
      for (let k = 0; k < requests; k++) await setup.link.request("WRITE", new Uint8Array(100));
    };
    await setup.time.run(many(31));
    expect([rooms.request.bytes, rooms.answer.bytes]).toEqual([128, 128]);
    await setup.time.run(many(1));
    expect([rooms.request.bytes, rooms.answer.bytes]).toEqual([256, 128]);
  });
});
