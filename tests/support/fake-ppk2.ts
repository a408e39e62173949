/**
 * A PPK2 on a pseudo-terminal: its commands, its metadata, and samples of a load that is known, byte for byte, from which a
 * cable may lose some.
 */
import { rmSync, symlinkSync } from "node:fs";
import { openPseudoTerminal } from "../../host/linux/pty.ts";
import { systemCalls } from "./system-calls.ts";

export type FakeLoad = (k: number) => {
  readonly adc: number;
  readonly range: number;
  readonly marks: number;
};

/** Bytes that never arrive: `bytes` of them, from byte `offset` of the four of sample `sample`. */
export type Slip = { readonly sample: number; readonly offset: number; readonly bytes: number };

export type FakeOptions = {
  readonly load: FakeLoad;
  /** it stops sending after so many */
  readonly samples?: number;
  readonly slips?: readonly Slip[];
  /** it streams when it is found, as an earlier run left it */
  readonly streaming?: boolean;
  readonly metadata?: string;
  /** a name that stays the same when it is plugged in again */
  readonly link?: string;
  /** as fast as the line takes it; else 100 samples a millisecond */
  readonly pace?: "fast" | "real";
};

/** What a device says of itself: range 3 as in the worked value of the formula, and -nan where it has nothing. */
export const METADATA = [
  "Calibrated: 1",
  ...["R0: 1003.3506", "R1: 101.5865", "R2: 10.3027", "R3: 0.9636", "R4: 0.0564"],
  ...["GS0: 0.0000", "GS1: 112.7890", "GS2: 18.0115", "GS3: 2.4217", "GS4: 0.0729"],
  ...["GI0: 1.0000", "GI1: 0.9695", "GI2: 0.9609", "GI3: 0.9519", "GI4: 0.9582"],
  ...["O0: 112.9420", "O1: 75.4605", "O2: 64.6020", "O3: 50.4983", "O4: 87.2177"],
  ...["VDD: 3300", "HW: 9173", "mode: 2"],
  ...[
    "S0: 0.000000048",
    "S1: 0.000000596",
    "S2: 0.000005281",
    "S3: 0.000062577",
    "S4: 0.002940743",
  ],
  ...["I0: -0.000000104", "I1: -0.000001443", "I2: -nan", "I3: -0.000374119", "I4: -0.009388315"],
  ...["UG0: 1.00", "UG1: 1.00", "UG2: 1.00", "UG3: 1.00", "UG4: -nan", "IA: 56", "END", ""],
].join("\n");

/** Bytes of arguments behind each command. */
const ARGUMENTS: Readonly<Record<number, number>> = {
  ...{ 6: 0, 7: 0, 12: 1, 13: 2, 17: 1 },
  ...{ 25: 0, 32: 0, 37: 5, 21: 0, 22: 0 },
};

export const word = (k: number, { adc, range, marks }: ReturnType<FakeLoad>): number =>
  (adc | (range << 14) | ((k % 64) << 18) | (marks << 24)) >>> 0;

const SAMPLES_A_TURN = 1000;

export class FakePpk2 {
  readonly path: string;
  /** every command with its arguments, in order */
  readonly commands: number[][] = [];
  sent = 0;
  streaming: boolean;
  readonly #terminal = openPseudoTerminal(systemCalls());
  readonly #options: FakeOptions;
  #pending = new Uint8Array(0);
  #received: number[] = [];
  #closed = false;
  #startedMs = performance.now();

  constructor(options: FakeOptions) {
    this.#options = options;
    this.path = options.link ?? this.#terminal.path;
    if (options.link !== undefined) symlinkSync(this.#terminal.path, options.link);
    this.streaming = options.streaming ?? false;
    this.#turn();
  }

  get done(): boolean {
    return (
      this.sent >= (this.#options.samples ?? Number.POSITIVE_INFINITY) && !this.#pending.length
    );
  }

  /** Resolves once it has got so many commands. */
  async heard(commands: number): Promise<void> {
    while (this.commands.length < commands) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Pulls it out. */
  close(): void {
    this.#closed = true;
    this.#terminal.close();
    if (this.#options.link !== undefined) rmSync(this.#options.link, { force: true });
  }

  #turn(): void {
    if (this.#closed) return;
    this.#listen();
    if (this.#pending.length === 0 && this.streaming) this.#pending = this.#next();
    const taken = this.#pending.length > 0 ? this.#terminal.write(this.#pending) : 0;
    this.#pending = this.#pending.subarray(taken);
    if (taken > 0 && this.#options.pace !== "real") setImmediate(() => this.#turn());
    else setTimeout(() => this.#turn(), 1);
  }

  #listen(): void {
    const bytes = new Uint8Array(256);
    const count = this.#terminal.read(bytes) ?? 0;
    this.#received.push(...bytes.subarray(0, count));
    for (;;) {
      const [command] = this.#received;
      if (command === undefined) return;
      const length = 1 + (ARGUMENTS[command] ?? 0);
      if (this.#received.length < length) return;
      const whole = this.#received.splice(0, length);
      this.commands.push(whole);
      this.#obey(command);
    }
  }

  #obey(command: number): void {
    if (command === 0x06) {
      this.streaming = true;
      this.#startedMs = performance.now();
    }
    if (command === 0x07) this.streaming = false;
    if (command !== 0x19) return;
    const text = new TextEncoder().encode(this.#options.metadata ?? METADATA);
    const all = new Uint8Array(this.#pending.length + text.length);
    all.set(this.#pending);
    all.set(text, this.#pending.length);
    this.#pending = all;
  }

  #next(): Uint8Array<ArrayBuffer> {
    const { load, samples = Number.POSITIVE_INFINITY, slips = [], pace } = this.#options;
    const due = pace === "real" ? Math.floor((performance.now() - this.#startedMs) * 100) : samples;
    const from = this.sent;
    const to = Math.min(from + SAMPLES_A_TURN, samples, Math.max(from, due));
    const view = new DataView(new ArrayBuffer(4 * (to - from)));
    for (let k = from; k < to; k++) view.setUint32(4 * (k - from), word(k, load(k)), true);
    this.sent = to;
    const missing = slips
      .map(({ sample, offset, bytes }) => [4 * sample + offset, bytes] as const)
      .flatMap(([start, bytes]) => Array.from({ length: bytes }, (_, k) => start + k - 4 * from));
    const lost = new Set(missing.filter((place) => place >= 0 && place < view.byteLength));
    const bytes = new Uint8Array(view.buffer);
    return lost.size === 0 ? bytes : bytes.filter((_, place) => !lost.has(place));
  }
}
