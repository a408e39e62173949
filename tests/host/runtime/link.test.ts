/** One session over a line that fails, against a board as firmware/README.md describes it; time is the test's own. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { encodeFrame } from "../../../host/lines/frame.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import {
  parseHello,
  parseLogs,
  parseModel,
  parseStatus,
  payloadOf,
} from "../../../host/runtime/requests.ts";
import { addend, addingModule, sumOf } from "../../support/adding-module.ts";
import { type DeviceLink, deviceLink, install } from "../../support/device-link.ts";
import { LATE } from "../../support/faulty-line.ts";
import { stream } from "../../support/streaming.ts";

const wasm = await addingModule();

const stepOf = (value: number): Uint8Array =>
  Uint8Array.from([
    ...payloadOf([
      [1, 0],
      [2, 1],
    ]),
    ...addend(value),
  ]);

const add = async ({ time, link }: DeviceLink, value: number): Promise<number> =>
  sumOf((await time.run(link.request("STEP", stepOf(value)))).subarray(6));

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof TwentyWattError ? error.message : String(error);
  }
};

test("HELLO says what the board is", async () => {
  const { time, link } = deviceLink();
  expect(await time.run(link.hello())).toMatchObject({
    wireVersion: 1,
    payloadMax: 1024,
    firmware: "0.1.0",
    resetReason: "power",
    loaded: false,
    slotBytes: 256 * 1024,
    board: "model",
    serial: "0001",
  });
});

describe("each request is done once", () => {
  test("where bytes are lost, changed, doubled, inserted, both ways", async () => {
    const setup = deviceLink({ damage: 0.2, chatter: 0.2, ...LATE });
    install(setup.device, wasm);
    for (let k = 1; k <= 300; k++) expect(await add(setup, k)).toBe((k * (k + 1)) / 2);
    expect(setup.device.done.get("STEP")).toBe(300);
    expect(setup.link.counts().resends).toBeGreaterThan(50);
  });

  test("where the line goes away and comes back", async () => {
    const found: number[] = [];
    const setup = deviceLink(
      { disconnect: 0.1, awayMs: [0, 8000], ...LATE },
      {},
      { onFound: (ms) => found.push(ms) },
    );
    install(setup.device, wasm);
    for (let k = 1; k <= 200; k++) expect(await add(setup, k)).toBe((k * (k + 1)) / 2);
    expect(setup.device.done.get("STEP")).toBe(200);
    expect(setup.device.done.get("HELLO")).toBe(1);
    expect(found.length).toBeGreaterThan(10);
    expect(Math.max(...found)).toBeGreaterThan(1000);
  });

  test("past the end of the sequence numbers", async () => {
    const setup = deviceLink();
    install(setup.device, wasm);
    const many = async () => {
      for (let k = 0; k < 66_000; k++) await setup.link.request("STEP", stepOf(1));
    };
    await setup.time.run(many());
    expect(await add(setup, 0)).toBe(66_000);
    expect(setup.device.done.get("STEP")).toBe(66_001);
  });

  test("however many are asked for at a time", async () => {
    const setup = deviceLink({ damage: 0.2, ...LATE });
    install(setup.device, wasm);
    const values = Array.from({ length: 50 }, (_, k) => k + 1);
    const answers = values.map((value) => setup.link.request("STEP", stepOf(value)));
    const sums = (await setup.time.run(Promise.all(answers))).map((a) => sumOf(a.subarray(6)));
    expect(sums).toEqual(values.map((n) => (n * (n + 1)) / 2));
  });
});

describe("an answer counts for what it answers, however late it comes", () => {
  test("after the request was sent again: the second answer is none to the next request", async () => {
    const setup = deviceLink({ delayMs: [200, 200] });
    install(setup.device, wasm);
    const sums: number[] = [];
    for (let k = 1; k <= 10; k++) sums.push(await add(setup, k));
    expect(sums).toEqual([1, 3, 6, 10, 15, 21, 28, 36, 45, 55]);
    expect(setup.link.counts().resends).toBeGreaterThanOrEqual(10);
  });

  test("after the host gave up: the first request of a session is not that of the next one", async () => {
    const setup = deviceLink();
    install(setup.device, wasm);
    await setup.time.run(setup.link.hello());
    setup.line.faults = { delayMs: [5500, 5500] };
    expect(await codeOf(add(setup, 1))).toMatch(/^DEVICE_TIMEOUT.*no answer to STEP in 10 s/);
    // done after 5.5 s; the answer comes 1 s after this, and the one to this 1.6 s after it
    setup.line.faults = { delayMs: [400, 400] };
    expect(await add(setup, 2)).toBe(3);
    expect(await add(setup, 3)).toBe(6);
    expect(setup.device.done.get("STEP")).toBe(3);
  });
});

describe("a HELLO that is late", () => {
  /** The first HELLO is late by this much in every copy; the session is given up after 6 s. */
  async function late(delayMs: number): Promise<DeviceLink> {
    const setup = deviceLink();
    install(setup.device, wasm);
    setup.line.faults = { delayMs: [delayMs, delayMs] };
    expect(await codeOf(setup.time.run(setup.link.hello()))).toMatch(/no answer to HELLO in 6 s/);
    setup.line.faults = {};
    return setup;
  }

  test("every copy opens the old session again: the request is asked for in a new one, and done once", async () => {
    const setup = await late(6500);
    expect(await add(setup, 1)).toBe(1);
    // copies come until 12.5 s
    for (let k = 2; k <= 40; k++) {
      setup.time.pass(200);
      expect(await add(setup, k)).toBe((k * (k + 1)) / 2);
    }
    expect(setup.device.done.get("STEP")).toBe(40);
    expect(setup.device.done.get("HELLO")).toBeGreaterThan(5);
  });
});

