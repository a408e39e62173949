/** Meters on a pseudo-terminal that answer a question with the bytes of their maker. */
import { createCipheriv } from "node:crypto";
import { openPseudoTerminal } from "../../host/linux/pty.ts";
import { systemCalls } from "./system-calls.ts";

export type AnsweringOptions = {
  readonly request: Uint8Array;
  /** @param n how many questions there were before; null: it does not answer */
  readonly answer: (n: number) => Uint8Array | null;
  /** bytes of a piece: an answer comes in several */
  readonly piece?: number;
};

export class AnsweringPort {
  readonly path: string;
  asked = 0;
  readonly #terminal = openPseudoTerminal(systemCalls());
  readonly #options: AnsweringOptions;
  readonly #timer: NodeJS.Timeout;
  #heard: number[] = [];
  #pending: Uint8Array[] = [];

  constructor(options: AnsweringOptions) {
    this.#options = options;
    this.path = this.#terminal.path;
    this.#timer = setInterval(() => this.#turn(), 1);
  }

  /** Pulls it out. */
  close(): void {
    clearInterval(this.#timer);
    this.#terminal.close();
  }

  #turn(): void {
    const bytes = new Uint8Array(256);
    const count = this.#terminal.read(bytes) ?? 0;
    this.#heard.push(...bytes.subarray(0, count));
    const { request, answer, piece = 1 << 16 } = this.#options;
    while (this.#heard.length >= request.length) {
      const heard = this.#heard.splice(0, request.length);
      if (!request.every((byte, k) => byte === heard[k])) continue;
      const whole = answer(this.asked++) ?? new Uint8Array(0);
      for (let from = 0; from < whole.length; from += piece) {
        this.#pending.push(whole.subarray(from, from + piece));
      }
    }
    const next = this.#pending.shift();
    if (next) this.#terminal.write(next);
  }
}

export const UM_REQUEST = Uint8Array.of(0xf0);

/** An answer of 130 bytes. @param words 16 bits each, high byte first, by their place */
export function umAnswer(words: Readonly<Record<number, number>>): Uint8Array {
  const view = new DataView(new ArrayBuffer(130));
  for (const [place, word] of Object.entries(words)) view.setUint16(Number(place), word);
  return new Uint8Array(view.buffer);
}

export const TC66_REQUEST = new TextEncoder().encode("getva");

const TC66_KEY =
  "58 21 fa 56 01 b2 f0 26 87 ff 12 04 62 2a 4f b0 86 f4 02 60 81 6f 9a 0b a7 f1 06 61 9a b8 72 88";

/**
 * An answer of 192 bytes, encrypted.
 *
 * @param numbers 32 bits each, low byte first, by their place
 */
export function tc66Answer(numbers: Readonly<Record<number, number>>): Uint8Array {
  const view = new DataView(new ArrayBuffer(192));
  const bytes = new Uint8Array(view.buffer);
  for (const [place, number] of Object.entries(numbers))
    view.setUint32(Number(place), number, true);
  for (const [k, name] of ["pac1TC66", "pac2", "pac3"].entries()) {
    bytes.set(new TextEncoder().encode(name), 64 * k);
    view.setUint32(64 * k + 60, modbus(bytes.subarray(64 * k, 64 * k + 60)), true);
  }
  return encrypted(bytes);
}

export function encrypted(bytes: Uint8Array): Uint8Array {
  const key = Buffer.from(TC66_KEY.replaceAll(" ", ""), "hex");
  const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  // a slice of a Buffer is the same bytes: tests damage copies
  return Uint8Array.from(Buffer.concat([cipher.update(bytes), cipher.final()]));
}

/** CRC-16/MODBUS by polynomial division of reflected bits: its check value is 0x4b37. */
export function modbus(bytes: Uint8Array): number {
  const reflect = (value: number, bits: number): number =>
    Array.from({ length: bits }, (_, k) => ((value >> k) & 1) << (bits - 1 - k)).reduce(
      (sum, bit) => sum | bit,
      0,
    );
  let register = 0xffff;
  for (const byte of bytes) {
    register ^= reflect(byte, 8) << 8;
    for (let k = 0; k < 8; k++) {
      const high = register & 0x8000;
      register = ((register << 1) & 0xffff) ^ (high ? 0x8005 : 0);
    }
  }
  return reflect(register, 16);
}
