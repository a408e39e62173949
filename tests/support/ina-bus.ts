/** An I²C bus with one chip of word registers, high byte first on the wire, at the boundary of the system calls. */
import { type SystemCalls, systemError } from "../../host/linux/system-calls.ts";

const [ENXIO, EREMOTEIO] = [6, 121];

export class InaBus {
  /** bytes of each register: two, three in some registers of the INA228 */
  readonly registers = new Map<number, number[]>();
  readonly written: [register: number, value: number][] = [];
  /** errno of every transaction from now on */
  fails: number | null = null;
  #address = -1;
  readonly #device: number;

  constructor(device: number, words: Readonly<Record<number, number>>) {
    this.#device = device;
    for (const [register, word] of Object.entries(words)) this.set(Number(register), word, 2);
  }

  set(register: number, value: number, bytes = 2): void {
    const each = Array.from({ length: bytes }, (_, k) => (value >> (8 * (bytes - 1 - k))) & 0xff);
    this.registers.set(register, each);
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
      const [direction, register = 0, , , size] = argument;
      const { bytes } = pointer;
      // I2C_SMBUS_WORD_DATA 3, _I2C_BLOCK_DATA 8 with its length in front
      const first = size === 8 ? 1 : 0;
      const count = size === 8 ? (bytes[0] ?? 0) : 2;
      if (direction === 0) {
        const word = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
        this.written.push([register, word]);
        this.set(register, word);
        return 0;
      }
      const content = this.registers.get(register);
      if (content === undefined || content.length !== count) throw systemError("ioctl", EREMOTEIO);
      content.forEach((byte, k) => {
        bytes[first + k] = byte;
      });
      return 0;
    },
  };
}
