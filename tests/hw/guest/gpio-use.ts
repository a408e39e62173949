/** Outputs, lines that others have, and what devices, doctor and record tell of chips. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { openGpioOutput } from "../../../host/sensors/gpio.ts";
import { openSensor } from "../../../host/sensors/open.ts";
import { json, program } from "./command-line.ts";
import { problemOf } from "./failing.ts";
import type { GuestTest } from "./guest-test.ts";
import { options } from "./listening.ts";
import { until, writeAt } from "./machine.ts";
import { baseOf, SimulatedChip } from "./simulated-chip.ts";

/** GPIO5 is a lamp's: a driver of the kernel has it. */
const FORM = { label: "pinctrl-bcm2711", lines: 28, hogs: { 5: "lamp" } } as const;

async function withChip(body: (chip: SimulatedChip) => Promise<void>): Promise<void> {
  const chip = new SimulatedChip(FORM);
  try {
    await body(chip);
  } finally {
    chip.remove();
  }
}

export const GPIO_USE: readonly GuestTest[] = [
  {
    name: "gpio: an output sets the line, from its first level on",
    body: () =>
      withChip(async (chip) => {
        const output = await openGpioOutput("gpio:27", options());
        assert.equal(chip.level(27), 0);
        output.write(1);
        assert.equal(chip.level(27), 1);
        output.write(0);
        assert.equal(chip.level(27), 0);
        await output.close();
        const high = await openGpioOutput("gpio:27?initial=1", options());
        assert.equal(chip.level(27), 1);
        await high.close();
        const low = await openGpioOutput("gpio:27?active=low&initial=0", options());
        assert.equal(chip.level(27), 1, "not active is high");
        low.write(1);
        assert.equal(chip.level(27), 0);
        await low.close();
      }),
  },
  {
    name: "gpio: a line in use is refused with who has it",
    body: () =>
      withChip(async () => {
        const hogged = await problemOf(openSensor("gpio:5", options()));
        assert.deepEqual([hogged.code, hogged.got], ["DEVICE_BUSY", "in use by lamp"]);
        const ours = await openSensor("gpio:6", options());
        const twice = await problemOf(openGpioOutput("gpio:6", options()));
        assert.deepEqual([twice.code, twice.got], ["DEVICE_BUSY", "in use by twentywatt"]);
        await ours.close();
        const { code, documents } = await json(["record", "gpio:5", "-o", "/run/never.rec"]);
        assert.equal(code, 1);
        assert.match(JSON.stringify(documents.at(-1)?.errors), /DEVICE_BUSY.*in use by lamp/);
        assert.ok(!existsSync("/run/never.rec"));
      }),
  },
  {
    name: "gpio: a line exported in sysfs is refused with the command that gives it back",
    body: () =>
      withChip(async () => {
        writeAt("/sys/class/gpio/export", baseOf(FORM.label) + 22);
        const { code, got, remedy } = await problemOf(openSensor("gpio:22", options()));
        assert.deepEqual([code, got], ["DEVICE_BUSY", "in use by sysfs"]);
        execFileSync("sh", ["-c", remedy.replace("sudo ", "")], { stdio: "pipe" });
        await (await openSensor("gpio:22", options())).close();
      }),
  },
  {
    name: "doctor and devices: chips with their labels and bases, and who has a line",
    body: () =>
      withChip(async (chip) => {
        const other = new SimulatedChip({ label: "brcmvirt-gpio", lines: 2 });
        try {
          const doctor = (await program("doctor")).documents.at(-1);
          const row = (name: string, label: string, lines: number) => ({
            ...{ chip: name, label, lines, base: baseOf(label), backend: "character device" },
          });
          assert.deepEqual(doctor?.gpio, [
            row(chip.name, FORM.label, 28),
            row(other.name, "brcmvirt-gpio", 2),
          ]);
          assert.notEqual(baseOf(FORM.label), 0);
          const said = JSON.stringify(doctor?.findings);
          assert.match(said, /GPIO5 \(pin 29\) by lamp/);
          assert.match(said, new RegExp(`GPIO17 is ${baseOf(FORM.label) + 17} there`));
          const { documents } = await json(["devices"]);
          const uris = documents.at(-1)?.sensors.map(({ uri }: { uri: string }) => uri);
          assert.ok(uris.includes("gpio:BCM"), uris.join());
          assert.ok(uris.includes("gpio:brcmvirt-gpio:OFFSET"), uris.join());
        } finally {
          other.remove();
        }
      }),
  },
  {
    name: "record: edges of a line, as many as were made",
    body: () =>
      withChip(async (chip) => {
        const stop = new AbortController();
        const file = "/run/edges.rec";
        const pulling = async () => {
          await until("the recording", () => existsSync(file));
          for (let k = 0; k < 20; k++) {
            chip.pull(17, k % 2 === 0 ? 1 : 0);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          await new Promise((resolve) => setTimeout(resolve, 300));
          stop.abort("SIGINT");
        };
        const [{ code, documents }] = await Promise.all([
          json(["record", "gpio:17", "-o", file], undefined, { signal: stop.signal }),
          pulling(),
        ]);
        assert.equal(code, 0);
        const [source] = documents.at(-1)?.sources ?? [];
        assert.deepEqual(source, { uri: "gpio:17", samples: 20, lost: 0 });
      }),
  },
];
