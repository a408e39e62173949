/**
 * The power monitor's side of the public energy runner's dialogue: ST's LPM01A as UM2269 has it, as far as the runner asks.
 * Settings are taken where our samples are what they ask for, and refused with the device's own words where not.
 */

export const PROMPT = "PowerShield > ";
const ACQUIRED = `${PROMPT}Acquisition completed\r\n`;
/** Longer than any command: what has no end by then is no command. */
const LONGEST = 256;

/** What the monitor does with the outside. */
export type MonitorActions = {
  readonly say: (text: string) => void;
  readonly start: () => void;
  readonly stop: () => void;
  /** the runner's supply voltage, which we only hear of */
  readonly volts: (millivolts: number) => void;
};

type Command = {
  /** of its arguments; null: none */
  readonly takes: RegExp;
  readonly expected: string;
  /** what stands behind the acknowledgement */
  readonly answer?: string;
};

const taking = (takes: RegExp, expected: string): Command => ({ takes, expected });
const NOTHING = taking(/^$/, "no argument");

const COMMANDS: Readonly<Record<string, Command>> = {
  ...{ htc: NOTHING, hrc: NOTHING, start: NOTHING },
  lcd: taking(/^[12] ".{0,16}"$/, 'a line, 1 or 2, and at most 16 characters between "'),
  pwr: taking(/^(auto|on|off)( (no)?status)?$/, "auto, on or off"),
  acqtime: taking(/^(inf|0)$/, "inf: it ends at stop"),
  trigdelay: taking(/^0(\.0*)?$/, "0"),
  trigsrc: taking(/^sw$/, "sw"),
  eventsrc: taking(/^d7 fal$/, "d7 fal"),
  output: taking(/^energy$/, "energy"),
  format: taking(/^ascii_dec$/, "ascii_dec"),
  freq: taking(/^1k$/, "1k: a sample a millisecond"),
  volt: taking(/^\d{4}m$/, "1800m to 3300m"),
  powershield: { ...NOTHING, answer: "no LPM01A: a stand-in of twentywatt" },
  version: { ...NOTHING, answer: "0.0.0" },
  status: { ...NOTHING, answer: "ok" },
};

const VOLTS = { least: 1800, most: 3300 } as const;

export class Monitor {
  readonly #actions: MonitorActions;
  #line = "";
  #overlong = false;

  constructor(actions: MonitorActions) {
    this.#actions = actions;
  }

  /** What the runner wrote, in pieces of any size. A command ends with CR, LF or both. */
  heard(text: string): void {
    for (const character of text) {
      if (character !== "\r" && character !== "\n") {
        if (this.#line.length < LONGEST) this.#line += character;
        else this.#overlong = true;
        continue;
      }
      const [line, overlong] = [this.#line, this.#overlong];
      this.forget();
      if (overlong) this.#refuse("", "a command of this length is not known");
      else if (line !== "") this.#obey(line);
    }
  }

  /** Who had begun a command has gone. */
  forget(): void {
    this.#line = "";
    this.#overlong = false;
  }

  #obey(line: string): void {
    // it never refuses to end, and says so even where nothing was going on: the runner waits for that alone
    if (line.trim() === "stop") {
      this.#actions.stop();
      this.#actions.say(ACQUIRED);
      return;
    }
    const [name = "", ...rest] = line.split(" ");
    const given = rest.join(" ");
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    const millivolts = name === "volt" ? Number.parseInt(given, 10) : VOLTS.least;
    const inRange = millivolts >= VOLTS.least && millivolts <= VOLTS.most;
    if (command === undefined) this.#refuse(line, "unknown command");
    else if (!command.takes.test(given) || !inRange) {
      this.#refuse(line, `expected ${command.expected}`);
    } else {
      const answer = command.answer === undefined ? "" : ` ${command.answer}`;
      this.#actions.say(`${PROMPT}ack ${line}${answer}\r\n`);
      if (name === "volt") this.#actions.volts(millivolts);
      if (name === "start") this.#actions.start();
    }
  }

  #refuse(line: string, why: string): void {
    const shown = line.replace(/[^ -~]/g, "?");
    this.#actions.say(`${PROMPT}error ${shown}\r\nError detail: ${why}\r\n`);
  }
}
