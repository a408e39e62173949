/**
 * Lines of a board, by this program; and what others say of each: the kernel's list of lines, and the registers of the
 * hardware. Prints `@lines JSON`, one entry for each step: what it gave, or the problems it was refused with.
 *
 *   node raspi-lines.mjs PROGRAM
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [program = "."] = process.argv.slice(2);
const { openGpioOutput } = await import(join(program, "build/host/sensors/gpio.js"));
const { openSensor } = await import(join(program, "build/host/sensors/open.js"));
const { waitInRealTime } = await import(join(program, "build/host/sensors/wait.js"));
const { systemClock } = await import(join(program, "build/host/units.js"));
const { examine } = await import(join(program, "build/host/cli/doctor.js"));
const { patient } = await import(join(program, "build/host/cli/doctor-host.js"));

const LIST = "/sys/kernel/debug/gpio";
const HEADER = "pinctrl-bcm2835";
/** BCM2835 ARM Peripherals, 6.1, as a Raspberry Pi 3 has it: function select in threes of bits, then levels. */
const FUNCTIONS = 0x3f200000;
const LEVELS = 0x3f200034;

/** @type {Record<string, unknown>} */
const steps = {};
/** @type {string[]} */
const found = [];
const options = {
  ...{ clock: systemClock, waitUntil: waitInRealTime(systemClock) },
  say: (/** @type {string} */ line) => void found.push(line),
};

steps.list = readFileSync(LIST, "utf8");
steps.sysfs = existsSync("/sys/class/gpio/export");
const base = baseOf(readFileSync(LIST, "utf8"));

await step("by BCM number", async () => {
  const line = await openGpioOutput("gpio:17", options);
  const seen = [seenOf(17)];
  for (const level of [1, 0, 1]) {
    line.write(level);
    seen.push(seenOf(17));
  }
  const busy = await refusal(() => openGpioOutput("gpio:pin11", options));
  const doctor = (await examine(patient(), [])).json;
  await line.close();
  return { found: found.at(-1), seen: [...seen, seenOf(17)], busy, findings: doctor.findings };
});

await step("by header pin, active low", async () => {
  const line = await openGpioOutput("gpio:pin12?active=low&initial=1", options);
  const said = found.at(-1);
  const seen = [seenOf(18)];
  for (const level of [0, 1, 0]) {
    line.write(level);
    seen.push(seenOf(18));
  }
  await line.close();
  return { found: said, seen: [...seen, seenOf(18)] };
});

await step("input", async () => {
  const sensor = await openSensor("gpio:22?bias=pull-up&debounce=1000", options);
  const seen = seenOf(22);
  await sensor.close();
  return { found: found.at(-1), seen: [seen, seenOf(22)] };
});

await step("exported in sysfs", async () => {
  if (!steps.sysfs) return null;
  writeFileSync("/sys/class/gpio/export", String(base + 27));
  const busy = await refusal(() => openGpioOutput("gpio:27", options));
  const doctor = (await examine(patient(), [])).json;
  // as it is printed; this user is root, and there is no sudo
  const command = String(busy?.[0]?.remedy).replace("sudo ", "");
  execFileSync("sh", ["-c", command], { stdio: "ignore" });
  const line = await openGpioOutput("gpio:27", options);
  await line.close();
  return { busy, findings: doctor.findings, found: found.at(-1) };
});

for (const uri of ["gpio:28", "gpio:pin9", "gpio:pin41", `gpio:${HEADER}:54`, "gpio:rp1:4"]) {
  steps[uri] = await refusal(() => openGpioOutput(uri, options));
}
console.log(`@lines ${JSON.stringify(steps)}`);

/**
 * @param {string} name
 * @param {() => Promise<unknown>} work
 */
async function step(name, work) {
  try {
    steps[name] = await work();
  } catch (error) {
    steps[name] = { error: String(error instanceof Error ? error.stack : error) };
  }
}

/** The problems that a call is refused with; null where it was not. @param {() => Promise<unknown>} call */
async function refusal(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return /** @type {any} */ (error).problems ?? [{ code: String(error) }];
  }
}

/** What the kernel lists of a line, and what the hardware has: its level, and 0 for an input, 1 for an output. */
function seenOf(/** @type {number} */ bcm) {
  const row = readFileSync(LIST, "utf8").match(new RegExp(`^ gpio-${base + bcm} .*$`, "m"))?.[0];
  const level = (register(LEVELS) >>> bcm) & 1;
  const direction = (register(FUNCTIONS + 4 * Math.trunc(bcm / 10)) >>> (3 * (bcm % 10))) & 7;
  return { row: row?.trim(), level, direction };
}

/** @param {number} address */
function register(address) {
  const text = execFileSync("devmem", [`0x${address.toString(16)}`, "32"], { encoding: "utf8" });
  return Number(text);
}

/** The kernel's number of the header's first line. @param {string} list */
function baseOf(list) {
  const row = list.split("\n").find((line) => line.startsWith("gpiochip") && line.includes(HEADER));
  return Number(row?.match(/GPIOs (\d+)-/)?.[1]);
}
