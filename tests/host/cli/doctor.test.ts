/** `doctor` on computers made of files: a row of what keeps makers from their sensors each. Nothing may change there. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { examine } from "../../../host/cli/doctor.ts";
import type { Finding } from "../../../host/cli/doctor-checks.ts";
import { type Patient, patient } from "../../../host/cli/doctor-host.ts";
import { type Result, Unfinished } from "../../../host/cli/result.ts";
import { TwentyWattError } from "../../../host/errors.ts";
import type { PortInfo } from "../../../host/lines/index.ts";
import { cliJson, folderOfFiles } from "../../support/cli.ts";
import { misfits } from "../../support/documents.ts";
import { COMPUTERS } from "../../support/gpio-computers.ts";
import { type FakeComputer, GpioKernel } from "../../support/gpio-kernel.ts";

folderOfFiles();
const PI4 = COMPUTERS[3] as FakeComputer;
const PC: FakeComputer = { model: null, chips: [] };

let kernels: GpioKernel[] = [];
afterEach(() => {
  for (const kernel of kernels) kernel.remove();
  kernels = [];
});

type Files = Readonly<Record<string, string>>;

/** @param files by path; "→/dev/x" is a link. @param refused paths that this user may not open */
async function examined(
  computer: FakeComputer,
  files: Files = {},
  {
    refused = [],
    ports = [],
    ...more
  }: Partial<Patient> & {
    readonly refused?: readonly string[];
    readonly ports?: readonly PortInfo[];
  } = {},
) {
  const kernel = new GpioKernel(computer);
  kernels.push(kernel);
  const GROUPS = "root:x:0:\ndialout:x:20:\ni2c:x:998:\ngpio:x:997:\nusers:x:100:\n";
  for (const [path, text] of Object.entries({ "etc/group": GROUPS, ...files })) {
    const whole = join(kernel.root, path);
    mkdirSync(dirname(whole), { recursive: true });
    if (text.startsWith("→")) symlinkSync(text.slice(1), whole);
    else writeFileSync(whole, text);
  }
  const listing = () => execFileSync("ls", ["-lR", "--time-style=full-iso"], { cwd: kernel.root });
  const before = listing();
  const who = patient(kernel.root, {
    ...{ user: "ada", groupIds: [100], gpio: kernel.host(), load: async () => null, pid: 1 },
    may: (path) => !refused.includes(path),
    ...more,
  });
  let result: Result;
  let code = 0;
  try {
    result = await examine(who, ports);
  } catch (error) {
    if (!(error instanceof Unfinished && error.cause instanceof TwentyWattError)) throw error;
    result = error.result;
    code = error.cause.problems.length;
    for (const one of error.cause.problems) expect(one.code).toBe("HOST_PROBLEM");
  }
  expect(listing().equals(before)).toBe(true);
  const findings = result.json.findings as readonly Finding[];
  for (const { what, where, fix } of findings) {
    for (const text of [what, where, fix]) expect(text).not.toBe("");
    expect(fix).not.toContain("\n");
  }
  expect(findings.filter(({ level }) => level === "problem")).toHaveLength(code);
  return { result, findings, code, not: findings.filter(({ level }) => level !== "ok") };
}

describe("the text", () => {
  test("says in its last line what the answer is, and shows no command beside what is well", async () => {
    const well = await examined(PC);
    expect(well.result.text.at(-1)).toBe("verdict   nothing is in the way of what is plugged in");
    expect(well.result.text.filter((line) => /^ +\$ /.test(line))).toEqual([]);
    const files = { "dev/ttyACM0": "", "dev/snd/pcmC1D0c": "" };
    const ill = await examined(PC, files, { refused: ["dev/ttyACM0"], finds: () => false });
    expect(ill.result.text.at(-1)).toBe("verdict   2 problems in the way, with a command for each");
    expect(ill.result.text.filter((line) => /^ +\$ /.test(line))).toHaveLength(2);
  });
});

describe("microphones", () => {
  const card = { "dev/snd/pcmC0D0p": "", "dev/snd/pcmC1D0c": "", "dev/snd/controlC1": "" };
  const of = async (more: Parameters<typeof examined>[2], files: Files = card) =>
    (await examined(PC, files, more)).findings.find(({ where }) => where.startsWith("/dev/snd"));

  test("a card that only plays is none", async () => {
    const found = await of({}, { "dev/snd/pcmC0D0p": "" });
    expect(found).toMatchObject({ level: "ok", what: "no sound card that records" });
  });

  test("without arecord, without permission, and with both", async () => {
    expect(await of({ finds: () => false })).toMatchObject({
      ...{ level: "problem", where: "/dev/snd/pcmC1D0c", fix: "sudo apt install alsa-utils" },
    });
    const refused = ["dev/snd/pcmC1D0c"];
    expect(await of({ finds: (name) => name === "arecord", refused })).toMatchObject({
      ...{ level: "problem", fix: expect.stringMatching(/^sudo usermod -aG \w+ ada$/) },
    });
    expect(await of({ finds: () => true })).toMatchObject({ level: "ok", what: "1 sound input" });
  });
});

