/** A board on USB: the driver g_serial behind dummy_hcd. It prints lines, and is plugged in and out. */
import { closeSync, constants, existsSync, openSync, writeSync } from "node:fs";
import { loadSystemCalls } from "../../../host/linux/libc.ts";
import { makeRaw } from "../../../host/linux/pty.ts";
import { codeOf } from "../../../host/linux/system-calls.ts";
import { loadDriver, unloadDriver, until } from "./machine.ts";

const DEVICE_SIDE = "/dev/ttyGS0";

export class UsbBoard {
  #fd: number | null = null;
  #left: Uint8Array = new Uint8Array();

  /** A Raspberry Pi Pico by its numbers. */
  async plug(serial: string): Promise<void> {
    loadDriver(
      "g_serial",
      ...["idVendor=0x2e8a", "idProduct=0x000a", "iManufacturer=RaspberryPi", "iProduct=Pico"],
      `iSerialNumber=${serial}`,
    );
    await until("the port", () => [0, 1, 2, 3].some((n) => existsSync(`/dev/ttyACM${n}`)));
    await until("the board's own side", () => existsSync(DEVICE_SIDE));
    const { O_RDWR, O_NOCTTY, O_NONBLOCK } = constants;
    this.#fd = openSync(DEVICE_SIDE, O_RDWR | O_NOCTTY | O_NONBLOCK);
    makeRaw(await loadSystemCalls(), this.#fd);
  }

  /** The cable is pulled. */
  unplug(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    this.#left = new Uint8Array();
    unloadDriver("g_serial");
  }

  /**
   * As a board does that does not wait until somebody listens: what has no room is not printed, what has room in part is
   * ended later.
   *
   * @returns whether it was, or will be
   */
  print(text: string): boolean {
    if (!this.#write()) return false;
    this.#left = Buffer.from(text);
    this.#write();
    return true;
  }

  /** @returns whether nothing is left to write */
  #write(): boolean {
    if (this.#fd === null) return false;
    try {
      if (this.#left.length > 0) this.#left = this.#left.subarray(writeSync(this.#fd, this.#left));
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
    }
    return this.#left.length === 0;
  }
}
