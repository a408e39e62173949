/** Registers of devices on an I²C bus, by SMBus transactions (linux/i2c.h, linux/i2c-dev.h). */
import { closeSync } from "node:fs";
import { join } from "node:path";
import { type ErrorCode, fail } from "../errors.ts";
import { openWithoutBlocking } from "./descriptor.ts";
import { accessRemedy, namesIn } from "./files.ts";
import { type Layout, layout, writeU32 } from "./layout.ts";
import { pointerBytes } from "./libc.ts";
import { codeOf, type SystemCalls } from "./system-calls.ts";

/** @param arch decides how long the pointer is */
export const smbusIoctlData = (arch: string): Layout<"read_write" | "command" | "size" | "data"> =>
  layout("i2c_smbus_ioctl_data", 8 + pointerBytes(arch), {
    ...{ read_write: [0, 1], command: [1, 1], size: [4, 4], data: [8, pointerBytes(arch)] },
  });

/** union i2c_smbus_data: a byte, a word, or a length and at most 32 bytes. */
export const SMBUS_DATA_BYTES = 34;
export const BLOCK_BYTES = 32;

export const I2C_REQUEST = { I2C_SLAVE: 0x0703, I2C_SMBUS: 0x0720 } as const;
/** I2C_SMBUS_… */
export const DIRECTION = { write: 0, read: 1 } as const;
export const TRANSACTION = { BYTE: 1, BYTE_DATA: 2, WORD_DATA: 3, I2C_BLOCK_DATA: 8 } as const;

/** A device at one address. Every call is one transaction, and raises a problem where it fails. */
export type I2cDevice = {
  /** "i2c:1:0x68" */
  readonly name: string;
  /** @param register 0…255. @returns 0…255 */
  readonly readByte: (register: number) => number;
  readonly writeByte: (register: number, value: number) => void;
  /** The first byte on the wire is the low one, as SMBus has it: parts that send the high one first need a swap. */
  readonly readWord: (register: number) => number;
  readonly writeWord: (register: number, value: number) => void;
  /** @param length 1…32 bytes, from registers that follow one another, in one transaction */
  readonly readBlock: (register: number, length: number) => Uint8Array;
  readonly writeBlock: (register: number, bytes: Uint8Array) => void;
  readonly close: () => void;
};

export type I2cOptions = {
  readonly root?: string;
  readonly arch?: string;
  /** what is raised where bus or device are missing: it is a sensor to one caller, a meter to another */
  readonly missing: ErrorCode;
};

/**
 * @param bus N of /dev/i2c-N
 * @param address of seven bits, 0x03…0x77: the others are reserved
 * @throws the code `missing` where there is no such bus or device, DEVICE_BUSY where a kernel driver has it, USAGE
 */
