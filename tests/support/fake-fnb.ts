/** An FNIRSI meter: a device of HID in a tree of files, and a pseudo-terminal in the place of its /dev/hidrawN. */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { openPseudoTerminal } from "../../host/linux/pty.ts";
import { type FnbSample, fnbData } from "./fnb-reports.ts";
import { Computer } from "./sysfs.ts";
import { systemCalls } from "./system-calls.ts";

/** What the kernel tells of a device on HID. */
export const hidFiles = (name: string, id: string, serial = "", label = "FNIRSI meter") => ({
  [`sys/class/hidraw/${name}/device/uevent`]: [
    "DRIVER=hid-generic",
    `HID_ID=0003:0000${id.toUpperCase().replace(":", ":0000")}`,
    `HID_NAME=${label}`,
    "HID_PHYS=usb-0000:01:00.0-1.2/input0",
    `HID_UNIQ=${serial}`,
  ].join("\n"),
});

const PERIOD_MS = 40;

export type FnbOptions = {
  /** vendor and product: "2e3c:5558" */
  readonly id?: string;
  readonly sample: (k: number) => FnbSample;
  /** what happens to a report, by its number; null: the kernel had no room for it */
  readonly damage?: (report: Uint8Array, n: number) => Uint8Array | null;
};

export class FakeFnb {
  readonly computer = new Computer();
  /** commands as they came, 65 bytes each */
  readonly written: Uint8Array[] = [];
  sent = 0;
  /** it sends nothing while this is set, and forgets it */
  quiet = false;
  readonly #terminal = openPseudoTerminal(systemCalls());
  readonly #options: FnbOptions;
  readonly #timer: NodeJS.Timeout;
  #startedMs: number | null = null;
  #heard: number[] = [];

  constructor(options: FnbOptions) {
    this.#options = options;
    const { root } = this.computer;
    this.computer.set(hidFiles("hidraw3", options.id ?? "2e3c:5558"));
    mkdirSync(join(root, "dev"));
    symlinkSync(this.#terminal.path, join(root, "dev/hidraw3"));
    this.#timer = setInterval(() => this.#turn(), 2);
  }

  /** Pulls it out. */
  close(): void {
    clearInterval(this.#timer);
    this.#terminal.close();
    this.computer.remove();
  }

  #turn(): void {
    const bytes = new Uint8Array(4096);
    this.#heard.push(...bytes.subarray(0, this.#terminal.read(bytes) ?? 0));
    while (this.#heard.length >= 65) {
      this.written.push(Uint8Array.from(this.#heard.splice(0, 65)));
      if (this.written.length === 3) this.#startedMs = performance.now();
    }
    if (this.#startedMs === null) return;
    const due = Math.floor((performance.now() - this.#startedMs) / PERIOD_MS);
    for (; this.sent < due; this.sent++) {
      const first = 4 * this.sent;
      const report = fnbData([0, 1, 2, 3].map((k) => this.#options.sample(first + k)));
      const damaged = (this.#options.damage ?? ((same) => same))(report, this.sent);
      if (damaged !== null && !this.quiet) this.#terminal.write(damaged);
    }
  }
}
