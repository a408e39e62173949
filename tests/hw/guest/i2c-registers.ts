/** Chips on the bus of the driver i2c-stub: registers that the program i2cset of i2c-tools writes, and i2cget reads. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { loadDriver, textAt, writeAt } from "./machine.ts";

export const ADDRESSES = { mpu6050: 0x68, adxl345: 0x53, bme280: 0x76, empty: 0x50, ina226: 0x40 };

/** @returns N of i2c-N */
export function stubBus(): number {
  if (!existsSync("/sys/module/i2c_stub")) {
    loadDriver("i2c-stub", `chip_addr=${Object.values(ADDRESSES).join(",")}`);
  }
  const devices = "/sys/bus/i2c/devices";
  const bus = readdirSync(devices).find(
    (name) => /^i2c-\d+$/.test(name) && textAt(`${devices}/${name}/name`) === "SMBus stub driver",
  );
  if (bus === undefined) throw new Error("no bus of i2c-stub");
  return Number(bus.slice("i2c-".length));
}

const tool = (name: string, ...args: readonly (number | string)[]): string =>
  execFileSync(name, ["-f", "-y", ...args.map(String)], { encoding: "utf8", stdio: "pipe" }).trim();

export function setBytes(bus: number, address: number, first: number, bytes: readonly number[]) {
  for (const [k, byte] of bytes.entries()) tool("i2cset", bus, address, first + k, byte, "b");
}

export const byteAt = (bus: number, address: number, register: number): number =>
  Number(tool("i2cget", bus, address, register, "b"));

/** Registers of Texas Instruments' parts: 16 bits, the high byte first on the wire, where SMBus has the low one first. */
export function setWord(bus: number, address: number, register: number, value: number): void {
  const swapped = ((value & 0xff) << 8) | ((value >> 8) & 0xff);
  tool("i2cset", bus, address, register, swapped, "w");
}

/** A driver of the kernel takes the chip, and gives it back. */
export const bind = (bus: number, name: string, address: number): void =>
  writeAt(`/sys/bus/i2c/devices/i2c-${bus}/new_device`, `${name} 0x${address.toString(16)}`);
export const unbind = (bus: number, address: number): void =>
  writeAt(`/sys/bus/i2c/devices/i2c-${bus}/delete_device`, `0x${address.toString(16)}`);
