/** Copies of a HELLO that arrive when its session was given up: whose session is open then, and what was done. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { REQUEST } from "../../../host/runtime/requests.ts";
import { openSession, SessionNumbers } from "../../../host/runtime/session-numbers.ts";
import { greeting, hello, type Sent, scripted } from "../../support/scripted-line.ts";

const SESSION = -5;

const messageOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof TwentyWattError ? error.message : String(error);
  }
};

describe("on a line that the test scripts", () => {
  let numbers = 0;
  /** A board that has another session open whenever it is asked for STATUS. */
  const taken = (open: (own: readonly number[], sent: Sent) => number, hellos = [hello()]) => {
    const own: number[] = [];
    let said = 0;
    const setup = scripted(
      (sent, line) => {
        if (sent.frame.type === REQUEST.HELLO) {
          own.push(sent.frame.session);
          line.answer(sent, hellos[Math.min(said++, hellos.length - 1)]);
          return;
        }
        const number = open(own, sent);
        if (number === sent.frame.session) line.answer(sent, Uint8Array.of(1));
        else line.answer(sent, Uint8Array.of(number & 0xff, number >> 8), { status: SESSION });
      },
      { random: () => (numbers++ % 60_000) / 0xffff },
    );
    return { ...setup, own };
  };

  test("an own one that was given up: asked again, eight times at most", async () => {
    const always = taken((own) => own[0] ?? 0);
    await always.time.run(always.link.hello());
    // the session that is open is no other one: the first request of the second session is refused, too
    always.line.script = ((script) => (sent, line, count) => {
      if (sent.frame.type === REQUEST.STATUS) {
        const first = always.own[0] ?? 0;
        line.answer(sent, Uint8Array.of(first & 0xff, first >> 8), { status: SESSION });
      } else script(sent, line, count);
    })(always.line.script);
    expect(await messageOf(always.time.run(always.link.request("STATUS")))).toMatch(
      /^DEVICE_TIMEOUT: board:script: got an old HELLO that came after STATUS, which may be done or not/,
    );
    const asked = always.line.sent.filter(({ frame }) => frame.type === REQUEST.STATUS);
    expect(asked.map(({ frame }) => frame.sequence)).toEqual(new Array(8).fill(1));
    expect(new Set(asked.map(({ frame }) => frame.session)).size).toBe(8);
    expect(always.line.nowMs).toBe(0);
  });

  test("an own one, after the request was sent twice: whether it was done is not known", async () => {
    let sends = 0;
    const setup = scripted(
      greeting((sent, line) => {
        const { session } = sent.frame;
        if (++sends < 2) return;
        line.answer(sent, Uint8Array.of(session & 0xff, session >> 8), { status: SESSION });
      }),
    );
    expect(await messageOf(setup.time.run(setup.link.request("STEP")))).toMatch(
      /^DEVICE_TIMEOUT: board:script: got an old HELLO that came after STEP/,
    );
    expect(sends).toBe(2);
  });

  test.each([
    ["somebody else's", 61_000],
    ["one that differs in its high byte", 0x100],
  ])("%s: DEVICE_BUSY, and nothing is asked again", async (_, by) => {
    const { time, link, line } = taken((own) => ((own[0] ?? 0) + by) & 0xffff);
    expect(await messageOf(time.run(link.request("STATUS")))).toMatch(
      /^DEVICE_BUSY: board:script: STATUS: got requests of somebody else|^DEVICE_BUSY: .*another program/,
    );
    expect(line.sent.map(({ frame }) => frame.type)).toEqual([1, REQUEST.STATUS, 1]);
  });

  test("none, or an own one of a board with another boot: it restarted", async () => {
    const none = taken(() => 0);
    expect(await messageOf(none.time.run(none.link.request("STATUS")))).toMatch(
      /^DEVICE_RESTARTED: board:script: got a restart during STATUS/,
    );
    const boots = [hello(), hello({ boot: 78 })];
    const other = taken((own) => own[0] ?? 0, boots);
    other.line.script = ((script) => (sent, line, count) => {
      const { session } = sent.frame;
      if (sent.frame.type === REQUEST.HELLO) script(sent, line, count);
      else line.answer(sent, Uint8Array.of(session & 0xff, session >> 8), { status: SESSION });
    })(other.line.script);
    expect(await messageOf(other.time.run(other.link.request("STATUS")))).toMatch(
      /^DEVICE_RESTARTED: board:script: got a restart during STATUS/,
    );
  });

  test("a refusal that does not say: somebody else's", async () => {
    const setup = scripted(
      greeting((sent, line) => line.answer(sent, new Uint8Array(), { status: SESSION })),
    );
    expect(await messageOf(setup.time.run(setup.link.request("STATUS")))).toMatch(/^DEVICE_BUSY/);
  });
});

describe("numbers", () => {
  test("the last 32 are remembered", () => {
    let k = 0;
    const numbers = new SessionNumbers(() => k++ / 0xffff);
    expect(numbers.isOwn(1)).toBe(false);
    const given = Array.from({ length: 33 }, () => numbers.next());
    expect(given).toEqual(Array.from({ length: 33 }, (_, n) => n + 1));
    expect(given.filter((number) => numbers.isOwn(number))).toEqual(given.slice(1));
    expect(numbers.isOwn(null)).toBe(false);
  });

  test("of a refusal", () => {
    expect(openSession(Uint8Array.of(9, 2, 1).subarray(1))).toBe(0x102);
    expect(openSession(Uint8Array.of(0, 0))).toBe(0);
    expect(openSession(Uint8Array.of(1))).toBeNull();
    expect(openSession(Uint8Array.of(1, 0, 0))).toBeNull();
  });
});

describe("what a new session keeps", () => {
  /** Two sessions: STATUS is not answered in the first. */
  async function reopened(first: Uint8Array, second: Uint8Array) {
    const setup = scripted((sent, line, count) => {
      if (sent.frame.type === REQUEST.HELLO) line.answer(sent, count === 1 ? first : second);
      else if (sent.frame.type === REQUEST.MODEL) line.answer(sent, Uint8Array.of(1));
    });
    await setup.time.run(setup.link.hello());
    setup.link.rooms.request.shrink(64);
    const before = setup.link.rooms;
    await setup.time.run(messageOf(setup.link.request("STATUS")));
    await setup.time.run(messageOf(setup.link.request("MODEL")));
    return { before, after: setup.link.rooms };
  }

  test("how long its frames are, where the board takes as much as before", async () => {
    const { before, after } = await reopened(hello(), hello());
    expect(after).toBe(before);
    expect(after.request.bytes).toBe(32);
  });

  test("and not where it takes more or less", async () => {
    const { after } = await reopened(hello(), hello({ most: 512 }));
    expect([after.request.bytes, after.answer.bytes]).toEqual([512, 512]);
  });
});

test("a signal ends what is waited for, and closes the link", async () => {
  const stop = new AbortController();
  const setup = scripted(greeting(), { signal: stop.signal });
  await setup.time.run(setup.link.hello());
  const pending = messageOf(setup.link.request("STATUS"));
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  expect(await pending).toMatch(/^INTERRUPTED: board:script: got a signal while it was waited for/);
  expect([setup.link.isClosed, setup.line.closes, setup.time.waiting]).toEqual([true, 1, 0]);
});
