/** Ports by name, and a device that comes back under another one. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ChannelEvents } from "../../../host/lines/line.ts";
import { serialLine } from "../../../host/lines/serial.ts";
import { matches, type PortInfo, parsePort, usbPorts } from "../../../host/lines/serial-ports.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { Link } from "../../../host/runtime/link.ts";
import { DeviceModel } from "../../support/device-model.ts";
import { FakeTime } from "../../support/fake-time.ts";

describe("PORT", () => {
  test.each([
    ["/dev/ttyACM0", { at: { path: "/dev/ttyACM0" }, baud: 115200 }],
    ["/dev/ttyACM0@921600", { at: { path: "/dev/ttyACM0" }, baud: 921600 }],
    ["COM3", { at: { path: "COM3" }, baud: 115200 }],
    [
      "2E8A:000a",
      { at: { vendorId: "2e8a", productId: "000a", serialNumber: null }, baud: 115200 },
    ],
    [
      "2e8a:000a:E66:1@9600",
      { at: { vendorId: "2e8a", productId: "000a", serialNumber: "E66:1" }, baud: 9600 },
    ],
  ])("%s", (text, spec) => expect(parsePort(text)).toEqual(spec));

  test.each(["", "@9600", "/dev/ttyS0@0"])("%j is none", (text) =>
    expect(() => parsePort(text)).toThrow(/^USAGE/),
  );
});

test("without udev, the kernel's own folders know the ids", async () => {
  const root = mkdtempSync(join(tmpdir(), "twentywatt-tty-"));
  try {
    const device = join(root, "devices/usb1/1-1");
    mkdirSync(join(device, "1-1:1.0/tty/ttyACM0"), { recursive: true });
    for (const [file, content] of [
      ["idVendor", "2e8a\n"],
      ["idProduct", "000a\n"],
      ["serial", "E6605481\n"],
    ]) {
      writeFileSync(join(device, file as string), content as string);
    }
    const tty = join(root, "class/tty");
    mkdirSync(join(tty, "ttyACM0"), { recursive: true });
    mkdirSync(join(tty, "ttyS0"));
    symlinkSync(join(device, "1-1:1.0"), join(tty, "ttyACM0/device"));
    expect(await usbPorts(tty)).toEqual([
      {
        path: "/dev/ttyACM0",
        vendorId: "2e8a",
        productId: "000a",
        serialNumber: "E6605481",
        manufacturer: null,
      },
    ]);
    expect(await usbPorts(join(root, "none"))).toEqual([]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

/** Boards and serial chips of makers, and the driver that has them: cdc-acm, or one of usb-serial, a folder deeper. */
const BOARDS: readonly (readonly [board: string, ids: string, driver: "ACM" | "USB"])[] = [
  ["Raspberry Pi Pico", "2e8a:000a", "ACM"],
  ["ESP32-S3, ESP32-C3", "303a:1001", "ACM"],
  ["CP210x", "10c4:ea60", "USB"],
  ["CH340", "1a86:7523", "USB"],
  ["CH9102", "1a86:55d4", "ACM"],
  ["FTDI FT232", "0403:6001", "USB"],
  ["Arduino Uno", "2341:0043", "ACM"],
  ["micro:bit", "0d28:0204", "ACM"],
  ["Nordic PPK2", "1915:c00a", "ACM"],
  ["ST LPM01A", "0483:5740", "ACM"],
];

test("makers' boards side by side, each by its numbers", async () => {
  const root = mkdtempSync(join(tmpdir(), "twentywatt-boards-"));
  try {
    const tty = join(root, "class/tty");
    mkdirSync(tty, { recursive: true });
    BOARDS.forEach(([, ids, driver], k) => {
      const device = join(root, `devices/usb1/1-${k + 1}`);
      const own = join(device, `1-${k + 1}:1.0`, driver === "USB" ? `ttyUSB${k}` : "");
      mkdirSync(own, { recursive: true });
      const [vendorId = "", productId = ""] = ids.split(":");
      writeFileSync(join(device, "idVendor"), `${vendorId}\n`);
      writeFileSync(join(device, "idProduct"), `${productId}\n`);
      mkdirSync(join(tty, `tty${driver}${k}`));
      symlinkSync(own, join(tty, `tty${driver}${k}/device`));
    });
    const ports = await usbPorts(tty);
    expect(ports).toHaveLength(BOARDS.length);
    BOARDS.forEach(([board, ids, driver], k) => {
      const { at } = parsePort(ids.toUpperCase());
      if ("path" in at) throw new Error(ids);
      const found = ports.filter((port) => matches(port, at)).map(({ path }) => path);
      expect([board, ...found]).toEqual([board, `/dev/tty${driver}${k}`]);
    });
  } finally {
    rmSync(root, { recursive: true });
  }
});

/** A USB port that a test plugs in and out. */
function plugged() {
  const time = new FakeTime();
  const device = new DeviceModel(time);
  const port = (path: string): PortInfo => ({
    ...{ path, vendorId: "2e8a", productId: "000a", serialNumber: "A1", manufacturer: null },
  });
  const other: PortInfo = { ...port("/dev/ttyACM7"), serialNumber: "B2" };
  let here: readonly PortInfo[] = [other, port("/dev/ttyACM0")];
  let events: ChannelEvents | null = null;
  const opened: string[] = [];
  const options = {
    list: async () => here,
    openPort: async (path: string, _: number, to: ChannelEvents) => {
      opened.push(path);
      events = to;
      device.send = (bytes) => to.bytes(bytes);
      return { write: (bytes: Uint8Array) => device.receive(bytes), close: async () => {} };
    },
  };
  const pull = (silently: boolean) => {
    here = [other];
    device.send = null;
    device.receive = () => {};
    if (!silently) events?.closed("disconnected");
  };
  const plugInAs = (path: string) => {
    here = [other, port(path)];
    device.receive = DeviceModel.prototype.receive;
  };
  return { time, device, options, opened, pull, plugInAs };
}

test.each([
  ["2e8a:000a:A1", false],
  ["/dev/ttyACM0", false],
  ["2e8a:000a:A1", true],
])("%s comes back as ttyACM1, driver silent: %s", async (name, silently) => {
  const { time, options, opened, pull, plugInAs, device } = plugged();
  const gaps: number[] = [];
  const link = new Link(serialLine(name, options), {
    timers: time,
    random: mulberry32(1),
    onFound: (ms) => gaps.push(ms),
  });
  await time.run(link.hello());
  pull(silently);
  const pending = link.request("STATUS");
  pending.catch(() => {});
  time.after(7000, () => plugInAs("/dev/ttyACM1"));
  await time.run(pending);
  expect(opened).toEqual(["/dev/ttyACM0", "/dev/ttyACM1"]);
  // 0.25, 0.5, 1, 2 and 4 seconds after it was missed
  expect(gaps).toEqual([7750]);
  expect(device.done.get("HELLO")).toBe(1);
});
