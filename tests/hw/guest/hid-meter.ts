/** An FNB58 on HID: a device that a program makes through /dev/uhid (linux/uhid.h), and the kernel's own hidraw in front of it. */
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { codeOf } from "../../../host/linux/system-calls.ts";

const [DESTROY, OUTPUT, CREATE, INPUT] = [1, 6, 11, 12] as const;
const EVENT_BYTES = 4 + 276 + 4096;
/** Reports of 64 bytes to both sides, without a number, of a maker's own use. */
const DESCRIPTOR =
  "06 00 ff 09 01 a1 01 09 02 15 00 26 ff 00 75 08 95 40 81 02 09 03 15 00 26 ff 00 75 08 95 40 91 02 c0";
/** Four samples of 5.12345 V and 0.25 A, which are 1.2808625 W. */
const REPORT = `aa 04 ${"59 d1 07 00 a8 61 00 00 8c 0a 00 00 00 2d 01 ".repeat(4)}00 58`;
const PERIOD_MS = 40;

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

export class HidMeter {
  /** commands as they came from the other side */
  readonly heard: Buffer[] = [];
  readonly #fd = openSync("/dev/uhid", constants.O_RDWR | constants.O_NONBLOCK);
  readonly #timer: NodeJS.Timeout;
  #dueMs = 0;

  constructor() {
    const event = Buffer.alloc(EVENT_BYTES);
    const descriptor = bytesOf(DESCRIPTOR);
    event.writeUInt32LE(CREATE, 0);
    event.write("FNIRSI FNB58", 4);
    event.write("0123", 4 + 128 + 64);
    event.writeUInt16LE(descriptor.length, 260);
    event.writeUInt16LE(3, 262); // USB
    event.writeUInt32LE(0x2e3c, 264);
    event.writeUInt32LE(0x5558, 268);
    descriptor.copy(event, 280);
    writeSync(this.#fd, event);
    this.#timer = setInterval(() => this.#turn(), 5);
  }

  /** The cable is pulled. */
  unplug(): void {
    clearInterval(this.#timer);
    const event = Buffer.alloc(4);
    event.writeUInt32LE(DESTROY, 0);
    writeSync(this.#fd, event);
    closeSync(this.#fd);
  }

  #turn(): void {
    for (let event = this.#next(); event !== null; event = this.#next()) {
      if (event.readUInt32LE(0) !== OUTPUT) continue;
      const size = event.readUInt16LE(4 + 4096);
      this.heard.push(Buffer.from(event.subarray(4, 4 + size)));
      if (this.heard.length === 3) this.#dueMs = performance.now();
    }
    if (this.heard.length < 3) return;
    for (; this.#dueMs <= performance.now(); this.#dueMs += PERIOD_MS) {
      const event = Buffer.alloc(6 + 64);
      event.writeUInt32LE(INPUT, 0);
      event.writeUInt16LE(64, 4);
      bytesOf(REPORT).copy(event, 6);
      writeSync(this.#fd, event);
    }
  }

  #next(): Buffer | null {
    const event = Buffer.alloc(EVENT_BYTES);
    try {
      return readSync(this.#fd, event) > 0 ? event : null;
    } catch (error) {
      if (codeOf(error) === "EAGAIN") return null;
      throw error;
    }
  }
}
