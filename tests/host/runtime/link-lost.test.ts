/** What a link does where its line goes away, or is closed: to the millisecond, on a line that the test scripts. */
import { describe, expect, test } from "vitest";
import { fail, TwentyWattError } from "../../../host/errors.ts";
import { encodeFrame } from "../../../host/lines/frame.ts";
import { REQUEST } from "../../../host/runtime/requests.ts";
import { greeting, HELLO, type Setup, scripted, timesOf } from "../../support/scripted-line.ts";

const messageOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof TwentyWattError ? error.message : String(error);
  }
};

describe("a line that goes away", () => {
  test("while an answer is waited for: it is asked for again at once", async () => {
    const gaps: number[] = [];
    const why: string[] = [];
    const setup = scripted(
      greeting((sent, line, count) => {
        if (count === 2) setup.time.after(100, () => line.drop("pulled"));
        else line.answer(sent, Uint8Array.of(5));
      }),
      { onFound: (ms) => gaps.push(ms), onLost: (reason) => why.push(reason) },
    );
    expect(await setup.time.run(setup.link.request("STATUS"))).toEqual(Uint8Array.of(5));
    expect(timesOf(setup, REQUEST.STATUS)).toEqual([0, 100]);
    expect([gaps, why, setup.link.counts().reconnects]).toEqual([[0], ["pulled"], 1]);
    expect(setup.link.counts().resends).toBe(1);
  });

  test("and is silent when it is back: asked for after a quarter of a second, as at first", async () => {
    const setup = scripted(
      greeting((sent, line, count) => {
        if (count === 2) setup.time.after(100, () => line.drop());
        if (count === 5) line.answer(sent);
      }),
    );
    await setup.time.run(setup.link.request("STATUS"));
    expect(timesOf(setup, REQUEST.STATUS)).toEqual([0, 100, 350, 700]);
  });

  test("again and again: a quarter of a second each, until patience is over", async () => {
    const setup = scripted(greeting((_, line) => line.drop()));
    expect(await messageOf(setup.time.run(setup.link.request("STATUS")))).toMatch(
      /^DEVICE_TIMEOUT.*no answer to STATUS in 10 s/,
    );
    // the first time at once
    const expected = Array.from({ length: 40 }, (_, k) => 250 * Math.max(0, k - 1));
    expect(timesOf(setup, REQUEST.STATUS)).toEqual(expected);
  });

  test("after a while each time: the while counts", async () => {
    const setup = scripted(greeting((_, line) => void setup.time.after(100, () => line.drop())));
    await messageOf(setup.time.run(setup.link.request("STATUS", new Uint8Array(), 1000)));
    // the first loss is tried again at once, the second after what is left of a quarter of a second
    expect(timesOf(setup, REQUEST.STATUS)).toEqual([0, 100, 350, 600]);
  });

  test("after longer than that each time: no pause at all", async () => {
    const setup = scripted(greeting((_, line) => void setup.time.after(300, () => line.drop())));
    setup.line.bytesPerSecond = 4400; // it waits for half a second at first
    await messageOf(setup.time.run(setup.link.request("STATUS", new Uint8Array(), 1000)));
    expect(timesOf(setup, REQUEST.STATUS)).toEqual([0, 300, 600, 900]);
  });

  const gone = () => {
    try {
      fail("IO", "board:script", "no such device", "a device");
    } catch (error) {
      return error;
    }
  };

  test("is looked for after 250 ms, twice as long each time, at most 5 s, a minute in all", async () => {
    const setup = scripted(greeting());
    await setup.time.run(setup.link.hello());
    setup.line.drop();
    setup.line.refusals = Array.from({ length: 100 }, gone);
    expect(await messageOf(setup.time.run(setup.link.request("STATUS")))).toMatch(
      /^DEVICE_TIMEOUT: board:script: got unplugged; not there again in 58 s: no such device/,
    );
    const times = [0, 250, 750, 1750, 3750, 7750];
    for (let at = 12_750; at <= 60_000; at += 5000) times.push(at);
    expect(setup.line.opensMs.slice(1)).toEqual(times);
    expect(setup.line.nowMs).toBe(57_750);
  });

  test("for as long as it was told, the end included", async () => {
    for (const [lostMs, attempts] of [
      [750, 3],
      [749, 2],
    ] as const) {
      const setup = scripted(greeting(), { lostMs });
      await setup.time.run(setup.link.hello());
      setup.line.drop();
      setup.line.refusals = Array.from({ length: 100 }, gone);
      await messageOf(setup.time.run(setup.link.request("STATUS")));
      expect(setup.line.opensMs).toHaveLength(1 + attempts);
    }
  });

  test("and is found: how long that took, and that time away is no time of silence", async () => {
    const gaps: number[] = [];
    const setup = scripted(
      greeting((sent, line) => line.answer(sent, Uint8Array.of(5))),
      { onFound: (ms) => gaps.push(ms) },
    );
    await setup.time.run(setup.link.hello());
    expect([setup.link.isOpen, gaps]).toEqual([true, []]);
    setup.line.drop();
    expect(setup.link.isOpen).toBe(false);
    setup.line.refusals = Array.from({ length: 7 }, gone);
    const asked = setup.link.request("STATUS", new Uint8Array(), 500);
    expect(await setup.time.run(asked)).toEqual(Uint8Array.of(5));
    expect(gaps).toEqual([17_750]);
  });

  test("and is looked for: said each time, with how long already", async () => {
    const searched: number[] = [];
    const setup = scripted(
      greeting((sent, line) => line.answer(sent)),
      { onSearching: (ms) => searched.push(ms) },
    );
    await setup.time.run(setup.link.hello());
    setup.line.drop();
    setup.line.refusals = Array.from({ length: 4 }, gone);
    const opened = setup.line.opensMs.length;
    await setup.time.run(setup.link.request("STATUS"));
    const tried = setup.line.opensMs.slice(opened);
    expect(searched).toEqual(tried.slice(0, -1));
    expect(searched).toHaveLength(4);
  });

  test("for another reason than that it is gone: raised at once", async () => {
    const setup = scripted(greeting());
    await setup.time.run(setup.link.hello());
    setup.line.drop();
    setup.line.refusals = [new Error("out of memory")];
    expect(await messageOf(setup.time.run(setup.link.request("STATUS")))).toBe(
      "Error: out of memory",
    );
    expect(setup.line.nowMs).toBe(0);
  });

  test("the first time: raised at once, whatever it is", async () => {
    const setup = scripted(greeting());
    setup.line.refusals = [gone()];
    expect(await messageOf(setup.time.run(setup.link.hello()))).toMatch(/^IO/);
    expect([setup.line.opensMs, setup.link.counts().reconnects]).toEqual([[0], 0]);
  });

  test("while it is opened", async () => {
    const why: string[] = [];
    const onLost = (reason: string) => void why.push(reason);
    const setup = scripted(greeting(), { onLost });
    const { open } = setup.line;
    let opened = 0;
    setup.line.open = async (events) => {
      const channel = await open(events);
      if (opened++ === 0) events.closed("at once");
      return channel;
    };
    expect(await messageOf(setup.time.run(setup.link.hello()))).toMatch(
      /^IO: board:script: got closed at once: at once, expected an open line/,
    );
    expect([why, setup.link.isOpen]).toEqual([["at once"], false]);
    expect((await setup.time.run(setup.link.hello())).boot).toBe(77);
  });

  test("what it says while it is being opened is heard", async () => {
    const texts: string[] = [];
    const setup = scripted(greeting(), { onText: (text) => texts.push(text) });
    const { open } = setup.line;
    setup.line.open = async (events) => {
      events.bytes(new TextEncoder().encode("boot"));
      return open(events);
    };
    await setup.time.run(setup.link.hello());
    expect(texts).toEqual(["boot"]);
  });

  test("what an old channel still says is not heard", async () => {
    const texts: string[] = [];
    const setup = scripted(
      greeting((sent, line) => line.answer(sent)),
      { onText: (text) => texts.push(text) },
    );
    await setup.time.run(setup.link.hello());
    const old = setup.line.events;
    setup.line.drop();
    await setup.time.run(setup.link.request("STATUS"));
    old?.bytes(new TextEncoder().encode("old"));
    old?.closed("again");
    expect([texts, setup.link.isOpen]).toEqual([[], true]);
    setup.line.say(new TextEncoder().encode("new"));
    expect(texts).toEqual(["new"]);
  });

  test("in the middle of a frame: half of it is no beginning of the next one", async () => {
    let half: Uint8Array | null = null;
    const setup = scripted(
      greeting((sent, line) => {
        const whole = encodeFrame({ ...sent.frame, type: 0x82, payload: Uint8Array.of(5) });
        if (half) line.say(whole);
        else {
          half = whole.subarray(0, 9);
          line.say(half);
          line.drop();
        }
      }),
    );
    expect(await setup.time.run(setup.link.request("STATUS"))).toEqual(Uint8Array.of(5));
    expect(setup.link.counts()).toMatchObject({ badFrames: 1, resends: 1 });
  });

  test("in the middle of a frame: what is printed afterwards is no part of it", async () => {
    const texts: string[] = [];
    const setup = scripted(
      greeting((sent, line, count) => {
        if (count === 2) {
          line.say(encodeFrame({ ...sent.frame, type: 0x82, payload: HELLO }).subarray(0, 9));
          line.drop();
        } else line.answer(sent);
      }),
      { onText: (text) => texts.push(text) },
    );
    const { open } = setup.line;
    let opened = 0;
    setup.line.open = async (events) => {
      if (opened++ > 0) events.bytes(new TextEncoder().encode("boot\n"));
      return open(events);
    };
    await setup.time.run(setup.link.request("STATUS"));
    expect(texts).toEqual(["boot\n"]);
  });
});