describe("GPIO", () => {
  test.each(COMPUTERS)(
    "$system: its chips, and where sysfs counts the header from",
    async (one) => {
      const { result, findings, code } = await examined(one);
      expect(code).toBe(0);
      const gpio = result.json.gpio as readonly Record<string, unknown>[];
      expect(gpio).toContainEqual(
        expect.objectContaining({ chip: one.device, label: one.label, base: one.base }),
      );
      expect(findings[0]).toMatchObject({
        level: "ok",
        fix: "twentywatt record gpio:17 -o line.rec",
      });
      expect(findings[0]?.what).toContain(`GPIO17 is ${one.base + 17} there`);
      expect(result.json.host).toMatchObject({ model: one.model, user: "ada", groups: ["users"] });
    },
  );

  test("not in the group: the command that adds it; in it since a moment: a new session", async () => {
    const root = (uid: number) => process.getuid?.() === uid;
    const refused = ["dev/gpiochip0", "dev/gpiochip1"];
    const { not, code } = await examined(PI4, {}, { refused });
    expect(code).toBe(1);
    // the files of the test belong to whoever runs it
    if (root(0))
      expect(not[0]?.fix).toMatch(
        /^echo 'SUBSYSTEM=="gpio", GROUP="gpio", MODE="0660"' \| sudo tee /,
      );
    const own = process.getgid?.() ?? 0;
    const rows = (members: string) => ({
      ...{ "etc/group": `gpio:x:${own}:${members}\n`, "dev/i2c-1": "" },
    });
    expect((await examined(PI4, rows(""), { refused })).not).toMatchObject([
      {
        ...{ level: "problem", where: "/dev/gpiochip0, /dev/gpiochip1" },
        fix: "sudo usermod -aG gpio ada",
      },
    ]);
    expect((await examined(PI4, rows("bob,ada"), { refused })).not).toMatchObject([
      { level: "problem", fix: "exec su - ada" },
    ]);
  });

  test("lines that are exported, and lines that drivers have", async () => {
    const used = {
      ...PI4,
      chips: PI4.chips.map((chip, k) =>
        k === 0 ? { ...chip, consumers: { 4: "onewire@0" } } : chip,
      ),
    };
    const { findings } = await examined(used, { "sys/class/gpio/gpio529/value": "0\n" });
    expect(findings).toContainEqual({
      level: "warning",
      what: "line 17 of pinctrl-bcm2711 is exported in sysfs: the character device finds it busy",
      where: "/sys/class/gpio/gpio529",
      fix: "echo 529 | sudo tee /sys/class/gpio/unexport",
    });
    expect(findings).toContainEqual(
      expect.objectContaining({
        level: "ok",
        what: "1 header line in use: GPIO4 (pin 7) by onewire@0",
      }),
    );
  });

  test("a computer without lines has no problem", async () => {
    const { code, not, result } = await examined(PC);
    expect([code, not]).toEqual([0, []]);
    expect(result.json.gpio).toEqual([]);
  });
});

