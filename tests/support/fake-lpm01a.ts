/** An LPM01A: the bytes of its stream, and its dialogue on a pseudo-terminal. */
import { openPseudoTerminal } from "../../host/linux/pty.ts";
import { systemCalls } from "./system-calls.ts";

/** 0x52a0 is 0x2a0 · 16⁻⁵ A. */
export const sampleBytes = (word: number): number[] => [word >> 8, word & 0xff];

export const stampBytes = (ms: number, load = 0): number[] => [
  ...[0xf0, 0xf3, (ms >>> 24) & 0xff, (ms >>> 16) & 0xff, (ms >>> 8) & 0xff, ms & 0xff],
  ...[load, 0xff, 0xff],
];

export const metaBytes = (kind: number, ...inner: readonly number[]): number[] => [
  ...[0xf0, kind, ...inner, 0xff, 0xff],
];

/** 6409, 7 are 6409 · 10⁻⁷ A. */
export const sampleLine = (digits: number, power: number): string =>
  `${String(digits).padStart(4, "0")}-${String(power).padStart(2, "0")}\r\n`;

export const stampLine = (ms: number): string => {
  const seconds = String(Math.floor(ms / 1000) % 1000).padStart(3, "0");
  return `TimeStamp: ${seconds}s ${String(ms % 1000).padStart(3, "0")}ms, buff 00%\r\n\0`;
};

export type Lpm01aOptions = {
  /** the word of a sample, by its number since the start */
  readonly word?: (k: number) => number;
  /** bytes in the place of those of a tenth of a second, by its number */
  readonly damage?: (bytes: number[], n: number) => number[];
  /** it streams when it is found */
  readonly streaming?: boolean;
  /** in the place of `ack` and the command; null: it says nothing */
  readonly answer?: (command: string) => string | null | undefined;
};

const TICK_MS = 100;

const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];

export class FakeLpm01a {
  readonly path: string;
  readonly commands: string[] = [];
  ticks = 0;
  readonly #terminal = openPseudoTerminal(systemCalls());
  readonly #options: Lpm01aOptions;
  readonly #timer: NodeJS.Timeout;
  #startedMs: number | null;
  #rateHz = 10_000;
  #text = false;
  #heard = "";
  #pending = new Uint8Array(0);

  constructor(options: Lpm01aOptions = {}) {
    this.#options = options;
    this.path = this.#terminal.path;
    this.#startedMs = options.streaming ? performance.now() : null;
    this.#timer = setInterval(() => this.#turn(), 2);
  }

  /** Pulls it out. */
  close(): void {
    clearInterval(this.#timer);
    this.#terminal.close();
  }

  #turn(): void {
    const bytes = new Uint8Array(1024);
    const count = this.#terminal.read(bytes) ?? 0;
    this.#heard += new TextDecoder().decode(bytes.subarray(0, count));
    const lines = this.#heard.split("\r\n");
    this.#heard = lines.pop() ?? "";
    for (const line of lines) this.#obey(line);
    if (this.#startedMs !== null) this.#stream(performance.now() - this.#startedMs);
    const taken = this.#pending.length > 0 ? this.#terminal.write(this.#pending) : 0;
    this.#pending = this.#pending.subarray(taken);
  }

  #send(bytes: Uint8Array | readonly number[]): void {
    const all = new Uint8Array(this.#pending.length + bytes.length);
    all.set(this.#pending);
    all.set(bytes, this.#pending.length);
    this.#pending = all;
  }

  #obey(command: string): void {
    this.commands.push(command);
    const [, rate, thousands] = /^freq (\d+)(k?)$/.exec(command) ?? [];
    if (rate !== undefined) this.#rateHz = Number(rate) * (thousands === "k" ? 1000 : 1);
    if (command.startsWith("format ")) this.#text = command === "format ascii_dec";
    if (command === "stop") {
      this.#startedMs = null;
      return;
    }
    const own = this.#options.answer?.(command);
    const usual = command === "volt get" ? "ack volt get 3292-03" : `ack ${command}`;
    const said = own === undefined ? usual : own;
    if (said !== null) this.#send(new TextEncoder().encode(`PowerShield > ${said}\r\n`));
    if (command !== "start") return;
    this.#startedMs = performance.now();
    this.ticks = 0;
    this.#send(this.#text ? bytesOf(stampLine(0)) : [...stampBytes(0), ...stampBytes(0)]);
  }

  #stream(ms: number): void {
    const { word = () => 0x52a0, damage = (same: number[]) => same } = this.#options;
    const each = (this.#rateHz * TICK_MS) / 1000;
    for (; this.ticks < Math.floor(ms / TICK_MS); this.ticks++) {
      const bytes: number[] = [];
      const stampMs = (this.ticks + 1) * TICK_MS;
      for (let k = 0; k < each; k++) {
        const number = word(this.ticks * each + k);
        // as text the word's low 12 bits are the digits of 10⁻⁷ A
        bytes.push(...(this.#text ? bytesOf(sampleLine(number & 0xfff, 7)) : sampleBytes(number)));
      }
      bytes.push(...(this.#text ? bytesOf(stampLine(stampMs)) : stampBytes(stampMs)));
      this.#send(damage(bytes, this.ticks));
    }
  }
}
