/** SMBus transactions as the kernel gets them, byte by byte, and what its refusals become. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { openI2c } from "../../../host/linux/i2c.ts";
import { type SystemCalls, systemError } from "../../../host/linux/system-calls.ts";

const root = mkdtempSync(join(tmpdir(), "twentywatt-i2c-"));
afterAll(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, "dev"));
writeFileSync(join(root, "dev/i2c-1"), "");

const EBUSY = 16;

/** A bus with one device of 256 registers. linux/i2c-dev.h: I2C_SLAVE 0x0703, I2C_SMBUS 0x0720. */
class Bus {
  readonly registers = Uint8Array.from({ length: 256 }, (_, k) => k);
  /** errno of every transaction */
  fails: number | null = null;
  /** length that the device gives a block */
  short = 0;
  private address = -1;

  private readonly device: number;
  private readonly taken: readonly number[];

  /** @param taken addresses that a driver of the kernel has */
  constructor(device: number, taken: readonly number[] = []) {
    this.device = device;
    this.taken = taken;
  }

  readonly calls: SystemCalls = {
    ioctl: (_fd, request, argument, pointer) => {
      if (request === 0x0703 && typeof argument === "number") {
        if (this.taken.includes(argument)) throw systemError("ioctl", EBUSY);
        this.address = argument;
        return 0;
      }
      if (request !== 0x0720 || typeof argument === "number" || pointer?.at !== 8) {
        throw systemError("ioctl", 25);
      }
      expect(argument.length).toBe(16);
      if (this.fails !== null) throw systemError("ioctl", this.fails);
      if (this.address !== this.device) throw systemError("ioctl", 6);
      const [direction, register = -1, , , size] = argument;
      this.transfer(direction === 1, register, size ?? -1, pointer.bytes);
      return 0;
    },
  };

  private transfer(read: boolean, register: number, size: number, data: Uint8Array): void {
    expect(data.length).toBe(34);
    // I2C_SMBUS_BYTE_DATA 2, _WORD_DATA 3, _I2C_BLOCK_DATA 8 with its length in front
    const count = new Map([
      [2, 1],
      [3, 2],
      [8, data[0] ?? -1],
    ]).get(size);
    if (count === undefined) throw systemError("ioctl", 95);
    const start = size === 8 ? 1 : 0;
    if (!read) {
      this.registers.set(data.subarray(start, start + count), register);
      return;
    }
    data.set(this.registers.subarray(register, register + count), start);
    if (size === 8) data[0] = count - this.short;
  }
}

const open = (bus: Bus, number = 1, address = 0x68) =>
  openI2c(bus.calls, number, address, { root, arch: "x64", missing: "SENSOR_MISSING" });

function problemOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems[0];
    throw error;
  }
  return null;
}

test("bytes, words and blocks, read and written", () => {
  const bus = new Bus(0x68);
  const device = open(bus);
  expect(device.name).toBe("i2c:1:0x68");
  expect(device.readByte(0x75)).toBe(0x75);
  expect(device.readWord(0x10)).toBe(0x1110);
  expect([...device.readBlock(0xe0, 32)]).toEqual(Array.from({ length: 32 }, (_, k) => 0xe0 + k));
  device.writeByte(0x6b, 0x180);
  device.writeWord(0x20, 0xbeef);
  device.writeBlock(0x30, Uint8Array.of(9, 8, 7));
  expect([...bus.registers.subarray(0x6b, 0x6d)]).toEqual([0x80, 0x6c]);
  expect([...bus.registers.subarray(0x20, 0x23)]).toEqual([0xef, 0xbe, 0x22]);
  expect([...bus.registers.subarray(0x30, 0x34)]).toEqual([9, 8, 7, 0x33]);
  device.close();
  device.close();
});

test("a block that comes shorter is not taken for whole", () => {
  const bus = new Bus(0x68);
  bus.short = 1;
  expect(problemOf(() => open(bus).readBlock(0, 6))).toMatchObject({
    ...{ code: "IO", got: "5 bytes", expected: "6 bytes of register 0" },
  });
});

describe("what is wrong", () => {
  test.each([
    [6, "SENSOR_MISSING", "no answer (ENXIO)"],
    [121, "SENSOR_MISSING", "no answer (EREMOTEIO)"],
    [11, "IO", "the bus is busy (EAGAIN)"],
    [110, "IO", "the bus is busy (ETIMEDOUT)"],
    [16, "IO", "the bus is busy (EBUSY)"],
    [95, "IO", "ENOTSUP"],
  ])("errno %d", (errno, code, got) => {
    const bus = new Bus(0x68);
    bus.fails = errno;
    const device = open(bus);
    expect(problemOf(() => device.readByte(0))).toMatchObject({ code, where: "i2c:1:0x68", got });
  });

  test("no device at the address", () => {
    const device = open(new Bus(0x68), 1, 0x76);
    expect(problemOf(() => device.readByte(0xd0))).toMatchObject({
      ...{ code: "SENSOR_MISSING", where: "i2c:1:0x76", got: "no answer (ENXIO)" },
    });
  });

  test("a driver of the kernel has the address", () => {
    expect(problemOf(() => open(new Bus(0x68, [0x68])))).toMatchObject({
      ...{ code: "DEVICE_BUSY", where: "i2c:1:0x68", got: "the address in use" },
    });
  });

  test("no such bus: those that are there are named", () => {
    expect(problemOf(() => open(new Bus(0x68), 7))).toMatchObject({
      ...{ code: "SENSOR_MISSING", got: "only /dev/i2c-1", expected: "/dev/i2c-7" },
    });
  });

  test.each([0x00, 0x02, 0x78, 0x80, -1, Number.NaN])("the address %d", (address) => {
    expect(problemOf(() => open(new Bus(0x68), 1, address))?.code).toBe("USAGE");
  });

  test.each([0, 33])("a block of %d bytes is our mistake", (length) => {
    expect(problemOf(() => open(new Bus(0x68)).readBlock(0, length))?.code).toBe("INTERNAL");
  });
});