describe("a driver that does not say that its device is gone", () => {
  const asked = (present: boolean): Setup & { readonly why: string[] } => {
    const why: string[] = [];
    const setup = scripted(
      greeting((sent, line, count) => {
        if (count > 3) line.answer(sent, Uint8Array.of(5));
      }),
      { onLost: (reason) => why.push(reason) },
    );
    setup.line.present = async () => present;
    return { ...setup, why };
  };

  test("is asked when the board is silent, and opened again where it is not there", async () => {
    const setup = asked(false);
    expect(await setup.time.run(setup.link.request("STATUS"))).toEqual(Uint8Array.of(5));
    expect(setup.why).toEqual(["the device is gone", "the device is gone"]);
    expect([setup.line.closes, setup.line.opensMs]).toEqual([2, [0, 250, 600]]);
    expect(timesOf(setup, REQUEST.STATUS)).toEqual([0, 250, 600]);
  });

  test("and left as it is where it is there", async () => {
    const setup = asked(true);
    expect(await setup.time.run(setup.link.request("STATUS"))).toEqual(Uint8Array.of(5));
    expect([setup.why, setup.line.closes, setup.line.opensMs]).toEqual([[], 0, [0]]);
  });

  test("nor is another channel closed than the one that was silent", async () => {
    const setup = asked(true);
    setup.line.present = async () => {
      setup.line.drop("pulled");
      return false;
    };
    expect(await setup.time.run(setup.link.request("STATUS"))).toEqual(Uint8Array.of(5));
    expect(setup.why).toEqual(["pulled", "pulled"]);
    expect(setup.line.closes).toBe(0);
  });
});

