/** Edges through the character device: times and numbers of the kernel. */
import assert from "node:assert/strict";
import { at } from "../../../host/model/at.ts";
import { openSensor } from "../../../host/sensors/open.ts";
import type { EventBlock, Sensor } from "../../../host/sensors/sensor.ts";
import { problemOf } from "./failing.ts";
import type { GuestTest } from "./guest-test.ts";
import { Listening, options, type Said } from "./listening.ts";
import { textAt } from "./machine.ts";
import { SimulatedChip } from "./simulated-chip.ts";

const HEADER = { label: "pinctrl-bcm2711", lines: 28, names: { 17: "GPIO17" } } as const;

/** A chip of another kind comes first, so that the header's is not gpiochip0. */
async function withHeader(body: (header: SimulatedChip) => Promise<void>): Promise<void> {
  const other = new SimulatedChip({ label: "raspberrypi-exp-gpio", lines: 8 });
  const header = new SimulatedChip(HEADER);
  try {
    assert.notEqual(header.name, "gpiochip0");
    await body(header);
  } finally {
    header.remove();
    other.remove();
  }
}

async function listen(uri: string, io: Said = options()): Promise<Listening> {
  return new Listening((await openSensor(uri, io)) as Sensor<EventBlock>);
}

/** Changes a line while nothing else of JavaScript runs. @returns how many times */
function changes(chip: SimulatedChip, count: number): number {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let k = 0; k < count; k++) {
    chip.pull(17, k % 2 === 0 ? 1 : 0);
    Atomics.wait(pause, 0, 0, 1);
  }
  return count;
}

/** As the kernel counts them for who asked for them, over all processors. */
function interruptsOf(consumer: string): number {
  const row = textAt("/proc/interrupts")
    .split("\n")
    .find((line) => line.trimEnd().endsWith(` ${consumer}`));
  return (row?.match(/(?<=\s)\d+(?=\s)/g) ?? []).reduce((sum, count) => sum + Number(count), 0);
}

/** Events that the kernel keeps for a line. */
const ROOM = 1024;

const now = (): bigint => process.hrtime.bigint();

export const GPIO_EVENTS: readonly GuestTest[] = [
  {
    name: "gpio: 50 spaced edges, each with the kernel's time of it, none lost",
    body: () =>
      withHeader(async (header) => {
        const io = options();
        const line = await listen("gpio:17", io);
        assert.match(
          io.said.join("\n"),
          /GPIO17, header pin 11: line 17, named GPIO17, of pinctrl-bcm2711 \(gpiochip\d+\)/,
        );
        assert.match(io.said.join("\n"), /level 0/);
        for (let k = 0; k < 50; k++) {
          const level = k % 2 === 0 ? 1 : 0;
          const before = now();
          header.pull(17, level);
          const { value, timeNs } = await line.next();
          assert.equal(value, level);
          assert.ok(before <= timeNs && timeNs <= now(), `${before} ${timeNs} ${now()}`);
        }
        assert.equal(line.lost, 0);
        await line.close();
      }),
  },
  {
    name: "gpio: a pin of the header and a label name the same line; one edge alone",
    body: () =>
      withHeader(async (header) => {
        const pin = await listen("gpio:pin11?edge=rising");
        const values: number[] = [];
        for (let k = 0; k < 2; k++) {
          header.pull(17, 1);
          values.push((await pin.next()).value);
          header.pull(17, 0);
        }
        header.pull(17, 1);
        values.push((await pin.next()).value);
        assert.deepEqual(values, [1, 1, 1]);
        await pin.close();
        const label = await listen("gpio:pinctrl-bcm2711:17?active=low");
        header.pull(17, 0);
        assert.equal((await label.next()).value, 1, "low is active");
        await label.close();
      }),
  },
  {
    name: "gpio: changes while JavaScript is busy wait in the kernel, with their times",
    body: () =>
      withHeader(async (header) => {
        const line = await listen("gpio:17");
        const before = now();
        changes(header, 200);
        const after = now();
        const times = (await line.rest()).map(({ timeNs }) => timeNs);
        // the kernel runs together what comes faster than its own threads do
        assert.ok(times.length > 50, `${times.length} of 200`);
        assert.equal(line.lost, 0);
        assert.ok(times.every((time, k) => k === 0 || time >= at(times, k - 1)));
        assert.ok(times.every((time) => before <= time && time <= after));
        assert.ok(new Set(times).size > times.length / 2, "times of their own");
        await line.close();
      }),
  },
  {
    name: "gpio: what the kernel had no room for is counted",
    body: () =>
      withHeader(async (header) => {
        const line = await listen("gpio:17");
        let made = 0;
        while (interruptsOf("twentywatt") < 2 * ROOM && made < 40 * ROOM) {
          made += changes(header, 100);
        }
        await line.rest();
        assert.equal(line.delivered, ROOM);
        assert.ok(line.lost > 0, `none of ${made} is lost`);
        assert.ok(line.delivered + line.lost <= made, `${line.lost} lost of ${made}`);
        await line.close();
      }),
  },
  {
    name: "gpio: a button that bounces is one event",
    body: () =>
      withHeader(async (header) => {
        const line = await listen("gpio:17?debounce=300000");
        const values: number[] = [];
        for (const level of [1, 0] as const) {
          for (let k = 0; k < 9; k++) header.pull(17, k % 2 === 0 ? level : level === 1 ? 0 : 1);
          values.push((await line.next()).value);
        }
        assert.deepEqual(values, [1, 0]);
        await line.close();
      }),
  },
  {
    name: "gpio: a bias pulls the line",
    body: () =>
      withHeader(async (header) => {
        for (const [bias, level] of [
          ["pull-up", 1],
          ["pull-down", 0],
        ] as const) {
          const io = options();
          const line = await listen(`gpio:17?bias=${bias}`, io);
          assert.equal(header.pulled(17), bias);
          assert.match(io.said.join("\n"), new RegExp(`level ${level}`));
          await line.close();
        }
      }),
  },
  {
    name: "gpio: an unplugged chip ends the line with an error, and is found when it is back",
    body: () =>
      withHeader(async (header) => {
        const line = await listen("gpio:17");
        header.pull(17, 1);
        assert.equal((await line.next()).value, 1);
        const next = problemOf(line.next());
        header.unplug();
        const { code, where } = await next;
        assert.deepEqual([code, where], ["SENSOR_LOST", "gpio:17"]);
        await line.close();
        const missing = await problemOf(openSensor("gpio:17", options()).catch(firstOf));
        assert.equal(missing.code, "SENSOR_MISSING");
        assert.match(missing.got, /raspberrypi-exp-gpio/);
        header.plug();
        const again = await listen("gpio:17");
        header.pull(17, 1);
        assert.equal((await again.next()).value, 1);
        await again.close();
      }),
  },
];

/** Of several ways that do not lead to a line, the first. */
async function firstOf(error: unknown): Promise<never> {
  const { TwentyWattError } = await import("../../../host/errors.ts");
  if (!(error instanceof TwentyWattError)) throw error;
  throw new TwentyWattError(error.problems.slice(0, 1));
}