describe("serial ports", () => {
  test("not in dialout", async () => {
    const own = process.getgid?.() ?? 0;
    const files = { "etc/group": `dialout:x:${own}:\n`, "dev/ttyACM0": "" };
    const { not } = await examined(PC, files, { refused: ["dev/ttyACM0"] });
    expect(not).toMatchObject([
      { level: "problem", where: "/dev/ttyACM0", fix: "sudo usermod -aG dialout ada" },
    ]);
  });

  test("who holds a port, by pid and program; we ourselves do not count", async () => {
    const files = {
      "dev/ttyACM0": "",
      ...{ "proc/812/comm": "minicom\n", "proc/812/fd/3": "→/dev/ttyACM0" },
      ...{ "proc/813/comm": "bash\n", "proc/813/fd/0": "→/dev/pts/1" },
      ...{ "proc/1/comm": "node\n", "proc/1/fd/20": "→/dev/ttyACM0" },
    };
    const { not, code } = await examined(PC, files);
    expect(code).toBe(0);
    expect(not).toEqual([
      {
        ...{ level: "warning", where: "/dev/ttyACM0", fix: "kill 812" },
        what: "the port is held by minicom, process 812",
      },
    ]);
  });

  test.each([
    ["0003", "RP2040", "RPI-RP2"],
    ["000f", "RP2350", "RP2350"],
  ])("a Pico in BOOTSEL, 2e8a:%s: named, though it has no port", async (product, chip, drive) => {
    const board = "sys/bus/usb/devices/1-2";
    const files = {
      ...{ [`${board}/idVendor`]: "2e8a\n", [`${board}/idProduct`]: `${product}\n` },
      [`${board}/serial`]: "E0C9125B0D9B\n",
      // one that has a program, and is not waiting
      ...{
        "sys/bus/usb/devices/1-1/idVendor": "2e8a\n",
        "sys/bus/usb/devices/1-1/idProduct": "000a\n",
      },
    };
    const { not, code } = await examined(PC, files);
    expect(code).toBe(0);
    const fix = `cp PROGRAM.uf2 /media/ada/${drive}/`;
    expect(not).toEqual([
      { level: "warning", where: `/${board}`, what: expect.stringContaining(chip), fix },
    ]);
    expect(not[0]?.what).toContain("BOOTSEL");
  });

  test("ModemManager, until a rule says that it is to leave boards alone", async () => {
    const files = { "proc/70/comm": "ModemManager\n" };
    const { not } = await examined(PC, files);
    expect(not).toMatchObject([{ level: "warning", where: "process 70" }]);
    expect(not[0]?.fix).toContain('ENV{ID_MM_DEVICE_IGNORE}="1"');
    const rule = { "etc/udev/rules.d/60-x.rules": 'ENV{ID_MM_DEVICE_IGNORE}="1"\n' };
    expect((await examined(PC, { ...files, ...rule })).not).toEqual([]);
  });

  test("brltty: a warning; a problem where a CH340 is plugged in and has no port", async () => {
    const rule = { "usr/lib/udev/rules.d/85-brltty.rules": "" };
    const fix = "sudo apt remove brltty";
    expect((await examined(PC, rule)).not).toMatchObject([{ level: "warning", fix }]);
    const chip = {
      "sys/bus/usb/devices/1-1/idVendor": "1a86\n",
      "sys/bus/usb/devices/1-1/idProduct": "7523\n",
    };
    expect((await examined(PC, { ...rule, ...chip })).not).toMatchObject([
      { level: "problem", fix },
    ]);
    const port = { "dev/ttyUSB0": "" };
    expect((await examined(PC, { ...rule, ...chip, ...port })).not).toMatchObject([
      { level: "warning" },
    ]);
  });
});

test("I²C: not in the group; not enabled on a Raspberry Pi", async () => {
  const own = process.getgid?.() ?? 0;
  const files = { "etc/group": `i2c:x:${own}:\n`, "dev/i2c-1": "" };
  expect((await examined(PC, files, { refused: ["dev/i2c-1"] })).not).toMatchObject([
    { level: "problem", where: "/dev/i2c-1", fix: "sudo usermod -aG i2c ada" },
  ]);
  const { findings } = await examined(PI4);
  expect(findings).toContainEqual(
    expect.objectContaining({ level: "warning", fix: "sudo raspi-config nonint do_i2c 0" }),
  );
});

test("hidraw: the rule for a meter that is known; a keyboard is nobody's business", async () => {
  const files = {
    ...{ "dev/hidraw0": "", "dev/hidraw1": "" },
    "sys/class/hidraw/hidraw0/device/uevent": "HID_ID=0003:0000046D:0000C31C\n",
    "sys/class/hidraw/hidraw1/device/uevent": "DRIVER=x\nHID_ID=0003:00002E3C:00005558\n",
  };
  const { not } = await examined(PC, files, { refused: ["dev/hidraw0", "dev/hidraw1"] });
  expect(not).toMatchObject([{ level: "problem", where: "/dev/hidraw1" }]);
  expect(not[0]?.fix).toContain('ATTRS{idVendor}=="2e3c", ATTRS{idProduct}=="5558"');
});

