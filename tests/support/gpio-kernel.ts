/**
 * A computer's GPIO as the kernel shows it: a small tree of /sys, /proc and /dev, and ioctl(2) over it. Descriptors are
 * real ones; the line's is a named pipe that does not block, so that reads, EAGAIN and full buffers are the kernel's.
 * The byte layouts are written here from linux/gpio.h a second time.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type SystemCalls, systemError } from "../../host/linux/system-calls.ts";
import type { GpioHost } from "../../host/sensors/gpio-host.ts";

export type FakeChip = {
  readonly device: string;
  readonly label: string;
  readonly lines: number;
  /** null: not in sysfs */
  readonly base: number | null;
  /** by offset */
  readonly names?: Readonly<Record<number, string>>;
  readonly consumers?: Readonly<Record<number, string>>;
};

export type FakeComputer = {
  readonly model: string | null;
  readonly chips: readonly FakeChip[];
  /** other names of a device: [name, device] */
  readonly links?: readonly (readonly [string, string])[];
};

export type FakeRequest = {
  readonly device: string;
  readonly offset: number;
  readonly consumer: string;
  readonly flags: bigint;
  readonly attributes: readonly {
    readonly id: number;
    readonly value: bigint;
    readonly mask: bigint;
  }[];
  readonly eventBuffer: number;
};

const E = { EBUSY: 16, ENODEV: 19, EINVAL: 22, ENOTTY: 25 } as const;

export class GpioKernel {
  readonly root = mkdtempSync(join(tmpdir(), "twentywatt-gpio-"));
  readonly requests: FakeRequest[] = [];
  /** levels that were set, in their order */
  readonly levels: number[] = [];
  /** of the requested line */
  level = 0;
  /** errno that a request for a line gets */
  refuses: number | null = null;
  /** what GET_LINE and GET_LINEINFO of version 2 get on kernels before 5.10 */
  tooOld = false;
  nonBlocking = 0;
  private readonly chips: ReadonlyMap<string, FakeChip>;
  private pipes = 0;
  private ends: number[] = [];

  constructor({ model, chips, links = [] }: FakeComputer) {
    this.chips = new Map(chips.map((chip) => [chip.device, chip]));
    for (const folder of ["dev", "etc", "proc/device-tree", "sys/class/gpio"]) {
      mkdirSync(join(this.root, folder), { recursive: true });
    }
    if (model !== null) writeFileSync(join(this.root, "proc/device-tree/model"), `${model}\0`);
    for (const { device, label, lines, base } of chips) {
      writeFileSync(join(this.root, "dev", device), "");
      if (base === null) continue;
      const folder = join(this.root, "sys/class/gpio", `gpiochip${base}`);
      mkdirSync(folder);
      writeFileSync(join(folder, "label"), `${label}\n`);
      writeFileSync(join(folder, "base"), `${base}\n`);
      writeFileSync(join(folder, "ngpio"), `${lines}\n`);
    }
    for (const [name, device] of links) symlinkSync(device, join(this.root, "dev", name));
  }

  host(importOnoff: GpioHost["importOnoff"] = noOnoff): GpioHost {
    return { root: this.root, systemCalls: async () => this.calls, importOnoff };
  }

  /** Puts bytes where the line's reader finds them. */
  feed(bytes: Uint8Array): void {
    const end = this.ends.at(-1);
    if (end === undefined) throw new Error("no line was requested");
    writeSync(end, bytes);
  }

  /** The line's descriptor is at its end. A real one raises ENODEV, which a pipe cannot. */
  unplug(): void {
    for (const end of this.ends) closeSync(end);
    this.ends = [];
  }

  remove(): void {
    this.unplug();
    rmSync(this.root, { recursive: true, force: true });
  }

