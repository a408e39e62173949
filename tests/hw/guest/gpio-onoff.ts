/** The second way to lines: sysfs, through onoff, as on a computer without koffi. */
import assert from "node:assert/strict";
import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { loadSystemCalls } from "../../../host/linux/libc.ts";
import { openGpio, openGpioOutput } from "../../../host/sensors/gpio.ts";
import { type GpioHost, thisComputer } from "../../../host/sensors/gpio-host.ts";
import type { EventBlock, Sensor } from "../../../host/sensors/sensor.ts";
import { parseUri } from "../../../host/uri.ts";
import { ROOT } from "./command-line.ts";
import { problemOf } from "./failing.ts";
import { type GuestTest, NotHere } from "./guest-test.ts";
import { Listening, options, type Said } from "./listening.ts";
import { writeAt } from "./machine.ts";
import { baseOf, SimulatedChip } from "./simulated-chip.ts";

const HEADER = { label: "pinctrl-bcm2711", lines: 28, hogs: { 5: "lamp" } } as const;
const OTHER = { label: "brcmvirt-gpio", lines: 4 } as const;

const withoutKoffi: GpioHost = {
  ...thisComputer,
  systemCalls: () =>
    loadSystemCalls({
      importKoffi: () => Promise.reject(new Error("Cannot find package 'koffi'")),
    }),
};

/** Both chips: sysfs counts each from a number of its own. The package stands beside the others, as if it were installed. */
async function withChips(
  body: (header: SimulatedChip, other: SimulatedChip) => Promise<void>,
): Promise<void> {
  const { TW_ONOFF = "", TW_ONOFF_MISSING } = process.env;
  if (TW_ONOFF_MISSING) throw new NotHere(TW_ONOFF_MISSING);
  const place = join(ROOT, "node_modules/onoff");
  if (!existsSync(place)) symlinkSync(join(TW_ONOFF, "node_modules/onoff"), place);
  const chips = [new SimulatedChip(OTHER), new SimulatedChip(HEADER)] as const;
  try {
    await body(chips[1], chips[0]);
  } finally {
    for (const chip of chips) chip.remove();
  }
}

async function open(text: string, io: Said = options()): Promise<Sensor<EventBlock>> {
  const uri = parseUri(text);
  assert.ok(uri);
  return openGpio(uri, io, withoutKoffi);
}

const exported = (label: string, offset: number): string =>
  `/sys/class/gpio/gpio${baseOf(label) + offset}`;

export const GPIO_ONOFF: readonly GuestTest[] = [
  {
    name: "onoff: the kernel knows no BCM numbers, and each chip is counted from its own base",
    body: () =>
      withChips(async (header, other) => {
        assert.throws(() => writeAt("/sys/class/gpio/export", 17), /EINVAL/);
        assert.notEqual(baseOf(HEADER.label), baseOf(OTHER.label));
        const io = options();
        const sensors = [await open("gpio:17", io), await open("gpio:brcmvirt-gpio:3", io)];
        for (const { label, offset } of [
          { label: HEADER.label, offset: 17 },
          { label: OTHER.label, offset: 3 },
        ]) {
          const base = baseOf(label);
          const numbered = `line ${offset} of ${label} through onoff (number ${base + offset} in sysfs: base ${base})`;
          assert.ok(io.said.join("\n").includes(numbered), io.said.join("\n"));
          assert.ok(existsSync(exported(label, offset)));
        }
        const [line, third] = sensors.map((sensor) => new Listening(sensor));
        assert.ok(line && third);
        header.pull(17, 1);
        assert.equal((await line.next()).value, 1);
        other.pull(3, 1);
        assert.equal((await third.next()).value, 1);
        await line.close();
        await third.close();
        assert.ok(!existsSync(exported(HEADER.label, 17)), "given back");
      }),
  },
  {
    name: "onoff: 50 spaced edges, in order; low may be active",
    body: () =>
      withChips(async (header) => {
        for (const [uri, high] of [
          ["gpio:17", 1],
          ["gpio:pin11?active=low", 0],
        ] as const) {
          header.pull(17, 0);
          const line = new Listening(await open(uri));
          for (let k = 0; k < 25; k++) {
            const level = k % 2 === 0 ? 1 : 0;
            header.pull(17, level);
            assert.equal((await line.next()).value, level === 1 ? high : 1 - high);
          }
          assert.equal(line.lost, 0);
          await line.close();
        }
      }),
  },
  {
    name: "onoff: an output sets the line",
    body: () =>
      withChips(async (header) => {
        const output = await openGpioOutput("gpio:27?initial=1", options(), withoutKoffi);
        assert.equal(header.level(27), 1);
        output.write(0);
        assert.equal(header.level(27), 0);
        output.write(1);
        assert.equal(header.level(27), 1);
        await output.close();
        assert.ok(!existsSync(exported(HEADER.label, 27)), "given back");
      }),
  },
  {
    name: "onoff: a line in use is refused",
    body: () =>
      withChips(async () => {
        const { code, where } = await problemOf(open("gpio:5"));
        assert.deepEqual([code, where], ["DEVICE_BUSY", "gpio:5"]);
      }),
  },
  {
    name: "onoff: an unplugged chip ends the line with an error",
    body: () =>
      withChips(async (header) => {
        const line = new Listening(await open("gpio:17"));
        header.pull(17, 1);
        assert.equal((await line.next()).value, 1);
        const next = problemOf(line.next());
        header.unplug();
        const { code, where } = await next;
        assert.deepEqual([code, where], ["SENSOR_LOST", "gpio:17"]);
        await line.close();
        header.plug();
      }),
  },
];