test("RAPL for root alone, with its mode; readable, it is a meter", async () => {
  const zone = "sys/class/powercap/intel-rapl:0";
  const files = {
    ...{ [`${zone}/name`]: "package-0\n", [`${zone}/energy_uj`]: "5000\n" },
    [`${zone}/max_energy_range_uj`]: "65532610987\n",
  };
  const refused = await examined(PC, files, { refused: [`${zone}/energy_uj`] });
  expect(refused.code).toBe(0);
  expect(refused.not).toMatchObject([{ level: "warning", where: `/${zone}/energy_uj` }]);
  expect(refused.not[0]?.fix).toMatch(/energy_uj 0444 root root -' \| sudo tee \/etc\/tmpfiles\.d/);
  const { findings, result } = await examined(PC, files);
  expect(findings).toContainEqual(
    expect.objectContaining({ level: "ok", what: expect.stringMatching(/RAPL .*mode 0\d{3}/) }),
  );
  expect(result.json.meters).toContainEqual(expect.objectContaining({ uri: "rapl", scope: "soc" }));
});

describe("under-voltage", () => {
  const THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled";
  // bits as the firmware documents them: 0 under-voltage, 1 capped, 2 throttled, 3 hot; the same + 16: since the start
  test.each([
    ["0", []],
    ["1", [["problem", /^under-voltage now/]]],
    ["50000", [["warning", /^since the start: under-voltage, throttled; use a stronger/]]],
    [
      "50005",
      [
        ["problem", /^under-voltage now/],
        ["warning", /^now: throttled$/],
        ["warning", /^since the start: under-voltage, throttled/],
      ],
    ],
    [
      "80008",
      [
        ["warning", /^now: too hot$/],
        ["warning", /^since the start: too hot$/],
      ],
    ],
  ] as const)("get_throttled %s", async (bits, expected) => {
    const { not } = await examined(PC, { [THROTTLED]: `${bits}\n` });
    expect(not.map(({ level }) => level)).toEqual(expected.map(([level]) => level));
    for (const [k, [, what]] of expected.entries()) expect(not[k]?.what).toMatch(what);
  });

  test("the alarm of rpi_volt; that of another chip is not meant", async () => {
    const files = {
      ...{
        "sys/class/hwmon/hwmon0/name": "nct6775\n",
        "sys/class/hwmon/hwmon0/in0_lcrit_alarm": "1\n",
      },
      ...{
        "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
        "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0\n",
      },
    };
    expect((await examined(PC, files)).not).toEqual([]);
    const alarm = { ...files, "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n" };
    expect((await examined(PC, alarm)).not).toMatchObject([
      { level: "problem", where: "/sys/class/hwmon/hwmon1/in0_lcrit_alarm" },
    ]);
  });
});

describe("packages", () => {
  const without =
    (missing: Readonly<Record<string, string>>): Patient["load"] =>
    async (name) => {
      if (missing[name] !== undefined) throw new Error(missing[name]);
    };
  const absent = (name: string) => `Cannot find package '${name}' imported from /x/y.js`;

  test("not installed: what does not run without it, and the command", async () => {
    const load = without({ koffi: absent("koffi"), serialport: absent("serialport") });
    expect((await examined(PC, {}, { load })).not).toMatchObject([
      { level: "warning", where: "package koffi", fix: "npm install koffi" },
      { level: "problem", where: "package serialport", fix: "npm install serialport" },
    ]);
  });

  test("a native part that was not built: only the one that stands in is without it", async () => {
    const load = without({ onoff: "Could not locate the bindings file. Tried:\n → /x/epoll.node" });
    const { findings, not } = await examined(PC, {}, { load });
    expect(not).toEqual([]);
    expect(findings.at(-1)).toMatchObject({ level: "ok", fix: "npm rebuild onoff epoll" });
    expect(findings.at(-1)?.what).toMatch(/install scripts are blocked/);
  });

  test("lines that are there, and no way to them", async () => {
    const kernel = new GpioKernel(PI4);
    kernels.push(kernel);
    const host = kernel.host();
    const gpio = {
      ...host,
      systemCalls: () =>
        import("../../../host/linux/libc.ts").then(({ loadSystemCalls }) =>
          loadSystemCalls({
            importKoffi: async () => {
              throw new Error(absent("koffi"));
            },
          }),
        ),
    };
    const { not } = await examined(PI4, {}, { gpio });
    expect(not[0]).toMatchObject({ level: "problem", where: "GPIO", fix: "npm install koffi" });
  });
});

test("sensors: a port by its ids, the header, simulations", async () => {
  const board = { vendorId: "2e8a", productId: "000a", serialNumber: "E66", manufacturer: null };
  const { result } = await examined(PI4, {}, { ports: [{ path: "/dev/ttyACM0", ...board }] });
  const uris = (result.json.sensors as readonly { uri: string }[]).map(({ uri }) => uri);
  expect(uris).toEqual(
    expect.arrayContaining(["serial:2e8a:000a:E66", "gpio:BCM", "sim:vibration", "csv:FILE"]),
  );
});

test("on this computer: a document, whatever stands in it", async () => {
  const { document, code } = await cliJson(["doctor"]);
  expect(misfits("doctor", document)).toEqual([]);
  const standing = document.findings.some(({ level }: Finding) => level === "problem");
  expect(code).toBe(standing ? 1 : 0);
  expect(document.host).toMatchObject({ node: process.version, arch: process.arch });
});