describe("a board that restarts", () => {
  test("is told from one that lost the line", async () => {
    const setup = deviceLink();
    install(setup.device, wasm);
    await add(setup, 1);
    setup.device.restart(1);
    expect(await codeOf(add(setup, 1))).toMatch(
      /^DEVICE_RESTARTED: board:model: .*STEP \(watchdog/,
    );
    // the next request finds the new session
    expect(await add(setup, 5)).toBe(5);
  });

  test("while the host waits", async () => {
    let crash = true;
    const before = (name: string, device: { restart: (reason: number) => void }) => {
      if (name === "STEP" && crash) {
        crash = false;
        device.restart(3);
      }
    };
    const setup = deviceLink({}, { before });
    install(setup.device, wasm);
    expect(await codeOf(add(setup, 1))).toMatch(/^DEVICE_RESTARTED.*fault/);
    expect(await add(setup, 2)).toBe(2);
  });

  test("where the boot number is lost with the power", async () => {
    const setup = deviceLink({}, { forgetsBoots: true });
    install(setup.device, wasm);
    await add(setup, 1);
    setup.device.restart(0);
    expect(await codeOf(add(setup, 1))).toMatch(/^DEVICE_RESTARTED/);
    expect(await add(setup, 3)).toBe(3);
  });

  test("after the host gave up", async () => {
    const setup = deviceLink();
    install(setup.device, wasm);
    await add(setup, 1);
    const { send } = setup.device;
    setup.device.send = null;
    expect(await codeOf(add(setup, 1))).toMatch(/^DEVICE_TIMEOUT.*no answer to STEP in 10 s/);
    setup.device.send = send;
    setup.device.restart(0);
    expect(await codeOf(add(setup, 1))).toMatch(/^DEVICE_RESTARTED/);
    expect(await add(setup, 3)).toBe(3);
  });
});

test.each([4242, 5, 0x500])(
  "the session %i of another program is not taken for a restart",
  async (session) => {
    const setup = deviceLink();
    install(setup.device, wasm);
    await add(setup, 1);
    const payload = Uint8Array.of(1, 0);
    setup.device.receive(encodeFrame({ type: 1, status: 0, session, sequence: 0, payload }));
    expect(await codeOf(add(setup, 1))).toMatch(/^DEVICE_BUSY: .*another program/);
  },
);

test("a refusal has the board's own words", async () => {
  const setup = deviceLink();
  expect(await codeOf(setup.time.run(setup.link.request("STEP", stepOf(1))))).toMatch(
    /^DEVICE_PROTOCOL: board:model: STEP: got no module on the board/,
  );
});

test("what the board prints is passed on, and nothing a terminal would obey", async () => {
  let printed = "";
  const setup = deviceLink({}, {}, { onText: (text) => (printed += text) });
  await setup.time.run(setup.link.hello());
  setup.device.print("m-ready\r\n\x1b[2J");
  expect(printed).toBe("m-ready\r\n?[2J");
});

test("answers of any bytes are read, or refused with a code", () => {
  const random = mulberry32(12);
  let refused = 0;
  for (let k = 0; k < 4000; k++) {
    const parse = [parseHello, parseStatus, parseModel, parseLogs][k % 4] ?? parseHello;
    const bytes = Uint8Array.from({ length: random() * 140 }, () => Math.floor(random() * 256));
    try {
      parse(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(TwentyWattError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(500);
});

test("nobody there: DEVICE_TIMEOUT, and the first failure to open is raised as it is", async () => {
  const setup = deviceLink({ damage: 0 });
  setup.device.receive = () => {};
  expect(await codeOf(setup.time.run(setup.link.hello()))).toMatch(/^DEVICE_TIMEOUT.*HELLO in 6 s/);
  const gone = deviceLink();
  gone.line.open = async () => {
    throw new Error("no such line");
  };
  expect(await codeOf(gone.time.run(gone.link.hello()))).toBe("Error: no such line");
});

test("a line that stays away is given up", async () => {
  const setup = deviceLink({ awayMs: [1e9, 1e9] });
  install(setup.device, wasm);
  await add(setup, 1);
  setup.line.disconnect();
  const startNs = setup.time.nowNs();
  expect(await codeOf(add(setup, 1))).toMatch(
    /^DEVICE_TIMEOUT: board:model: got unplugged; not there again in \d+ s: no such device/,
  );
  const waitedMs = Number(setup.time.nowNs() - startNs) / 1e6;
  expect(waitedMs).toBeGreaterThan(50_000);
  expect(waitedMs).toBeLessThanOrEqual(60_000);
});

test("a line that opens and closes again and again is given up, and not in a hurry", async () => {
  const setup = deviceLink();
  install(setup.device, wasm);
  await add(setup, 1);
  const { opened } = setup.line;
  setup.device.receive = () => setup.line.disconnect();
  expect(await codeOf(add(setup, 1))).toMatch(/^DEVICE_TIMEOUT/);
  expect(setup.line.opened - opened).toBeLessThanOrEqual(50);
});

test("a line that opens after its link was closed is closed again", async () => {
  const setup = deviceLink();
  const { open } = setup.line;
  let closed = 0;
  setup.line.open = async (events) => {
    await setup.link.close();
    const channel = await open(events);
    return { ...channel, close: async () => void closed++ };
  };
  expect(await codeOf(setup.time.run(setup.link.hello()))).toMatch(/closed here/);
  expect(closed).toBe(1);
});

test("a link that looks for its line is closed at once", async () => {
  const setup = deviceLink({ awayMs: [1e9, 1e9] });
  await setup.time.run(setup.link.hello());
  setup.line.disconnect();
  const pending = codeOf(setup.link.request("STATUS"));
  for (let k = 0; k < 10; k++) await new Promise((resolve) => setImmediate(resolve));
  expect(setup.time.waiting).toBe(1);
  await setup.link.close();
  expect(await pending).toMatch(/closed here/);
  expect(setup.time.waiting).toBe(0);
});

test("a closed link answers no more", async () => {
  const setup = deviceLink();
  await setup.time.run(setup.link.hello());
  setup.device.receive = () => {};
  const pending = codeOf(setup.link.request("STATUS"));
  await new Promise((resolve) => setImmediate(resolve));
  await setup.link.close();
  expect(await pending).toMatch(/closed here/);
  expect(setup.time.waiting).toBe(0);
});

test("20 simulated minutes at 10 samples a second, 100 disconnects: none lost, none twice", async () => {
  const done = await stream({
    hours: 1 / 3,
    samplesPerSecond: 10,
    disconnects: 100,
    damage: 0.01,
    late: 0.05,
  });
  expect(done.wrong).toBeNull();
  expect(done.stepsDone).toBe(done.samples);
  expect(done.disconnects).toBeGreaterThanOrEqual(100);
  expect(done.resends).toBeGreaterThan(100);
});