describe("a link that is closed", () => {
  test("sends nothing more, and closes its channel", async () => {
    const setup = scripted(greeting());
    await setup.time.run(setup.link.hello());
    expect([setup.link.isClosed, setup.link.isOpen]).toEqual([false, true]);
    const pending = messageOf(setup.link.request("STATUS"));
    await new Promise((resolve) => setImmediate(resolve));
    await setup.link.close();
    expect(await pending).toMatch(/^DEVICE_TIMEOUT: board:script: got a line that was closed here/);
    expect([setup.link.isClosed, setup.link.isOpen]).toEqual([true, false]);
    expect([setup.line.closes, setup.line.sent.length, setup.time.waiting]).toEqual([1, 2, 0]);
    expect(await messageOf(setup.link.request("STATUS"))).toMatch(/closed here/);
    expect(setup.line.sent).toHaveLength(2);
    await setup.link.close();
    expect(setup.line.closes).toBe(1);
  });

  test("between two attempts on a line that comes and goes", async () => {
    const setup = scripted(
      greeting((_, line, count) => {
        line.drop();
        if (count === 4) setup.time.after(100, () => void setup.link.close());
      }),
    );
    expect(await messageOf(setup.time.run(setup.link.request("STATUS")))).toMatch(/closed here/);
    expect([setup.line.sent.length, setup.line.nowMs, setup.time.waiting]).toEqual([4, 350, 0]);
  });

  test("after its line came back once: without waiting for the next attempt", async () => {
    const setup = scripted(
      greeting((_, line, count) => {
        if (count === 2) line.drop();
        else setup.time.after(30, () => void setup.link.close());
      }),
    );
    expect(await messageOf(setup.time.run(setup.link.request("STATUS")))).toMatch(/closed here/);
    expect([setup.line.sent.length, setup.line.nowMs, setup.time.waiting]).toEqual([3, 30, 0]);
  });
});
