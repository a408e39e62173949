/**
 * A line over a serial port: a real one, a USB one that may come back under another name, or a pseudo-terminal. All of
 * it goes through the serialport package, which is loaded when the first port is opened.
 */
import { realpath, stat } from "node:fs/promises";
import { fail } from "../errors.ts";
import { hearHangUp } from "./hang-up.ts";
import { endingOf, holdersOf, type Process } from "./holders.ts";
import type { Channel, ChannelEvents, Line } from "./line.ts";
import {
  identityOf,
  identityText,
  listPorts,
  matches,
  type PortInfo,
  parsePort,
  type UsbIdentity,
} from "./serial-ports.ts";

export type SerialOptions = {
  readonly list?: () => Promise<readonly PortInfo[]>;
  readonly openPort?: (path: string, baud: number, events: ChannelEvents) => Promise<Channel>;
};

/** @param port PATH or VID:PID[:SERIAL], each with @BAUD or without */
export function serialLine(port: string, options: SerialOptions = {}): Line {
  const { list = listPorts, openPort = openSerial } = options;
  const { at, baud } = parsePort(port);
  const name = `board:${port}`;
  /** once known, the device is found by it: its path may be another one after it was unplugged */
  let usb: UsbIdentity | null = "path" in at ? null : at;
  /** of the device that was opened last */
  let node: string | null = null;
  const find = async (): Promise<string | null> => {
    if (usb === null) return "path" in at ? at.path : null;
    const identity = usb;
    return (await list()).find((one) => matches(one, identity))?.path ?? null;
  };
  return {
    name,
    // 8N1: ten bits a byte
    bytesPerSecond: baud / 10,
    async open(events) {
      const path = (await find()) ?? (await missing(name, usb, list));
      const channel = await openPort(path, baud, events);
      node = await nodeAt(path);
      if (usb === null) usb = await identityAt(path, list);
      return channel;
    },
    async present() {
      const path = await find();
      const now = path === null ? null : await nodeAt(path);
      return now !== null && now === node;
    },
  };
}

async function missing(
  name: string,
  usb: UsbIdentity | null,
  list: () => Promise<readonly PortInfo[]>,
): Promise<never> {
  const here = (await list()).map(identityOf).filter((one) => one !== null);
  const got =
    here.length === 0 ? "no USB serial port" : `only ${here.map(identityText).join(", ")}`;
  const expected = usb ? identityText(usb) : "a port";
  return fail(
    "TARGET_MISSING",
    name,
    got,
    expected,
    "Plug it in; `twentywatt devices` lists them.",
  );
}

async function identityAt(
  path: string,
  list: () => Promise<readonly PortInfo[]>,
): Promise<UsbIdentity | null> {
  const real = await realpath(path).catch(() => path);
  const port = (await list().catch(() => [])).find((one) => one.path === real);
  return port ? identityOf(port) : null;
}

/**
 * What tells a device from one that was plugged in under its name, while no driver said that the first had gone; null where
 * there is none. A new owner of the file counts as well: to open it again costs nothing.
 */
const nodeAt = (path: string): Promise<string | null> =>
  stat(path, { bigint: true }).then(
    ({ ino, rdev, ctimeNs }) => `${ino} ${rdev} ${ctimeNs}`,
    () => null,
  );

/** Of all other files, /dev/null among them, nothing is lost to a second reader. */
const TERMINAL = /^\/dev\/(tty|pts\/|rfcomm)/;

async function openSerial(path: string, baud: number, events: ChannelEvents): Promise<Channel> {
  if ((await nodeAt(path)) === null) {
    const remedy = "Plug it in; `twentywatt devices` lists what is there.";
    fail("TARGET_MISSING", path, "no such port", "a serial port", remedy);
  }
  const device = await realpath(path).catch(() => path);
  // most programs lock nothing: two readers would get half of the bytes each
  const [rival] = TERMINAL.test(device) ? holdersOf(device, { but: process.pid }) : [];
  if (rival) busy(path, rival);
  const { SerialPort } = await import("serialport");
  const port = new SerialPort({ path, baudRate: baud, autoOpen: false });
  await new Promise<void>((resolve, reject) =>
    port.open((cause) => {
      try {
        resolve(cause ? refuse(path, device, cause) : undefined);
      } catch (problem) {
        reject(problem);
      }
    }),
  );
  hearHangUp(port);
  // boards on USB take this for "somebody listens"; pseudo-terminals and gadget ports have no such lines
  port.set({ dtr: true, rts: true }, () => {});
  let here = true;
  const closed = (why: string) => {
    if (!here) return;
    here = false;
    events.closed(why);
  };
  port.on("data", (chunk: Uint8Array) => {
    if (here) events.bytes(chunk);
  });
  port.on("close", () => closed("the port closed"));
  port.on("error", ({ message }) => {
    closed(message);
    // an open port keeps its lock: nobody could open it again, not even we
    if (port.isOpen) port.close(() => {});
  });
  return {
    write(bytes) {
      if (here && port.isOpen) port.write(Buffer.from(bytes));
    },
    close: () =>
      new Promise((resolve) => {
        here = false;
        if (port.isOpen) port.close(() => resolve());
        else resolve();
      }),
  };
}

function refuse(path: string, device: string, cause: Error): never {
  const message = cause.message.replace(/^Error:? /, "");
  const options = { cause };
  if (/lock|busy/i.test(message)) busy(path, holdersOf(device, { makers: true })[0] ?? null, cause);
  if (/permission|EACCES/i.test(message)) {
    const remedy = "sudo usermod -aG dialout $USER, then log in again.";
    fail("IO", path, "permission denied", "a port that this user may open", remedy, options);
  }
  const remedy = "Name a serial port; `twentywatt devices` lists them.";
  return fail("IO", path, message, "a serial port", remedy, options);
}

/** @param holder null where this user may not see it */
function busy(path: string, holder: Process | null, cause?: Error): never {
  const expected = "a port that nobody else has open";
  const own = holder?.pid === process.pid;
  const got = own
    ? "a port that this program has open already"
    : holder
      ? `a port that ${holder.program}, process ${holder.pid}, has open`
      : "a port that another user's program has open";
  const remedy = own
    ? "Name every port once."
    : holder
      ? `End it: ${endingOf(holder)}`
      : "`sudo twentywatt doctor` names the program.";
  return fail("DEVICE_BUSY", path, got, expected, remedy, { cause });
}
