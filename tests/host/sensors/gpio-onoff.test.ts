/** Lines without the character device: through onoff, and what is said where that is missing too. */
import { describe, expect, test } from "vitest";
import { openGpioOutput } from "../../../host/sensors/gpio.ts";
import {
  computer,
  open,
  options,
  PI4,
  problemsOf,
  take,
  withoutKoffi,
} from "../../support/gpio-opening.ts";
import { OnoffLines } from "../../support/onoff-double.ts";

describe("without the character device", () => {
  test("onoff: levels with the times at which they are seen, repeats betray a loss", async () => {
    const onoff = new OnoffLines();
    const with_ = options();
    const sensor = await open("gpio:17", withoutKoffi(computer(PI4), onoff), with_);
    setImmediate(() => {
      onoff.change(1);
      onoff.change(0);
      onoff.change(0);
      onoff.change(1);
    });
    const events = await take(sensor, 4);
    expect(events.map(({ value, lostBefore }) => [value, lostBefore])).toEqual([
      [1, 0],
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
    await sensor.close();
    await sensor.close();
    expect(onoff.exported).toEqual([
      { line: 529, direction: "in", edge: "both", activeLow: false },
    ]);
    expect(onoff.unexported).toBe(1);
    expect(with_.said).toEqual([
      "gpio:17: GPIO17, header pin 11: line 17 of pinctrl-bcm2711 through onoff (number 529 in sysfs: base 512), no times from the kernel, and what a burst loses is not counted; both edges; level 0; no package koffi: npm install koffi.",
    ]);
  });

  test("onoff: a process that ends gives the line back, and a closed sensor leaves nothing to do", async () => {
    const onoff = new OnoffLines();
    const others = process.listeners("exit");
    const sensor = await open("gpio:17", withoutKoffi(computer(PI4), onoff));
    const ours = process.listeners("exit").filter((one) => !others.includes(one));
    expect(ours).toHaveLength(1);
    for (const listener of ours) listener.call(process, 0);
    expect(onoff.unexported).toBe(1);
    await sensor.close();
    expect(onoff.unexported).toBe(1);
    expect(process.listeners("exit")).toEqual(others);
  });

  test("onoff: one edge alone repeats its level, and nothing is lost", async () => {
    const onoff = new OnoffLines();
    const sensor = await open("gpio:17?edge=rising", withoutKoffi(computer(PI4), onoff));
    setImmediate(() => {
      onoff.change(1);
      onoff.change(1);
    });
    expect((await take(sensor, 2)).map(({ value, lostBefore }) => [value, lostBefore])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    await sensor.close();
  });

  test("onoff: events that nobody takes are bounded, and counted", async () => {
    const onoff = new OnoffLines();
    const sensor = await open("gpio:17", withoutKoffi(computer(PI4), onoff));
    setImmediate(() => {
      for (let k = 1; k <= 10_000; k++) onoff.change(k % 2 === 1 ? 1 : 0);
    });
    const events = await take(sensor, 4096);
    expect(events).toHaveLength(4096);
    expect(events[0]?.lostBefore).toBe(10_000 - 4096);
    await sensor.close();
  });

  test("onoff: an error while watching ends the sensor", async () => {
    const onoff = new OnoffLines();
    const sensor = await open("gpio:17", withoutKoffi(computer(PI4), onoff));
    setImmediate(() => onoff.fail(new Error("ENODEV")));
    expect(await problemsOf(take(sensor, 1))).toEqual([
      expect.objectContaining({ code: "SENSOR_LOST", where: "gpio:17" }),
    ]);
    await sensor.close();
  });

  // found on a real kernel: nobody could catch it, and the process ended
  test("onoff: a chip that is unplugged ends the sensor, although onoff reads it from an interrupt", async () => {
    const onoff = new OnoffLines();
    const sensor = await open("gpio:17", withoutKoffi(computer(PI4), onoff));
    setImmediate(() => onoff.vanish(new Error("ENODEV: no such device, read")));
    expect(await problemsOf(take(sensor, 1))).toEqual([
      expect.objectContaining({ code: "SENSOR_LOST", where: "gpio:17" }),
    ]);
    await sensor.close();
    expect(onoff.unexported).toBe(1);
  });

  // "high" and "low" are voltages in sysfs
  test.each([
    ["gpio:17", "low", false, [1, 0]],
    ["gpio:17?initial=1", "high", false, [1, 1]],
    ["gpio:17?active=low", "high", true, [1, 0]],
    ["gpio:17?active=low&initial=1", "low", true, [1, 1]],
  ])("onoff: output %s", async (uri, direction, activeLow, written) => {
    const onoff = new OnoffLines();
    const output = await openGpioOutput(uri, options(), withoutKoffi(computer(PI4), onoff));
    output.write(1);
    await output.close();
    expect(onoff.exported).toEqual([{ line: 529, direction, edge: "none", activeLow }]);
    expect(onoff.written).toEqual(written);
    expect(onoff.unexported).toBe(1);
  });

  test("a bias is what onoff cannot give: both reasons stand there", async () => {
    const host = withoutKoffi(computer(PI4), new OnoffLines());
    expect(await problemsOf(open("gpio:17?bias=pull-up", host))).toEqual([
      {
        ...{ code: "SENSOR_MISSING", where: "gpio:17?bias=pull-up, character device" },
        ...{ got: "no package koffi", expected: "the package koffi", remedy: "npm install koffi." },
      },
      expect.objectContaining({
        where: "gpio:17?bias=pull-up, onoff",
        got: "a bias or a debounce time",
      }),
    ]);
  });

  test("a kernel before 5.10 goes on to onoff", async () => {
    const [kernel, onoff] = [computer(PI4), new OnoffLines()];
    kernel.tooOld = true;
    await (await open("gpio:17", kernel.host(onoff.import))).close();
    expect(onoff.exported.map(({ line }) => line)).toEqual([529]);
  });

  test.each([
    ["Error: Could not locate the bindings file. Tried:", "onoff without its native part"],
    ["Error: Cannot find package 'onoff'", "no package onoff"],
  ])("nothing at all: %s", async (message, got) => {
    const kernel = computer({ model: null, chips: [] });
    const importOnoff = async (): Promise<never> => {
      throw new Error(message);
    };
    expect(await problemsOf(open("gpio:17", kernel.host(importOnoff)))).toEqual([
      expect.objectContaining({
        ...{ code: "SENSOR_MISSING", where: "gpio:17, character device", got: "no chip in /dev" },
      }),
      expect.objectContaining({ where: "gpio:17, onoff", got: "no chip in /sys/class/gpio" }),
    ]);
    const sysfsOnly = withoutKoffi(computer(PI4), new OnoffLines());
    const problems = await problemsOf(open("gpio:17", { ...sysfsOnly, importOnoff }));
    expect(problems.map((one) => one.got)).toEqual(["no package koffi", got]);
  });
});
