/**
 * A line over a serial port: a real one, a USB one that may come back under another name, or a pseudo-terminal. All of
 * it goes through the serialport package, which is loaded when the first port is opened.
 */
import { access, realpath } from "node:fs/promises";
import { fail } from "../errors.ts";
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
      if (usb === null) usb = await identityAt(path, list);
      return channel;
    },
    async present() {
      const path = await find();
      return path !== null && (await exists(path));
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

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function openSerial(path: string, baud: number, events: ChannelEvents): Promise<Channel> {
  if (!(await exists(path))) {
    const remedy = "Plug it in; `twentywatt devices` lists what is there.";
    fail("TARGET_MISSING", path, "no such port", "a serial port", remedy);
  }
  const { SerialPort } = await import("serialport");
  const port = new SerialPort({ path, baudRate: baud, autoOpen: false });
  await new Promise<void>((resolve, reject) =>
    port.open((cause) => {
      try {
        resolve(cause ? refuse(path, cause) : undefined);
      } catch (problem) {
        reject(problem);
      }
    }),
  );
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

function refuse(path: string, cause: Error): never {
  const message = cause.message.replace(/^Error:? /, "");
  const options = { cause };
  if (/lock/i.test(message)) {
    fail("DEVICE_BUSY", path, message, "a port that nobody else has open", undefined, options);
  }
  if (/permission|EACCES/i.test(message)) {
    const remedy = "sudo usermod -aG dialout $USER, then log in again.";
    fail("IO", path, "permission denied", "a port that this user may open", remedy, options);
  }
  const remedy = "Name a serial port; `twentywatt devices` lists them.";
  return fail("IO", path, message, "a serial port", remedy, options);
}
