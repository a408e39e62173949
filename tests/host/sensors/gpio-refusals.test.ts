/** Lines that are not there, not free or not allowed: what is said. */
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemError } from "../../../host/linux/system-calls.ts";
import { gpioSupport, openGpioOutput } from "../../../host/sensors/gpio.ts";
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
import { testUnless } from "../../support/skip.ts";

const asRoot = testUnless(
  process.getuid?.() === 0
    ? null
    : { reason: "only root becomes another user", fix: "run the tests as root" },
);

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