  readonly calls: SystemCalls = {
    ioctl: (fd, request, argument) => {
      if (typeof argument === "number") throw systemError("ioctl", E.EINVAL);
      const view = new DataView(argument.buffer, argument.byteOffset, argument.byteLength);
      const device = basename(readlinkSync(`/proc/self/fd/${fd}`));
      switch (request) {
        case 0x5421: // FIONBIO
          this.nonBlocking = view.getInt32(0, true);
          return 0;
        case 0x8044b401: // GPIO_GET_CHIPINFO
          return this.chipInfo(device, argument, view);
        case 0xc100b405: // GPIO_V2_GET_LINEINFO
          return this.lineInfo(device, argument, view);
        case 0xc250b407: // GPIO_V2_GET_LINE
          return this.line(device, argument, view);
        case 0xc010b40e: // GPIO_V2_LINE_GET_VALUES
          view.setBigUint64(0, BigInt(this.level) & view.getBigUint64(8, true), true);
          return 0;
        case 0xc010b40f: // GPIO_V2_LINE_SET_VALUES
          if (view.getBigUint64(8, true) === 1n)
            this.levels.push(Number(view.getBigUint64(0, true)));
          return 0;
        default:
          throw systemError("ioctl", E.ENOTTY);
      }
    },
  };

  private chipOf(device: string): FakeChip {
    const chip = this.chips.get(device);
    if (!chip) throw systemError("ioctl", E.ENOTTY);
    return chip;
  }

  private chipInfo(device: string, bytes: Uint8Array, view: DataView): number {
    const { label, lines } = this.chipOf(device);
    put(bytes, 0, device);
    put(bytes, 32, label);
    view.setUint32(64, lines, true);
    return 0;
  }

  private lineInfo(device: string, bytes: Uint8Array, view: DataView): number {
    const { lines, names, consumers } = this.chipOf(device);
    const offset = view.getUint32(64, true);
    if (this.tooOld || offset >= lines) throw systemError("ioctl", E.EINVAL);
    put(bytes, 0, names?.[offset] ?? "");
    put(bytes, 32, consumers?.[offset] ?? "");
    view.setBigUint64(72, consumers?.[offset] === undefined ? 4n : 5n, true);
    return 0;
  }

  private line(device: string, bytes: Uint8Array, view: DataView): number {
    const { consumers, lines } = this.chipOf(device);
    const offset = view.getUint32(0, true);
    if (this.refuses !== null) throw systemError("ioctl", this.refuses);
    if (this.tooOld || offset >= lines || view.getUint32(560, true) !== 1) {
      throw systemError("ioctl", E.EINVAL);
    }
    if (consumers?.[offset] !== undefined) throw systemError("ioctl", E.EBUSY);
    const attributes = Array.from({ length: view.getUint32(296, true) }, (_, k) => ({
      id: view.getUint32(320 + 24 * k, true),
      value: view.getBigUint64(320 + 24 * k + 8, true),
      mask: view.getBigUint64(320 + 24 * k + 16, true),
    }));
    this.requests.push({
      ...{ device, offset, consumer: get(bytes, 256), flags: view.getBigUint64(288, true) },
      ...{ attributes, eventBuffer: view.getUint32(564, true) },
    });
    const path = join(this.root, `line-${this.pipes++}`);
    execFileSync("mkfifo", [path]);
    const { O_RDWR, O_RDONLY, O_NONBLOCK } = constants;
    this.ends.push(openSync(path, O_RDWR | O_NONBLOCK));
    view.setInt32(588, openSync(path, O_RDONLY | O_NONBLOCK), true);
    return 0;
  }
}

const put = (bytes: Uint8Array, at: number, text: string): void =>
  void bytes.set(new TextEncoder().encode(`${text}\0`), at);

const get = (bytes: Uint8Array, at: number): string =>
  new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));

/** What Node says where the package is not installed. */
const noOnoff = async (): Promise<never> => {
  throw Object.assign(new Error("Cannot find package 'onoff' imported from host/sensors"), {
    code: "ERR_MODULE_NOT_FOUND",
  });
};

/** struct gpio_v2_line_event. @param sequence numbers of the line, from 1 */
export function eventBytes(
  timeNs: bigint,
  rising: boolean,
  offset: number,
  sequence: number,
): Uint8Array {
  const bytes = new Uint8Array(48);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, timeNs, true);
  view.setUint32(8, rising ? 1 : 2, true);
  view.setUint32(12, offset, true);
  view.setUint32(16, sequence >>> 0, true);
  view.setUint32(20, sequence >>> 0, true);
  return bytes;
}
