/** Opening lines of computers that are trees of files: what the tests of GPIO share. */
import { afterEach } from "vitest";
import { TwentyWattError } from "../../host/errors.ts";
import { openGpio } from "../../host/sensors/gpio.ts";
import type { GpioHost } from "../../host/sensors/gpio-host.ts";
import type { EventBlock } from "../../host/sensors/sensor.ts";
import { parseUri } from "../../host/uri.ts";
import { type FakeComputer, GpioKernel } from "./gpio-kernel.ts";
import type { OnoffLines } from "./onoff-double.ts";

const kernels: GpioKernel[] = [];
afterEach(() => {
  for (const kernel of kernels.splice(0)) kernel.remove();
});

export function computer(fake: FakeComputer): GpioKernel {
  const kernel = new GpioKernel(fake);
  kernels.push(kernel);
  return kernel;
}

export const PI4: FakeComputer = {
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
export const withoutKoffi = (kernel: GpioKernel, onoff: OnoffLines): GpioHost => ({
  ...kernel.host(onoff.import),
  systemCalls: async () => {
    throw new TwentyWattError({
      ...{ code: "PACKAGE_MISSING", where: "system calls", got: "no package koffi" },
      ...{ expected: "the package koffi", remedy: "npm install koffi." },
    });
  },
});

/** @param idle called at the k-th wait, from 1: so often has the reader found nothing, and nobody needs a timer */
export function options(idle: (k: number) => void = () => {}) {
  const said: string[] = [];
  let nowNs = 5_000n;
  let waits = 0;
  return {
    said,
    clock: { nowNs: () => nowNs },
    // waiting ends at once, after everything else had its turn
    waitUntil: async (timeNs: bigint) => {
      idle(++waits);
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (timeNs > nowNs) nowNs = timeNs;
    },
    say: (line: string) => void said.push(line),
  };
}

export async function open(text: string, host: GpioHost, with_ = options()) {
  const uri = parseUri(text);
  if (!uri) throw new Error(text);
  return openGpio(uri, with_, host);
}

export async function problemsOf(work: Promise<unknown>) {
  try {
    await work;
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
  throw new Error("no problem");
}

export async function take(sensor: AsyncIterable<EventBlock>, count: number) {
  const events: { timeNs: bigint; value: number; lostBefore: number }[] = [];
  for await (const { timeNs, value, lostBefore } of sensor) {
    value.forEach((one, k) => {
      events.push({ timeNs: timeNs[k] ?? -1n, value: one, lostBefore: k === 0 ? lostBefore : 0 });
    });
    if (events.length >= count) break;
  }
  return events;
}
