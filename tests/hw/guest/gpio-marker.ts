/** Marker pins on real lines: raised around local steps, and read back as windows of steps. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { setter } from "../../../host/cli/marker-pins.ts";
import type { StepPart, StepWindow } from "../../../host/power/index.ts";
import { AroundSteps, edgeWindows } from "../../../host/run/edge-windows.ts";
import { MARK } from "../../../host/runtime/index.ts";
import { openGpioOutput } from "../../../host/sensors/gpio.ts";
import { openSensor } from "../../../host/sensors/open.ts";
import type { Sensor } from "../../../host/sensors/sensor.ts";
import { compiled, json } from "./command-line.ts";
import type { GuestTest } from "./guest-test.ts";
import { options } from "./listening.ts";
import { until } from "./machine.ts";
import { SimulatedChip } from "./simulated-chip.ts";

async function withChip(body: (chip: SimulatedChip) => Promise<void>): Promise<void> {
  const chip = new SimulatedChip({ label: "pinctrl-bcm2711", lines: 28 });
  try {
    await body(chip);
  } finally {
    chip.remove();
  }
}

const STEPS = 10;
/** The simulated chip keeps one edge of a line until its interrupt is served: on a busy computer that takes a while. */
const BETWEEN_MS = 50;

export const GPIO_MARKER: readonly GuestTest[] = [
  {
    name: "marker: both pins have the levels of each part of a step when the call returns",
    body: () =>
      withChip(async (chip) => {
        const pins = [
          await openGpioOutput("gpio:17", options()),
          await openGpioOutput("gpio:27", options()),
        ];
        const set = setter(pins);
        const { step, work } = MARK;
        for (const levels of [work, work | step, work, 0]) {
          set(levels);
          const seen = chip.level(17) * step + chip.level(27) * work;
          assert.equal(seen, levels);
        }
        for (const pin of pins) await pin.close();
      }),
  },
  {
    name: "marker: a run with --marker raises its line, and gives it back low",
    body: () =>
      withChip(async (chip) => {
        const run = ["run", compiled("values"), "--samples", "20", "--marker", "gpio:17"];
        const { code, stderr } = await json(run);
        assert.equal(code, 0, stderr);
        assert.match(stderr, /gpio:17: GPIO17, header pin 11: .*an output, level 0/);
        assert.equal(chip.level(17), 0);
        const again = await openGpioOutput("gpio:17", options());
        await again.close();
      }),
  },
  {
    name: "marker: edges on a line are windows by the kernel's times",
    body: () =>
      withChip(async (chip) => {
        const sensor = await openSensor("gpio:17", options());
        const windows: StepWindow[] = [];
        const reading = edgeWindows(sensor, (window) => windows.push(window));
        const rises: bigint[] = [];
        for (let k = 0; k < STEPS; k++) {
          rises.push(process.hrtime.bigint());
          chip.pull(17, 1);
          await sleep(BETWEEN_MS);
          chip.pull(17, 0);
          await sleep(BETWEEN_MS);
        }
        const endNs = process.hrtime.bigint();
        await until("every window", () => windows.length === STEPS);
        await sensor.close();
        await reading;
        for (const [k, { fromNs, toNs, ns }] of windows.entries()) {
          assert.ok(fromNs >= (rises[k] ?? 0n) && toNs <= (rises[k + 1] ?? endNs), `window ${k}`);
          assert.ok(ns > 0 && ns === Number(toNs - fromNs), `${ns} ns`);
        }
      }),
  },
  {
    name: "marker: two lines tell input, step and output apart by the kernel's times",
    body: () =>
      withChip(async (chip) => {
        const sensors = [
          await openSensor("gpio:17", options()),
          await openSensor("gpio:27", options()),
        ];
        const found: Record<StepPart, StepWindow[]> = { step: [], input: [], output: [] };
        const steps = new AroundSteps((window, part) => found[part].push(window));
        const reading = [
          edgeWindows(sensors[0] as Sensor, (window) => steps.step(window)),
          edgeWindows(sensors[1] as Sensor, (window) => steps.around(window)),
        ];
        for (let k = 0; k < STEPS; k++) {
          for (const [line, level] of [
            [27, 1],
            [17, 1],
            [17, 0],
            [27, 0],
          ] as const) {
            chip.pull(line, level);
            await sleep(BETWEEN_MS);
          }
        }
        await until(
          "every window",
          () => found.step.length === STEPS && found.output.length >= STEPS - 1,
        );
        for (const sensor of sensors) await sensor.close();
        await Promise.all(reading);
        assert.equal(found.input.length, STEPS - 1);
        for (const [k, { fromNs, toNs, ns }] of found.input.entries()) {
          assert.equal(toNs, found.step[k]?.fromNs);
          assert.equal(found.output[k]?.fromNs, found.step[k]?.toNs);
          assert.ok(fromNs < toNs && ns === Number(toNs - fromNs));
        }
      }),
  },
];
