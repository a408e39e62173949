/** GPIO lines as events and as outputs: which line of which computer, how it is asked for, what is said when it is not there. */
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { systemError } from "../../../host/linux/system-calls.ts";
import { gpioSupport, openGpio, openGpioOutput } from "../../../host/sensors/gpio.ts";
import type { GpioHost } from "../../../host/sensors/gpio-host.ts";
import type { EventBlock } from "../../../host/sensors/sensor.ts";
import { sensorUri } from "../../../host/sensors/uri.ts";
import { COMPUTERS } from "../../support/gpio-computers.ts";
import { eventBytes, type FakeComputer, GpioKernel } from "../../support/gpio-kernel.ts";
import { OnoffLines } from "../../support/onoff-double.ts";
import { testUnless } from "../../support/skip.ts";

const asRoot = testUnless(
  process.getuid?.() === 0
    ? null
    : { reason: "only root becomes another user", fix: "run the tests as root" },
);

const kernels: GpioKernel[] = [];
afterEach(() => {
  for (const kernel of kernels.splice(0)) kernel.remove();
});

function computer(fake: FakeComputer): GpioKernel {
  const kernel = new GpioKernel(fake);
  kernels.push(kernel);
  return kernel;
}

const PI4: FakeComputer = {
  model: "Raspberry Pi 4 Model B Rev 1.4",
  chips: [
    {
      ...{ device: "gpiochip0", label: "pinctrl-bcm2711", lines: 58, base: 512 },
      names: { 17: "GPIO17" },
      consumers: { 4: "w1", 22: "sysfs", 23: "" },
    },
    { device: "gpiochip1", label: "raspberrypi-exp-gpio", lines: 8, base: 570 },
  ],
};

/** Without koffi: what is left is onoff. */
const withoutKoffi = (kernel: GpioKernel, onoff: OnoffLines): GpioHost => ({
  ...kernel.host(onoff.import),
  systemCalls: async () => {
    throw new TwentyWattError({
      ...{ code: "PACKAGE_MISSING", where: "system calls", got: "no package koffi" },
      ...{ expected: "the package koffi", remedy: "npm install koffi." },
    });
  },
});

function options() {
  const said: string[] = [];
  let nowNs = 5_000n;
  return {
    said,
    clock: { nowNs: () => nowNs },
    // waiting ends at once, after everything else had its turn
    waitUntil: async (timeNs: bigint) => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (timeNs > nowNs) nowNs = timeNs;
    },
    say: (line: string) => void said.push(line),
  };
}

async function open(text: string, host: GpioHost, with_ = options()) {
  const uri = sensorUri(text);
  if (!uri) throw new Error(text);
  return openGpio(uri, with_, host);
}

