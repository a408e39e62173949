/** `doctor` on what is plugged in: serial ports and who holds them, boards that wait, meters on USB, microphones. */
import { describe, expect, test } from "vitest";
import { examined, type Files, PC, PI4 } from "../../support/examined.ts";

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

test("sensors: a port by its ids, the header, simulations", async () => {
  const board = { vendorId: "2e8a", productId: "000a", serialNumber: "E66", manufacturer: null };
  const { result } = await examined(PI4, {}, { ports: [{ path: "/dev/ttyACM0", ...board }] });
  const uris = (result.json.sensors as readonly { uri: string }[]).map(({ uri }) => uri);
  expect(uris).toEqual(
    expect.arrayContaining(["serial:2e8a:000a:E66", "gpio:BCM", "sim:vibration", "csv:FILE"]),
  );
});
