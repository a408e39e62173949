/** A PPK2 that is pulled out while it streams, and which of several is meant: identity, not a number in a path. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { PowerMeter, PowerSample } from "../../../host/power/meter.ts";
import { openPower } from "../../../host/power/open.ts";
import { openPpk2, ppk2sHere } from "../../../host/power/ppk2.ts";
import { Trace } from "../../../host/power/trace.ts";
import { systemClock } from "../../../host/units.ts";
import { parseUri } from "../../../host/uri.ts";
import { type FakeOptions, FakePpk2, METADATA } from "../../support/fake-ppk2.ts";
import { kernelTest } from "../../support/system-calls.ts";

const folder = mkdtempSync(join(tmpdir(), "twentywatt-replug-"));
afterAll(() => rmSync(folder, { recursive: true }));
const devices: FakePpk2[] = [];
afterEach(() => {
  for (const device of devices.splice(0)) device.close();
});

/** Always the same name, as the device has the same identity. */
const link = join(folder, "ppk2");
function plugIn(marks: number, more: Partial<FakeOptions> = {}): FakePpk2 {
  const load = () => ({ adc: 2000, range: 3, marks });
  const made = new FakePpk2({ load, link, pace: "real", ...more });
  devices.push(made);
  return made;
}
const METER = `ppk2:${link}?mode=source&mv=3300`;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Reads in the background, until the meter ends. */
function reading(meter: PowerMeter) {
  const samples: PowerSample[] = [];
  const ended = (async () => {
    for await (const sample of meter.samples()) samples.push(sample);
  })().then(
    () => null,
    (error: unknown) => error,
  );
  const more = async (count: number) => {
    const enough = samples.length + count;
    while (samples.length < enough) await pause(10);
  };
  return { samples, ended, more };
}

describe("pulled out while it streams", () => {
  kernelTest(
    "and plugged in again: set as it was, a gap of unknown size, nothing invented",
    async () => {
      const first = plugIn(1);
      const meter = await openPower(METER);
      const { samples, more } = reading(meter);
      await more(2000);
      first.close();
      await pause(300);
      const before = samples.length;
      const awayNs = systemClock.nowNs();
      const second = plugIn(2);
      await more(2000);
      await meter.close();
      // the commands of an opening, for this one too: silence, metadata, mode, voltage, power, stream
      expect(second.commands.slice(0, 6)).toEqual([
        ...[[0x07], [0x19], [0x11, 2], [0x0d, 0x0c, 0xe4], [0x0c, 1], [0x06]],
      ]);
      const gap = samples.findIndex(({ marks }) => marks === 2);
      expect(gap).toBe(before);
      expect(samples[gap]?.lost).toBeNull();
      expect(samples.filter(({ lost }) => lost === null)).toHaveLength(1);
      expect(samples[gap]?.tNs).toBeGreaterThan(awayNs);
      const times = samples.map(({ tNs }) => tNs);
      expect(times).toEqual([...times].sort((a, b) => Number(a - b)));
      const trace = new Trace(meter.facts.gapSeconds);
      for (const sample of samples) trace.add(sample);
      const covered = trace.intervals.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
      const joules = trace.intervals.reduce((sum, one) => sum + one.joules, 0);
      expect(covered / 1e4).toBeLessThan(samples.length + 10);
      expect(joules / covered).toBeCloseTo((0.1060013 * 3.3) / 1e9, 15);
    },
    30_000,
  );

  kernelTest(
    "and another one in its place: that is not the meter",
    async () => {
      const first = plugIn(1);
      const meter = await openPower(METER);
      const { ended, more } = reading(meter);
      await more(1000);
      first.close();
      plugIn(2, { metadata: METADATA.replace("R3: 0.9636", "R3: 0.9637") });
      expect(await ended).toMatchObject({
        code: "METER_LOST",
        message: expect.stringContaining("another PPK2"),
      });
      await meter.close();
    },
    30_000,
  );

  kernelTest(
    "for good: what came before is delivered, then a coded error",
    async () => {
      const fake = plugIn(1, { samples: 20_000, pace: "fast" });
      const meter = await openPower(METER);
      const { samples, ended } = reading(meter);
      while (!fake.done) await pause(5);
      await pause(200);
      fake.close();
      expect(await ended).toMatchObject({
        code: "METER_LOST",
        message: expect.stringContaining("back within 5 s"),
      });
      await meter.close();
      expect(samples.length).toBeGreaterThan(19_000);
    },
    30_000,
  );

  kernelTest(
    "and closed meanwhile: nothing is opened any more",
    async () => {
      const first = plugIn(1);
      const meter = await openPower(METER);
      const { more, ended } = reading(meter);
      await more(500);
      first.close();
      await pause(100);
      await meter.close();
      expect(await ended).toBeNull();
      const second = plugIn(2);
      await pause(600);
      expect(second.commands).toEqual([]);
    },
    30_000,
  );
});

describe("which of several is meant", () => {
  const root = mkdtempSync(join(folder, "sys-"));
  const ttys = join(root, "sys/class/tty");
  const tty = (name: string, device: string, [vendor, product, serial]: readonly string[]) => {
    const usb = join(root, "devices", device);
    mkdirSync(join(usb, name), { recursive: true });
    writeFileSync(join(usb, "idVendor"), `${vendor}\n`);
    writeFileSync(join(usb, "idProduct"), `${product}\n`);
    writeFileSync(join(usb, "serial"), `${serial}\n`);
    mkdirSync(join(ttys, name), { recursive: true });
    symlinkSync(join(usb, name), join(ttys, name, "device"));
  };
  const ppk2 = ["1915", "c00a", "C0FFEE"];
  tty("ttyACM10", "1-1", ppk2);
  tty("ttyACM9", "1-1", ppk2);
  tty("ttyACM3", "1-2", ["1915", "520f", "OTHER"]);
  tty("ttyACM4", "1-3", ["1915", "c00a", "SECOND"]);
  // the same number as the first, in another socket
  tty("ttyACM6", "1-4", ppk2);
  tty("ttyACM7", "1-4", ppk2);

  test("found by USB numbers: the first of two ports, each device once, and no other", async () => {
    expect(await ppk2sHere(ttys)).toEqual([
      { uri: "ppk2:/dev/ttyACM4", what: "Nordic PPK2 SECOND", scope: "target" },
      { uri: "ppk2:/dev/ttyACM6", what: "Nordic PPK2 C0FFEE", scope: "target" },
      { uri: "ppk2:/dev/ttyACM9", what: "Nordic PPK2 C0FFEE", scope: "target" },
    ]);
  });

  const opening = (text: string) => {
    const uri = parseUri(text);
    if (!uri) throw new Error("no URI");
    const line = {
      name: "none",
      open: async () => {
        throw new Error("opened");
      },
    };
    return openPpk2(uri, systemClock, { line, sysfs: ttys });
  };

  test("two devices with one serial number, or no number said: refused with their ports", async () => {
    const two = /METER_MISSING.*2 that it may mean: \/dev\/ttyACM6, \/dev\/ttyACM9.*by-path/s;
    await expect(opening("ppk2:1915:c00a:C0FFEE")).rejects.toThrow(two);
    await expect(opening("ppk2:1915:c00a")).rejects.toThrow(/3 that it may mean/);
  });

  test("one of them by its port, and one number that a single device has", async () => {
    await expect(opening("ppk2:1915:c00a:SECOND")).rejects.toThrow("opened");
    await expect(opening("ppk2:/dev/ttyACM6")).rejects.toThrow("opened");
  });
});
