/** Shunt monitors that no driver has: registers of the data sheets in, volts and amperes by hand out. */
import { afterAll, describe, expect, test } from "vitest";
import { openPower } from "../../../host/power/open.ts";
import { InaBus } from "../../support/ina-bus.ts";
import { fakeTime } from "../../support/powercap.ts";
import { Computer } from "../../support/sysfs.ts";

const computer = new Computer({ "dev/i2c-1": "" });
const { root } = computer;
afterAll(() => computer.remove());

async function first(uri: string, bus: InaBus) {
  const { clock, every } = fakeTime();
  const meter = await openPower(uri, { root, clock, every, calls: bus.calls });
  for await (const { watts, volts, amps } of meter.samples()) {
    await meter.close();
    return { watts, volts, amps, facts: meter.facts };
  }
  throw new Error("no reading");
}

const refusal = (uri: string, bus: InaBus) =>
  openPower(uri, { root, calls: bus.calls }).then(
    () => "opened",
    (error) => String(error.message),
  );

const TI = 0x5449;
/** Shunt 8 mV, bus 5 V with its two flags. */
const ina219 = () => new InaBus(0x40, { 0: 0x399f, 1: 800, 2: ((5000 / 4) << 3) | 0b10 });

describe("values by hand", () => {
  test("ina219: 10 µV and 4 mV a bit, V/R without the calibration register", async () => {
    const bus = ina219();
    const { volts, amps, watts, facts } = await first("ina219:1:0x40?shunt=0.1", bus);
    expect(volts).toBe(5);
    expect(amps).toBeCloseTo(0.08, 12);
    expect(watts).toBeCloseTo(0.4, 12);
    expect(facts.name).toBe("INA219 (i2c:1:0x40)");
    expect(facts.notes).toEqual(["The shunt in use has 100 mΩ (as ?shunt= says)."]);
    // 32 V, ÷ 8, 32 samples of both, continuous; and back to what it was
    expect(bus.written).toEqual([
      [0, 0b0011_1110_1110_1111],
      [0, 0x399f],
    ]);
  });

  test("ina219: current that flows back", async () => {
    const bus = ina219();
    bus.set(1, -800);
    expect((await first("ina219:1:64?shunt=0.1", bus)).watts).toBeCloseTo(-0.4, 12);
  });

  test("ina226: 2.5 µV and 1.25 mV", async () => {
    const bus = new InaBus(0x44, { 0: 0x4127, 1: 1000, 2: 4000, 254: TI, 255: 0x2260 });
    const { volts, amps } = await first("ina226:1:0x44?shunt=0.01", bus);
    expect([volts, amps]).toEqual([5, 0.25]);
  });

  test.each([
    [0x0000, 312.5e-9],
    [0x0010, 78.125e-9],
  ])("ina228: the upper 20 of 24 bits, ADCRANGE in 0x%s", async (config, unit) => {
    const bus = new InaBus(0x45, { 0: config, 1: 0xfb68, 62: TI, 63: 0x2281 });
    bus.set(4, -12_345 << 4, 3);
    bus.set(5, 61_440 << 4, 3); // · 195.3125 µV
    const { volts, amps } = await first("ina228:1:0x45?shunt=0.015", bus);
    expect(volts).toBe(12);
    expect(amps).toBeCloseTo((-12_345 * unit) / 0.015, 12);
    expect(bus.written).toEqual([
      [1, 0xbb6a],
      [1, 0xfb68],
    ]);
  });

  test("ina260: its own shunt, so that the register is the current; 1.25 mA, 1.25 mV", async () => {
    const bus = new InaBus(0x40, { 0: 0x6127, 1: 800, 2: 4000, 254: TI, 255: 0x2270 });
    const { volts, amps, facts } = await first("ina260:1:0x40", bus);
    expect([volts, amps]).toEqual([5, 1]);
    expect(facts.notes).toEqual(["The shunt in use has 2.00 mΩ (inside the chip)."]);
    expect(facts.accuracy.offsetWatts).toBeCloseTo(5 * 0.005, 12);
  });

  test("ina3221: the upper 13 bits, 40 µV and 8 mV, channel by channel", async () => {
    const bus = () =>
      new InaBus(0x41, {
        ...{ 0: 0x7127, 254: TI, 255: 0x3220 },
        ...{ 1: 100 << 3, 2: 625 << 3, 3: -50 << 3, 4: 1500 << 3, 5: 1 << 3, 6: 412 << 3 },
      });
    const watts = async (k: number) =>
      (await first(`ina3221:1:0x41?shunt=0.1&channel=${k}`, bus())).watts;
    expect(await watts(1)).toBeCloseTo(5 * 0.04, 12);
    expect(await watts(2)).toBeCloseTo(12 * -0.02, 12);
    expect(await watts(3)).toBeCloseTo(3.296 * 0.0004, 12);
  });
});

describe("what goes wrong", () => {
  test("no shunt, which no chip knows; 0 Ω", async () => {
    expect(await refusal("ina219:1:0x40", ina219())).toMatch(
      /^USAGE.*no shunt, which the chip does not know, expected \?shunt=OHM.*R100/,
    );
    expect(await refusal("ina219:1:0x40?shunt=0", ina219())).toMatch(/^USAGE.*shunt=0/);
  });

  test("another chip is named by what it says, and is not written to", async () => {
    const bus = new InaBus(0x40, { 0: 0x6127, 254: TI, 255: 0x2270 });
    expect(await refusal("ina226:1:0x40?shunt=0.1", bus)).toMatch(
      /^METER_MISSING: i2c:1:0x40: got 0x2270 in register 0xff, expected 0x2260 of an ina226/,
    );
    expect(bus.written).toEqual([]);
  });

  test("a chip that does not keep its settings is no ina219", async () => {
    const bus = ina219();
    const set = bus.set.bind(bus);
    bus.set = (register, value) => set(register, value & 0xff);
    expect(await refusal("ina219:1:0x40?shunt=0.1", bus)).toMatch(
      /^METER_MISSING.*0x00ef in register 0x00, expected 0x3eef of an ina219/,
    );
  });

  test("nobody at the address, no bus, an address that is none", async () => {
    expect(await refusal("ina219:1:0x41?shunt=0.1", ina219())).toMatch(/^METER_MISSING.*no answer/);
    expect(await refusal("ina219:7:0x40?shunt=0.1", ina219())).toMatch(
      /^METER_MISSING.*only \/dev\/i2c-1/,
    );
    expect(await refusal("ina219:1:0x7f?shunt=0.1", ina219())).toMatch(/^USAGE.*0x03 to 0x77/);
  });

  test("more than the shunt can show is no reading", async () => {
    const bus = ina219();
    bus.set(1, 32_000);
    expect(await refusal("ina219:1:0x40?shunt=0.1", bus)).toMatch(
      /^METER_MISSING.*at the end of the range.*smaller shunt/,
    );
  });

  test("unplugged while it runs: a coded end, and closing it is quiet", async () => {
    const bus = ina219();
    const time = fakeTime();
    const { clock, every } = time;
    const options = { root, clock, every, calls: bus.calls };
    const meter = await openPower("ina219:1:0x40?shunt=0.1", options);
    const stream = meter.samples()[Symbol.asyncIterator]();
    await stream.next();
    bus.fails = 121;
    time.pass(1);
    await expect(stream.next()).rejects.toThrow(
      /^METER_MISSING: i2c:1:0x40: got no answer \(EREMOTEIO\)/,
    );
    await meter.close();
    await meter.close();
  });
});
