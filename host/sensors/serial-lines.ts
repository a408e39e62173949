/** Lines of text from a port: their format and rate are found in the first ones. */
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import { LineSplitter } from "../lines/index.ts";
import { at } from "../model/at.ts";
import { nanosecondsToSeconds } from "../units.ts";
import type { Block } from "./sensor.ts";
import type { Deliver, Known, SerialSource, Wanted } from "./serial-source.ts";
import { detect, LINES_TO_DETECT } from "./text-detection.ts";
import { TEXT_FORMATS, type TextFormat } from "./text-formats.ts";
import { TextRows } from "./text-rows.ts";

/** A rate is counted over at least so long: bytes of USB come in bursts. */
const RATE_NS = 500_000_000n;
/** Lines that wait for their format to be known: more than a second of the fastest port. */
const MOST_WAITING = 100_000;

type Arrived = { readonly line: string | null; readonly atNs: bigint };

export class LineSource implements SerialSource {
  readonly claims = false;
  known: Known | null = null;
  readonly #uri: string;
  readonly #wanted: Wanted;
  readonly #format: TextFormat | null;
  #splitter = new LineSplitter("torn");
  /** lines that came before the format was known */
  #first: Arrived[] = [];
  #rows: TextRows | null = null;

  /** @param format null: found */
  constructor(uri: string, wanted: Wanted, format: TextFormat | null) {
    this.#uri = uri;
    this.#wanted = wanted;
    this.#format = format;
  }

  push(bytes: Uint8Array, atNs: bigint, deliver: Deliver): void {
    const arrived = this.#splitter.push(bytes).map((line) => ({ line, atNs }));
    if (this.#rows) read(this.#rows, arrived, deliver);
    else this.#recognise(arrived, deliver);
  }

  lose(samples: number): void {
    this.#rows?.lose(samples);
  }

  torn(): void {
    this.#splitter = new LineSplitter("torn");
  }

  giveUp(deliver: Deliver): Problem | null {
    const text = this.#first.filter(isText);
    // a sensor that speaks every few seconds is known by two lines
    if (text.length >= 2) {
      this.#settle(text, deliver);
      return null;
    }
    const lines = this.#first.length;
    const got = lines === 0 ? "no line" : `${lines} lines, of which ${text.length} are text`;
    const remedy = "Check the baud rate, serial:PORT@BAUD, and that the board prints lines.";
    return problem("SENSOR_MISSING", this.#uri, got, "lines of text", remedy);
  }

  rest(atNs: bigint, deliver: Deliver): void {
    for (const block of this.#rows?.rest(atNs) ?? []) deliver(block);
  }

  /** Lines that cannot be read are lost samples. */
  damage(): null {
    return null;
  }

  /** Collects lines until there are enough to tell their format and their rate. */
  #recognise(arrived: readonly Arrived[], deliver: Deliver): void {
    const first = this.#first;
    first.push(...arrived);
    const text = first.filter(isText);
    if (text.length < LINES_TO_DETECT) {
      // of what is no text the last is enough to say so
      if (first.length > MOST_WAITING) first.splice(0, first.length - MOST_WAITING / 2);
      return;
    }
    const since = at(first, 0).atNs;
    const soon =
      at(text, text.length - 1).atNs - since < RATE_NS || laterOf(text) < LINES_TO_DETECT - 1;
    const uncounted = this.#wanted.rateHz === null && soon;
    if (!uncounted || first.length >= MOST_WAITING) this.#settle(text, deliver);
  }

  #settle(text: readonly Arrived[], deliver: Deliver): void {
    const lines = text.flatMap(({ line }) => (line === null ? [] : [line]));
    const sample = lines.slice(0, 4 * LINES_TO_DETECT);
    const layout = detect(sample, this.#format);
    if (layout === null) throw unreadable(this.#uri, sample, this.#format);
    const { unit, rateHz } = this.#wanted;
    const own = rateHz ?? counted(text);
    const rows = new TextRows(this.#uri, layout, unit);
    const from = this.#first.indexOf(at(text, layout.firstData));
    const arrived = this.#first.slice(from);
    this.#rows = rows;
    this.#first = [];
    this.known = {
      description: { channels: rows.channels, sampleRateHz: own },
      evidence: layout.evidence,
      timing: rows.timing,
      ...(own === null || rateHz !== null ? {} : { counted: secondsOf(text) }),
    };
    // as they came, each piece with its own time
    for (let k = 0; k < arrived.length; ) {
      const { atNs } = at(arrived, k);
      let end = k + 1;
      while (end < arrived.length && at(arrived, end).atNs === atNs) end += 1;
      read(rows, arrived.slice(k, end), deliver);
      k = end;
    }
  }
}

function read(rows: TextRows, arrived: readonly Arrived[], deliver: Deliver): void {
  const give = (block: Block | null) => {
    if (block) deliver(block);
  };
  try {
    for (const { line, atNs } of arrived) give(rows.add(line, atNs));
  } finally {
    give(rows.take());
  }
}

const isText = ({ line }: Arrived): boolean => line !== null && line.trim() !== "";

/** Lines a second, to three digits; null where they are too few to count. */
function counted(text: readonly Arrived[]): number | null {
  const later = laterOf(text);
  if (later === 0 || text.length < LINES_TO_DETECT) return null;
  return Number((later / secondsOf(text)).toPrecision(3));
}

/**
 * Lines that came after the first ones. How long those took that came together then, nobody knows: the kernel may have kept
 * them since long before the port was opened.
 */
function laterOf(text: readonly Arrived[]): number {
  const { atNs } = at(text, 0);
  return text.filter((one) => one.atNs > atNs).length;
}

const secondsOf = (text: readonly Arrived[]): number =>
  nanosecondsToSeconds(at(text, text.length - 1).atNs - at(text, 0).atNs);

function unreadable(
  uri: string,
  lines: readonly string[],
  format: TextFormat | null,
): TwentyWattError {
  const got = JSON.stringify((lines[0] ?? "").slice(0, 60));
  const expected = format ? `lines of ${format}` : `lines of ${TEXT_FORMATS.join(", ")}, or frames`;
  const remedy =
    "Print numbers, one sample on each line; or check the baud rate, serial:PORT@BAUD.";
  return new TwentyWattError(problem("INPUT_FORMAT", uri, got, expected, remedy));
}