async function problemsOf(work: Promise<unknown>) {
  try {
    await work;
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
  throw new Error("no problem");
}

async function take(sensor: AsyncIterable<EventBlock>, count: number) {
  const events: { timeNs: bigint; value: number; lostBefore: number }[] = [];
  for await (const { timeNs, value, lostBefore } of sensor) {
    value.forEach((one, k) => {
      events.push({ timeNs: timeNs[k] ?? -1n, value: one, lostBefore: k === 0 ? lostBefore : 0 });
    });
    if (events.length >= count) break;
  }
  return events;
}

describe.each(COMPUTERS)("$system", (known) => {
  test("the header's line 17 by BCM number, pin, and label and offset", async () => {
    const kernel = computer(known);
    for (const uri of ["gpio:17", "gpio:pin11", `gpio:${known.label}:17`]) {
      const sensor = await open(uri, kernel.host());
      await sensor.close();
    }
    const found = kernel.requests.map(({ device, offset }) => [device, offset]);
    expect(found).toEqual(Array.from({ length: 3 }, () => [known.device, 17]));
  });

  test("onoff gets base + 17", async () => {
    const onoff = new OnoffLines();
    const sensor = await open("gpio:17", withoutKoffi(computer(known), onoff));
    await sensor.close();
    expect(onoff.exported.map(({ line }) => line)).toEqual([known.base + 17]);
    expect(onoff.unexported).toBe(1);
  });

  test("doctor's table: every chip with its label and base, other names of a device once", async () => {
    const { chips, backends } = await gpioSupport(computer(known).host());
    expect(chips).toEqual(
      known.chips
        .toSorted((a, b) => Number(a.device.slice(8)) - Number(b.device.slice(8)))
        .map(({ device, label, lines, base }) => ({
          ...{ chip: device, label, lines, base, backend: "character device" },
        })),
    );
    expect(backends.map(({ name, problem }) => [name, problem?.got ?? null])).toEqual([
      ["character device", null],
      ["onoff", "no package onoff"],
    ]);
  });
});

describe("what the kernel is asked for", () => {
  // linux/gpio.h: ACTIVE_LOW 2, INPUT 4, OUTPUT 8, EDGE_RISING 16, EDGE_FALLING 32, BIAS 256 up, 512 down, 1024 disabled
  test.each([
    ["gpio:17", 4n + 16n + 32n, []],
    ["gpio:17?edge=rising", 4n + 16n, []],
    ["gpio:17?edge=falling&active=low", 4n + 32n + 2n, []],
    ["gpio:17?bias=pull-up", 4n + 48n + 256n, []],
    ["gpio:17?bias=pull-down&active=high", 4n + 48n + 512n, []],
    ["gpio:17?bias=none&debounce=0", 4n + 48n + 1024n, []],
    // GPIO_V2_LINE_ATTR_ID_DEBOUNCE 3, in microseconds
    ["gpio:17?debounce=5000", 4n + 48n, [{ id: 3, value: 5000n, mask: 1n }]],
  ])("%s", async (uri, flags, attributes) => {
    const kernel = computer(PI4);
    const sensor = await open(uri, kernel.host());
    expect(kernel.requests).toEqual([
      {
        ...{ device: "gpiochip0", offset: 17, consumer: "twentywatt", flags, attributes },
        eventBuffer: 1024,
      },
    ]);
    expect(kernel.nonBlocking).toBe(1);
    expect(sensor.describe()).toEqual({
      ...{ channels: [{ name: "GPIO17, header pin 11", unit: "" }], sampleRateHz: null },
    });
    await sensor.close();
    await sensor.close();
  });

  test.each([
    // GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES 2
    ["gpio:pin11", 8n, 0, { id: 2, value: 0n, mask: 1n }],
    ["gpio:17?initial=1&active=low", 10n, 1, { id: 2, value: 1n, mask: 1n }],
  ])("output %s", async (uri, flags, initial, attribute) => {
    const kernel = computer(PI4);
    const output = await openGpioOutput(uri, options(), kernel.host());
    output.write(1);
    output.write(0);
    await output.close();
    output.write(1);
    await output.close();
    expect(kernel.requests).toEqual([
      {
        ...{ device: "gpiochip0", offset: 17, consumer: "twentywatt", flags },
        ...{ attributes: [attribute], eventBuffer: 0 },
      },
    ]);
    expect(kernel.levels).toEqual([1, 0, initial]);
  });

  test("what was found is said in one line", async () => {
    const kernel = computer(PI4);
    kernel.level = 1;
    const with_ = options();
    const sensor = await open("gpio:pin11?edge=rising", kernel.host(), with_);
    await sensor.close();
    expect(with_.said).toEqual([
      "gpio:pin11?edge=rising: GPIO17, header pin 11: line 17, named GPIO17, of pinctrl-bcm2711 (gpiochip0) through the character device with the kernel's time stamps; rising edges; level 1",
    ]);
  });
});

describe("events through the character device", () => {
  test("have the kernel's times; gaps of its numbers are losses", async () => {
    const kernel = computer(PI4);
    const sensor = await open("gpio:17", kernel.host());
    for (const [timeNs, rising, sequence] of [
      [1_000n, true, 1],
      [2_500n, false, 2],
      [9_000n, true, 6],
      [9_001n, false, 7],
    ] as const) {
      kernel.feed(eventBytes(timeNs, rising, 17, sequence));
    }
    expect(await take(sensor, 4)).toEqual([
      { timeNs: 1_000n, value: 1, lostBefore: 0 },
      { timeNs: 2_500n, value: 0, lostBefore: 0 },
      { timeNs: 9_000n, value: 1, lostBefore: 3 },
      { timeNs: 9_001n, value: 0, lostBefore: 0 },
    ]);
    await sensor.close();
  });

  test("a burst larger than a read, then silence, then more: none lost", async () => {
    const kernel = computer(PI4);
    const sensor = await open("gpio:17", kernel.host());
    const burst = Array.from({ length: 1000 }, (_, k) =>
      eventBytes(BigInt(10 * (k + 1)), k % 2 === 0, 17, k + 1),
    );
    kernel.feed(Buffer.concat(burst));
    setTimeout(() => kernel.feed(eventBytes(99_999n, true, 17, 1001)), 20);
    const events = await take(sensor, 1001);
    expect(events.map(({ timeNs }) => timeNs)).toEqual([
      ...Array.from({ length: 1000 }, (_, k) => BigInt(10 * (k + 1))),
      99_999n,
    ]);
    expect(events.reduce((sum, { lostBefore }) => sum + lostBefore, 0)).toBe(0);
    await sensor.close();
  });

  test("a line that is never idle lets other work have its turn", async () => {
    const kernel = computer(PI4);
    const sensor = await open("gpio:17", kernel.host());
    const burst = Array.from({ length: 1024 }, (_, k) => eventBytes(BigInt(k), true, 17, k + 1));
    kernel.feed(Buffer.concat(burst));
    let turns = 0;
    const work = setInterval(() => turns++, 0);
    const seen: number[] = [];
    for await (const { value } of sensor) {
      seen.push(turns);
      // a moment in which the timer becomes due
      for (const end = performance.now() + 3; performance.now() < end; );
      if (seen.length * value.length >= 1024) break;
    }
    clearInterval(work);
    expect(seen.at(-1)).toBeGreaterThan(0);
    await sensor.close();
  });

  test("closing ends the iteration, and gives the line back", async () => {
    const kernel = computer(PI4);
    const sensor = await open("gpio:17", kernel.host());
    const iteration = take(sensor, 1);
    setTimeout(() => void sensor.close(), 5);
    expect(await iteration).toEqual([]);
  });
});

describe("without the character device", () => {
  test("onoff: levels with the times at which they are seen, repeats betray a loss", async () => {
    const onoff = new OnoffLines();
    const with_ = options();
    const sensor = await open("gpio:17", withoutKoffi(computer(PI4), onoff), with_);
    setTimeout(() => {
      onoff.change(1);
      onoff.change(0);
      onoff.change(0);
      onoff.change(1);
    }, 1);
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
    setTimeout(() => {
      onoff.change(1);
      onoff.change(1);
    }, 1);
    expect((await take(sensor, 2)).map(({ value, lostBefore }) => [value, lostBefore])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    await sensor.close();
  });

  test("onoff: events that nobody takes are bounded, and counted", async () => {
    const onoff = new OnoffLines();
    const sensor = await open("gpio:17", withoutKoffi(computer(PI4), onoff));
    setTimeout(() => {
      for (let k = 1; k <= 10_000; k++) onoff.change(k % 2 === 1 ? 1 : 0);
    }, 1);
    const events = await take(sensor, 4096);
    expect(events).toHaveLength(4096);
    expect(events[0]?.lostBefore).toBe(10_000 - 4096);
    await sensor.close();
  });

  test("onoff: an error while watching ends the sensor", async () => {
    const onoff = new OnoffLines();
    const sensor = await open("gpio:17", withoutKoffi(computer(PI4), onoff));
    setTimeout(() => onoff.fail(new Error("ENODEV")), 1);
    expect(await problemsOf(take(sensor, 1))).toEqual([
      expect.objectContaining({ code: "SENSOR_LOST", where: "gpio:17" }),
    ]);
    await sensor.close();
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

describe("what is wrong", () => {
  test.each([
    ["gpio:28", "BCM 28, which is on no pin of the header"],
    ["gpio:42", "BCM 42, which is on no pin of the header"],
    ["gpio:pin1", "pin 1, which carries 3.3 V"],
    ["gpio:pin39", "pin 39, which carries ground"],
    ["gpio:pin41", "pin 41"],
    ["gpio:pin0", "pin 0"],
    ["gpio:pinctrl-bcm2711:58", "line 58"],
  ])("%s", async (uri, got) => {
    expect(await problemsOf(open(uri, computer(PI4).host()))).toEqual([
      expect.objectContaining({ code: "SENSOR_MISSING", where: uri, got }),
    ]);
  });

  test.each([
    "gpio:",
    "gpio:seventeen",
    "gpio:17?edge=up",
    "gpio:17?bias=pullup",
    "gpio:17?debounce=-1",
    "gpio:17?debounce=1.5",
    "gpio:17?debounce=1e12",
    "gpio:17?active=1",
    "gpio:17?initial=1",
    "gpio:17?pull=up",
  ])("%s is a wrong call", async (uri) => {
    const [problem] = await problemsOf(open(uri, computer(PI4).host()));
    expect(problem?.code).toBe("USAGE");
  });

  test.each(["gpio:17?edge=rising", "gpio:17?initial=2", "sim:step"])(
    "%s is no output",
    async (uri) => {
      const [problem] = await problemsOf(openGpioOutput(uri, options(), computer(PI4).host()));
      expect(problem?.code).toBe("USAGE");
    },
  );

  test("a line in use names who has it, and what to do", async () => {
    const host = computer(PI4).host();
    const busy = async (uri: string) => {
      const [problem] = await problemsOf(open(uri, host));
      return [problem?.code, problem?.got, problem?.remedy];
    };
    expect(await busy("gpio:4")).toEqual([
      ...["DEVICE_BUSY", "in use by w1", "End w1, or take another line."],
    ]);
    expect(await busy("gpio:22")).toEqual([
      ...["DEVICE_BUSY", "in use by sysfs", "echo 534 | sudo tee /sys/class/gpio/unexport"],
    ]);
    expect(await busy("gpio:23")).toEqual([
      ...["DEVICE_BUSY", "in use by a driver of the kernel", expect.any(String)],
    ]);
  });

  test.each([
    [22, "EINVAL"],
    [524, "ENOTSUPP"],
  ])("errno %d for what a chip cannot do", async (errno, name) => {
    const kernel = computer(PI4);
    kernel.refuses = errno;
    expect(await problemsOf(open("gpio:17?bias=none", kernel.host()))).toEqual([
      expect.objectContaining({ code: "IO", got: `${name} for line 17 of pinctrl-bcm2711` }),
    ]);
  });

  test("a computer with other chips alone: they are named", async () => {
    const kernel = computer({
      model: "Radxa ROCK 5B",
      chips: [{ device: "gpiochip0", label: "gpio0", lines: 32, base: 512 }],
    });
    const problems = await problemsOf(open("gpio:17", kernel.host(new OnoffLines().import)));
    expect(problems.map(({ got }) => got)).toEqual(
      Array.from({ length: 2 }, () => "the chips gpio0 on a Radxa ROCK 5B"),
    );
    await (await open("gpio:gpio0:17", kernel.host())).close();
  });

  test("two chips of one label cannot be told apart", async () => {
    const twice = ["gpiochip0", "gpiochip1"].map((device, k) => ({
      ...{ device, label: "mcp23017", lines: 16, base: 500 + 16 * k },
    }));
    const [problem] = await problemsOf(
      open("gpio:mcp23017:3", computer({ model: null, chips: twice }).host()),
    );
    expect(problem?.got).toBe("gpiochip0 is mcp23017, gpiochip1 is mcp23017");
  });

  test("a chip unplugged ends the iteration with SENSOR_LOST", async () => {
    const kernel = computer(PI4);
    const sensor = await open("gpio:17", kernel.host());
    // the descriptor fails as the kernel's does once the chip is gone
    const iteration = problemsOf(take(sensor, 1));
    kernel.unplug();
    expect(await iteration).toEqual([
      expect.objectContaining({ code: "SENSOR_LOST", where: "gpio:17" }),
    ]);
    await sensor.close();
  });

  test("onoff: a line that something else has, and an error without a name", async () => {
    const onoff = new OnoffLines();
    const host = withoutKoffi(computer(PI4), onoff);
    onoff.refuses = systemError("write", 16);
    expect((await problemsOf(open("gpio:17", host)))[0]?.code).toBe("DEVICE_BUSY");
    onoff.refuses = systemError("write", 22);
    expect((await problemsOf(open("gpio:17", host)))[0]).toMatchObject({
      ...{ code: "IO", got: "EINVAL", expected: expect.stringContaining("number 529") },
    });
    onoff.refuses = systemError("open", 13);
    expect((await problemsOf(open("gpio:17", host))).map(({ got }) => got)).toEqual([
      ...["no package koffi", "permission denied on /sys/class/gpio/export"],
    ]);
  });

  asRoot("a user outside the group: which group, and the command", async () => {
    const kernel = computer(PI4);
    chmodSync(kernel.root, 0o755);
    writeFileSync(join(kernel.root, "etc/group"), "root:x:0:\ngpio:x:993:\n");
    for (const device of ["gpiochip0", "gpiochip1"]) {
      chownSync(join(kernel.root, "dev", device), 0, 993);
      chmodSync(join(kernel.root, "dev", device), 0o660);
    }
    process.seteuid?.(65534);
    try {
      const host = kernel.host();
      const denied = { got: "permission denied on /dev/gpiochip0" };
      const remedy = "sudo usermod -aG gpio $USER, then log in again.";
      expect((await problemsOf(open("gpio:17", host)))[0]).toMatchObject({ ...denied, remedy });
      const { backends } = await gpioSupport(host);
      expect(backends[0]?.problem).toMatchObject({ ...denied, remedy });
    } finally {
      process.seteuid?.(0);
    }
  });
});
