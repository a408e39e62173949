/** An I²C bus with one device of 256 registers, at the boundary of the system calls. linux/i2c-dev.h gives the numbers. */
import { type SystemCalls, systemError } from "../../host/linux/system-calls.ts";

const ENXIO = 6;

export class I2cBus {
  readonly registers = new Uint8Array(256);
  /** every write, in order: register and value */
  readonly written: [register: number, value: number][] = [];
  /** errno of every transaction from now on */
  fails: number | null = null;
  #address = -1;
  readonly #device: number;

  constructor(device: number) {
    this.#device = device;
  }

  readonly calls: SystemCalls = {
    ioctl: (_fd, request, argument, pointer) => {
      if (typeof argument === "number") {
        this.#address = argument;
        return 0;
      }
      if (request !== 0x0720 || pointer === undefined) throw systemError("ioctl", 25);
      if (this.fails !== null) throw systemError("ioctl", this.fails);
      if (this.#address !== this.#device) throw systemError("ioctl", ENXIO);
      const [direction, register = 0, , , size = 0] = argument;
      const { bytes } = pointer;
      // I2C_SMBUS_BYTE_DATA 2, _WORD_DATA 3, _I2C_BLOCK_DATA 8 with its length in front
      const first = size === 8 ? 1 : 0;
      const count = size === 8 ? (bytes[0] ?? 0) : size - 1;
      for (let k = 0; k < count; k++) {
        const place = (register + k) & 0xff;
        if (direction === 1) bytes[first + k] = this.registers[place] ?? 0;
        else {
          this.registers[place] = bytes[first + k] ?? 0;
          this.written.push([place, bytes[first + k] ?? 0]);
        }
      }
      return 0;
    },
  };
}
