/** RD's USB meters: the bytes of their answers, worked out by hand, on pseudo-terminals and in a test's hands. */
import { afterEach, describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { openMeter, openPower } from "../../../host/power/open.ts";
import { openTc66c, tc66cReading } from "../../../host/power/tc66c.ts";
import { openUm } from "../../../host/power/um.ts";
import { UM_KINDS, umReading } from "../../../host/power/um-models.ts";
import { parseUri, type Uri } from "../../../host/uri.ts";
import {
  AnsweringPort,
  encrypted,
  modbus,
  TC66_REQUEST,
  tc66Answer,
  UM_REQUEST,
  umAnswer,
} from "../../support/answering-port.ts";
import { FakeTime } from "../../support/fake-time.ts";
import { read } from "../../support/meter-readings.ts";
import { fakeTime } from "../../support/powercap.ts";
import { port, turn } from "../../support/sensor-port.ts";
import { kernelTest } from "../../support/system-calls.ts";

/** 5.12 V, 345 mA, 1.766 W; the UM25C has 5.123 V, 345.6 mA, 1.770 W. */
const ANSWERS = {
  um24c: umAnswer({ 0: 0x0963, 2: 512, 4: 345, 6: 0, 8: 1766, 10: 27, 128: 0xfff1 }),
  um25c: umAnswer({ 0: 0x09c9, 2: 5123, 4: 3456, 6: 0, 8: 1770, 10: 27, 128: 0xfff1 }),
  // of what its last byte is made of there is 0x4c of the model, and 0xe6 of 1766
  um34c: umAnswer({ 0: 0x0d4c, 2: 512, 4: 345, 6: 0, 8: 1766, 128: 0x4c ^ 0xe6 }),
} as const;
/** 5.1234 V, 0.34567 A, 1.7710 W, and D+ 0.60 V. */
const TC66 = tc66Answer({ 48: 51_234, 52: 34_567, 56: 17_710, 96: 60 });

const meters: { close: () => void }[] = [];
afterEach(() => {
  for (const one of meters.splice(0)) one.close();
});
function answering(options: ConstructorParameters<typeof AnsweringPort>[0]): AnsweringPort {
  const made = new AnsweringPort(options);
  meters.push(made);
  return made;
}

describe("values by hand", () => {
  test.each([
    ["um24c", 1.766, 5.12, 0.345],
    ["um25c", 1.77, 5.123, 0.3456],
    ["um34c", 1.766, 5.12, 0.345],
  ] as const)("%s", (kind, watts, volts, amps) => {
    const reading = umReading(kind, kind, ANSWERS[kind]);
    expect(reading.watts).toBe(watts);
    expect(reading.volts).toBeCloseTo(volts, 12);
    expect(reading.amps).toBeCloseTo(amps, 12);
  });

  test("watts of more than 16 bits: 0x00012345 mW are 74.565 W", () => {
    const answer = umAnswer({ 0: 0x0963, 2: 2000, 4: 3728, 6: 1, 8: 0x2345, 128: 0xfff1 });
    expect(umReading("um24c", "um24c", answer).watts).toBe(74.565);
  });

  test("tc66c", () => {
    expect(tc66cReading("tc66c", TC66)).toEqual({ watts: 1.771, volts: 5.1234, amps: 0.34567 });
  });

  test("the fake's check sum is Modbus's: 123456789 gives 0x4b37", () => {
    expect(modbus(new TextEncoder().encode("123456789"))).toBe(0x4b37);
  });
});

describe("what is no answer of this meter", () => {
  test("another model: its numbers have other units", () => {
    for (const kind of UM_KINDS) {
      for (const other of UM_KINDS.filter((one) => one !== kind)) {
        expect(() => umReading(kind, kind, ANSWERS[other])).toThrow(
          new RegExp(
            `METER_MISSING.*got a ${other.toUpperCase()}, expected an answer of a ${kind.toUpperCase()}.*Name it ${other}`,
          ),
        );
      }
    }
  });

  test("any byte of the UM34C's check, and the end of the others", () => {
    for (const [kind, places] of [
      ["um24c", [0, 1, 128, 129]],
      ["um25c", [0, 1, 128, 129]],
      ["um34c", [0, 1, 3, 7, 9, 15, 59, 83, 127, 129]],
    ] as const) {
      for (const place of places) {
        const damaged = ANSWERS[kind].slice();
        damaged[place] = (damaged[place] ?? 0) ^ 0x10;
        expect(() => umReading(kind, kind, damaged)).toThrow(/METER_MISSING/);
      }
    }
  });

  test("any one byte of the TC66C's 192, as it comes and as it was before", () => {
    const random = mulberry32(66);
    const other = (byte: number) => byte ^ (1 + Math.floor(random() * 255));
    const plain = new Uint8Array(192);
    for (let place = 0; place < 192; place++) {
      const damaged = TC66.slice();
      damaged[place] = other(damaged[place] ?? 0);
      expect(() => tc66cReading("tc66c", damaged)).toThrow(/METER_MISSING.*damaged/);
    }
    expect(() => tc66cReading("tc66c", encrypted(plain))).toThrow(/pac1 is damaged/);
  });

  test("2,000 answers of noise", () => {
    const random = mulberry32(2000);
    for (let k = 0; k < 2000; k++) {
      const noise = Uint8Array.from({ length: 192 }, () => Math.floor(random() * 256));
      expect(() => tc66cReading("tc66c", noise)).toThrow(/METER_MISSING/);
      for (const kind of UM_KINDS) {
        expect(() => umReading(kind, kind, noise.subarray(0, 130))).toThrow(/METER_MISSING/);
      }
    }
  });
});

describe("on a port", () => {
  kernelTest("a UM25C whose answers come in pieces, from question to joules", async () => {
    const { path } = answering({
      request: UM_REQUEST,
      answer: () => ANSWERS.um25c,
      piece: 33,
    });
    const meter = await openMeter(`um25c:${path}`);
    expect(meter).toMatchObject({ scope: "usb", quality: "measured" });
    await meter.start();
    await new Promise((resolve) => setTimeout(resolve, 700));
    const { joules, seconds, coverage } = await meter.stop();
    await meter.close();
    expect(joules.value / seconds / coverage).toBeCloseTo(1.77, 6);
  });

  kernelTest(
    "a TC66C that leaves a question out and damages an answer: both are lost",
    async () => {
      const { path } = answering({
        request: TC66_REQUEST,
        answer: (n) => (n === 2 ? null : n === 4 ? TC66.map((byte) => byte ^ 1) : TC66),
      });
      const meter = await openPower(`tc66c:${path}`);
      const { samples } = await read(meter, 4);
      await meter.close();
      expect(samples.map(({ lost }) => lost)).toEqual([0, 1, 1, 0]);
      expect(samples[0]).toMatchObject({ watts: 1.771, volts: 5.1234, amps: 0.34567 });
    },
  );

  kernelTest("pulled out: what came is delivered, then it is lost", async () => {
    const fake = answering({ request: TC66_REQUEST, answer: () => TC66 });
    const meter = await openPower(`tc66c:${fake.path}`);
    const reading = read(meter, Number.POSITIVE_INFINITY);
    while (fake.asked < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    fake.close();
    const { samples, error } = await reading;
    await meter.close();
    expect(samples.length).toBeGreaterThan(0);
    expect(error).toMatchObject({ code: "METER_LOST" });
  });
});

describe("questions and time", () => {
  const UM_URI = parseUri("um24c:/dev/rfcomm0") as Uri;

  function held() {
    const [time, polls, one] = [new FakeTime(), fakeTime(), port()];
    const { clock, every } = polls;
    const options = { clock, every, line: one.line, timers: time };
    return { time, polls, options, ...one };
  }

  test("a port that says nothing, or too little, is refused, and free again", async () => {
    for (const [bytes, got] of [
      [0, "no answer"],
      [129, "129 bytes of an answer"],
    ] as const) {
      const { time, options, write, state } = held();
      const opening = openUm("um24c", UM_URI, options);
      await turn();
      write(ANSWERS.um24c.subarray(0, bytes));
      time.pass(1500);
      await expect(opening).rejects.toThrow(
        `METER_MISSING: --meter um24c:/dev/rfcomm0: got ${got}, expected 130 bytes. Bind it`,
      );
      expect([state.closed, time.waiting]).toEqual([1, 0]);
    }
  });

  test("the end of a late answer is not the beginning of the next", async () => {
    const { time, polls, options, write, written } = held();
    const opening = openUm("um24c", UM_URI, options);
    await turn();
    write(ANSWERS.um24c);
    const meter = await opening;
    const stream = meter.samples()[Symbol.asyncIterator]();
    await turn();
    expect(written).toEqual([[0xf0], [0xf0]]);
    write(ANSWERS.um24c.subarray(0, 50)); // and the rest too late
    time.pass(1500);
    await turn();
    write(ANSWERS.um24c.subarray(50));
    polls.pass(0.25);
    write(Uint8Array.of(...ANSWERS.um24c, ...ANSWERS.um24c.subarray(0, 7))); // more than was asked for
    expect((await stream.next()).value).toMatchObject({ watts: 1.766, lost: 1 });
    await turn();
    polls.pass(0.25);
    write(ANSWERS.um24c);
    expect((await stream.next()).value).toMatchObject({ watts: 1.766, lost: 0 });
    await meter.close();
    expect(time.waiting).toBe(0);
  });

  test("one question at a time, and ten without an answer are the end", async () => {
    const { time, polls, options, write, written } = held();
    const opening = openTc66c(parseUri("tc66c:/dev/ttyACM0") as Uri, options);
    await turn();
    write(TC66);
    const meter = await opening;
    const reading = read(meter, Number.POSITIVE_INFINITY);
    polls.pass(0.8);
    expect(written).toHaveLength(2);
    for (let k = 0; k < 12; k++) {
      time.pass(1000);
      await turn();
      polls.pass(0.2);
    }
    expect((await reading).error).toMatchObject({ code: "METER_MISSING" });
    expect(written).toHaveLength(11);
    await meter.close();
  });

  test.each([
    ["um24c", /METER_MISSING.*names no port/],
    ["tc66c:", /METER_MISSING/],
    ["um34c:/dev/no-such-port", /METER_MISSING: --meter um34c:/],
    ["tc66c:/dev/null?shunt=1", /USAGE/],
    ["um26c:/dev/null", /METER_MISSING.*Did you mean um24c|METER_MISSING/],
  ])("refused: %s", async (uri, message) => {
    await expect(openPower(uri)).rejects.toThrow(message);
  });
});