export function openI2c(
  calls: SystemCalls,
  bus: number,
  address: number,
  { root = "/", arch = process.arch, missing }: I2cOptions,
): I2cDevice {
  const name = `i2c:${bus}:0x${address.toString(16).padStart(2, "0")}`;
  if (!(address >= 0x03 && address <= 0x77)) {
    fail("USAGE", name, `the address ${address}`, "an address from 0x03 to 0x77");
  }
  const at = { name, path: `dev/i2c-${bus}`, root, missing };
  const fd = openBus(at);
  try {
    calls.ioctl(fd, I2C_REQUEST.I2C_SLAVE, address);
  } catch (error) {
    closeSync(fd);
    if (codeOf(error) === "EBUSY") {
      const remedy = "A driver of the kernel has this address: unbind it, or read what it offers.";
      fail("DEVICE_BUSY", name, "the address in use", "a free one", remedy, { cause: error });
    }
    throw raise(at, error);
  }
  let open = true;
  return {
    name,
    ...transactions(calls, fd, arch, at),
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

type Place = {
  readonly name: string;
  readonly path: string;
  readonly root: string;
  readonly missing: ErrorCode;
};

function openBus(at: Place): number {
  try {
    return openWithoutBlocking(join(at.root, at.path));
  } catch (error) {
    throw raise(at, error);
  }
}

function transactions(
  calls: SystemCalls,
  fd: number,
  arch: string,
  at: Place,
): Omit<I2cDevice, "name" | "close"> {
  const { size, fields } = smbusIoctlData(arch);
  const transfer = (
    direction: keyof typeof DIRECTION,
    register: number,
    transaction: keyof typeof TRANSACTION,
    data: Uint8Array,
  ): Uint8Array => {
    const argument = new Uint8Array(size);
    argument[fields.read_write.at] = DIRECTION[direction];
    argument[fields.command.at] = register;
    writeU32(argument, fields.size, TRANSACTION[transaction]);
    try {
      calls.ioctl(fd, I2C_REQUEST.I2C_SMBUS, argument, { at: fields.data.at, bytes: data });
    } catch (error) {
      throw raise(at, error);
    }
    return data;
  };
  const dataOf = (...bytes: readonly number[]): Uint8Array => {
    const data = new Uint8Array(SMBUS_DATA_BYTES);
    data.set(bytes);
    return data;
  };
  const view = (data: Uint8Array) => new DataView(data.buffer);
  const checked = (length: number): number => {
    if (length >= 1 && length <= BLOCK_BYTES) return length;
    return fail("INTERNAL", at.name, `a block of ${length} bytes`, `1 to ${BLOCK_BYTES}`);
  };
  return {
    readByte: (register) => view(transfer("read", register, "BYTE_DATA", dataOf())).getUint8(0),
    writeByte: (register, value) =>
      void transfer("write", register, "BYTE_DATA", dataOf(value & 0xff)),
    readWord: (register) =>
      view(transfer("read", register, "WORD_DATA", dataOf())).getUint16(0, true),
    writeWord: (register, value) =>
      void transfer("write", register, "WORD_DATA", dataOf(value & 0xff, (value >> 8) & 0xff)),
    readBlock(register, length) {
      const data = transfer("read", register, "I2C_BLOCK_DATA", dataOf(checked(length)));
      const came = view(data).getUint8(0);
      if (came === length) return data.slice(1, 1 + length);
      return fail("IO", at.name, `${came} bytes`, `${length} bytes of register ${register}`);
    },
    writeBlock: (register, bytes) =>
      void transfer("write", register, "I2C_BLOCK_DATA", dataOf(checked(bytes.length), ...bytes)),
  };
}

/** Controllers differ in the name they give to a byte that nobody acknowledged. */
const NO_ANSWER = ["ENXIO", "EREMOTEIO", "ENODEV", "EIO"];
const BUS_BUSY = ["EAGAIN", "EBUSY", "ETIMEDOUT"];

/** The kernel's word as a problem with its remedy. @returns only where the error is not the kernel's */
function raise({ name, path, root, missing }: Place, error: unknown): unknown {
  const code = codeOf(error);
  const options = { cause: error };
  if (code === null) return error;
  const problem = (as: ErrorCode, got: string, expected: string, remedy: string): never =>
    fail(as, name, got, expected, remedy, options);
  if (code === "ENOENT" || code === "ENOTDIR") {
    const there = namesIn(root, "dev").filter((one) => /^i2c-\d+$/.test(one));
    const got = there.length > 0 ? `only /dev/${there.join(", /dev/")}` : "no I²C bus";
    const remedy = "sudo modprobe i2c-dev; on a Raspberry Pi enable I2C with sudo raspi-config.";
    return problem(missing, got, `/${path}`, remedy);
  }
  if (code === "EACCES" || code === "EPERM") {
    return problem(
      "IO",
      "permission denied",
      `/${path} open to this user`,
      accessRemedy(root, path, "i2c"),
    );
  }
  if (NO_ANSWER.includes(code)) {
    const remedy = "Check wiring, supply and address; `i2cdetect -y BUS` shows what answers.";
    return problem(missing, `no answer (${code})`, "a device at this address", remedy);
  }
  if (BUS_BUSY.includes(code)) {
    const remedy = "Check the pull-up resistors, and whether another controller holds the bus.";
    return problem("IO", `the bus is busy (${code})`, "a free bus", remedy);
  }
  return problem("IO", code, "a transaction that the bus can do", "Take another bus or part.");
}
