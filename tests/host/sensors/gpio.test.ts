/** GPIO lines as events and as outputs: which line of which computer, and what the kernel is asked for. */
import { describe, expect, test } from "vitest";
import { gpioSupport, openGpioOutput } from "../../../host/sensors/gpio.ts";
import { COMPUTERS } from "../../support/gpio-computers.ts";
import { eventBytes } from "../../support/gpio-kernel.ts";
import { computer, open, options, PI4, take, withoutKoffi } from "../../support/gpio-opening.ts";
import { OnoffLines } from "../../support/onoff-double.ts";

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
    const more = options((k) => {
      if (k === 3) kernel.feed(eventBytes(99_999n, true, 17, 1001));
    });
    const sensor = await open("gpio:17", kernel.host(), more);
    const burst = Array.from({ length: 1000 }, (_, k) =>
      eventBytes(BigInt(10 * (k + 1)), k % 2 === 0, 17, k + 1),
    );
    kernel.feed(Buffer.concat(burst));
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
    const work = () => {
      turns += 1;
      other = setImmediate(work);
    };
    let other = setImmediate(work);
    const seen: number[] = [];
    let taken = 0;
    for await (const { value } of sensor) {
      seen.push(turns);
      taken += value.length;
      if (taken >= 1024) break;
    }
    clearImmediate(other);
    expect(seen.length).toBeGreaterThan(1);
    // a turn of the event loop between any two reads
    seen.slice(1).forEach((now, k) => {
      expect(now).toBeGreaterThan(seen[k] ?? Number.POSITIVE_INFINITY);
    });
    await sensor.close();
  });

  test("closing ends the iteration, and gives the line back", async () => {
    const kernel = computer(PI4);
    const with_ = options((k) => {
      if (k === 3) void sensor.close();
    });
    const sensor = await open("gpio:17", kernel.host(), with_);
    expect(await take(sensor, 1)).toEqual([]);
  });
});
