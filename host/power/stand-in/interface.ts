/**
 * The interface board's side of the public energy runner's dialogue: between the runner, which ends a command with %, and
 * the board, whose answer it passes on line by line.
 *
 *   dut name%   m-dut-passthrough(name) · m-ready · [dut]: m-name-dut-[…] · [dut]: m-ready
 */

const READY = "m-ready";
const PREFIX = "[dut]: ";
const NAME = "tinyML Enhanced Interface Board";
/** The wake word's firmware takes 1028 characters, with `dut ` before them; what is longer is dropped at its %. */
const LONGEST = 1100;
/** The rate that the board of MLCommons has before it was told another. */
const FIRST_BAUD = 115_200;

/** A line of the board and when it came: its first byte, and its end. */
export type BoardLine = {
  readonly text: string;
  readonly beganNs: bigint;
  readonly endedNs: bigint;
};

export type InterfaceActions = {
  readonly say: (text: string) => void;
  /** one command to the board, without its % */
  readonly pass: (command: string) => void;
  /** a line of the answer to a command; resolves when it may be passed on */
  readonly line: (line: BoardLine, command: string) => Promise<void>;
  /** a command that is not known here */
  readonly unknown: (command: string) => void;
};

export class InterfaceBoard {
  readonly #actions: InterfaceActions;
  #command = "";
  #overlong = false;
  #waiting: string[] = [];
  /** the command that the board has not answered yet */
  #passed: string | null = null;
  #text = "";
  #beganNs: bigint | null = null;
  #turn: Promise<void> = Promise.resolve();
  #baud = FIRST_BAUD;

  constructor(actions: InterfaceActions) {
    this.#actions = actions;
  }

  /** What the runner wrote, in pieces of any size. */
  heard(text: string): void {
    for (const character of text) {
      if (character !== "%") {
        if (this.#command.length < LONGEST) this.#command += character;
        else this.#overlong = true;
        continue;
      }
      const whole = this.#command;
      // as the board itself: one that holds what is no text is dropped without an answer, and no frame gets through
      const plain = !this.#overlong && /^[ -~\r\n]*$/.test(whole);
      this.#command = "";
      this.#overlong = false;
      if (plain) this.#waiting.push(whole);
    }
    this.#next();
  }

  /** Who had written has gone: commands that nobody waits for are not passed on. */
  forget(): void {
    this.#command = "";
    this.#overlong = false;
    this.#waiting = [];
  }

  /** The board is silent for too long: what comes later is no answer to what comes next. */
  giveUp(): string | null {
    const passed = this.#passed;
    this.#passed = null;
    this.#next();
    return passed;
  }

  /** What the board wrote, at this moment. */
  answered(text: string, tNs: bigint): void {
    for (const character of text) {
      this.#beganNs ??= tNs;
      if (character !== "\n") {
        if (this.#text.length < LONGEST) this.#text += character;
        continue;
      }
      const line = { text: this.#text.replace(/\r$/, ""), beganNs: this.#beganNs, endedNs: tNs };
      this.#text = "";
      this.#beganNs = null;
      this.#turn = this.#turn.then(() => this.#line(line));
    }
  }

  async #line(line: BoardLine): Promise<void> {
    const command = this.#passed;
    // boot lines, or the rest of an answer that was given up
    if (command === null) return;
    await this.#actions.line(line, command);
    if (this.#passed !== command) return;
    this.#actions.say(`${PREFIX}${line.text}\r\n`);
    if (line.text !== READY) return;
    this.#passed = null;
    this.#next();
  }

  #next(): void {
    while (this.#passed === null) {
      const command = this.#waiting.shift();
      if (command === undefined) return;
      this.#obey(command);
    }
  }

  #obey(command: string): void {
    const [name = "", ...rest] = command.split(" ");
    const given = rest.join(" ");
    const { say, pass, unknown } = this.#actions;
    if (name === "dut") {
      this.#passed = given;
      say(`m-dut-passthrough(${given})\r\n${READY}\r\n`);
      pass(given);
      return;
    }
    if (name === "name") say(`${NAME}\r\n`);
    else if (name === "checkbaud") say(`baud is: ${this.#baud}\n`);
    else if (name === "setbaud" && /^\d{1,7}$/.test(given)) {
      this.#baud = Number(given);
      say(`set baud to: ${given}\n`);
    } else unknown(command);
    say(`${READY}\r\n`);
  }
}
