/** What is said to an LPM01A before it streams: lines of text, each answered with `ack` and the line itself. */
import { fail } from "../errors.ts";
import type { Channel, Timers } from "../lines/index.ts";

/** An earlier run may have left it streaming: silence for so long is the end of that. */
const QUIET_MS = 150;
const ATTEMPTS = 20;
const ANSWER_MS = 2000;
/** Answers are short; of a stream only the end is kept. */
const MOST_TEXT = 4096;

export class Lpm01aDialogue {
  readonly #uri: string;
  readonly #timers: Timers;
  readonly #decoder = new TextDecoder("latin1");
  #text = "";
  #total = 0;
  #gone = false;
  #wake: () => void = () => {};

  constructor(uri: string, timers: Timers) {
    this.#uri = uri;
    this.#timers = timers;
  }

  bytes(bytes: Uint8Array): void {
    this.#total += bytes.length;
    this.#text = (this.#text + this.#decoder.decode(bytes)).slice(-MOST_TEXT);
    this.#wake();
  }

  closed(): void {
    this.#gone = true;
    this.#wake();
  }

  /** Stops what it does, and waits until it says no more. */
  async silence(channel: Channel): Promise<void> {
    this.send(channel, "stop");
    for (let attempt = 0; attempt < ATTEMPTS && !this.#gone; attempt++) {
      const before = this.#total;
      await this.pause(QUIET_MS);
      if (before === this.#total) break;
    }
    this.#text = "";
  }

  send(channel: Channel, command: string): void {
    channel.write(new TextEncoder().encode(`${command}\r\n`));
  }

  /** @returns what stands behind `ack` and the command. @throws METER_MISSING where it is refused, or nothing answers */
  async say(channel: Channel, command: string): Promise<string> {
    this.#text = "";
    this.send(channel, command);
    let late = false;
    const callOff = this.#timers.after(ANSWER_MS, () => {
      late = true;
      this.#wake();
    });
    let answer = answerIn(this.#text, command);
    while (answer === null && !late && !this.#gone) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      answer = answerIn(this.#text, command);
    }
    callOff();
    if (answer !== null && "ack" in answer) return answer.ack;
    const got = answer === null ? this.#heard() : JSON.stringify(answer.refused);
    const remedy =
      "Name the port of its own USB socket; press its reset where it has hung. Its firmware is 1.0.6 or later.";
    return fail(
      "METER_MISSING",
      `--meter ${this.#uri}`,
      got,
      `ack ${command} of an LPM01A`,
      remedy,
    );
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timers.after(ms, resolve);
    });
  }

  #heard(): string {
    return this.#text === "" ? "no answer" : `${JSON.stringify(this.#text.slice(0, 40))}…`;
  }
}

type Answer = { readonly ack: string } | { readonly refused: string };

/** "PowerShield > ack volt get 3292-03": the prompt before it may be there or not, and NULs behind time stamps. */
function answerIn(text: string, command: string): Answer | null {
  const lines = text.replaceAll("\0", "").split(/\r?\n/).slice(0, -1);
  for (const line of lines.map((one) => one.replace(/^.*PowerShield > /, "").trim())) {
    if (line === `ack ${command}`) return { ack: "" };
    if (line.startsWith(`ack ${command} `)) return { ack: line.slice(5 + command.length) };
    if (/^err(or)?\b/i.test(line)) return { refused: line.slice(0, 80) };
  }
  return null;
}
