/** gpio:17 · gpio:pin11 · gpio:LABEL:OFFSET, and how the line is to be used. */
import { fail } from "../errors.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import { atPin, pinOf } from "./gpio-header.ts";

/** Which line of which chip. */
export type GpioPlace = {
  readonly text: string;
  /** null: the chip of the header, whichever this computer has */
  readonly label: string | null;
  readonly offset: number;
  /** for people: "GPIO17, header pin 11" */
  readonly name: string;
};

export const BIASES = ["pull-up", "pull-down", "none"] as const;
export const EDGES = ["rising", "falling", "both"] as const;

export type InputUse = {
  /** null: as it is */
  readonly bias: (typeof BIASES)[number] | null;
  readonly edge: (typeof EDGES)[number];
  /** 0: every change counts */
  readonly debounceUs: number;
  readonly activeLow: boolean;
};

export type OutputUse = {
  readonly activeLow: boolean;
  /** the level from the start, and again when it is closed; 1 is active */
  readonly initial: 0 | 1;
};

/** The kernel holds it in 32 bits of microseconds; ten seconds are a button held in the hand. */
const MOST_DEBOUNCE_US = 10_000_000;

/** @throws USAGE */
export function inputUse(uri: Uri): InputUse {
  onlyKeys(uri, ["bias", "edge", "debounce", "active"]);
  const debounceUs = numberOf(uri, "debounce", 0, [0, MOST_DEBOUNCE_US]);
  if (!Number.isInteger(debounceUs)) {
    fail("USAGE", uri.text, `debounce=${debounceUs}`, "whole microseconds");
  }
  return {
    bias: wordOf(uri, "bias", BIASES),
    edge: wordOf(uri, "edge", EDGES) ?? "both",
    debounceUs,
    activeLow: isActiveLow(uri),
  };
}

/** @throws USAGE */
export function outputUse(uri: Uri): OutputUse {
  onlyKeys(uri, ["active", "initial"]);
  const initial = wordOf(uri, "initial", ["0", "1"] as const);
  return { activeLow: isActiveLow(uri), initial: initial === "1" ? 1 : 0 };
}

const isActiveLow = (uri: Uri): boolean =>
  wordOf(uri, "active", ["high", "low"] as const) === "low";

function wordOf<W extends string>(
  { text, query }: Uri,
  key: string,
  words: readonly W[],
): W | null {
  const written = query.get(key);
  if (written === undefined) return null;
  const word = words.find((one) => one === written);
  return word ?? fail("USAGE", text, `${key}=${written}`, `${key}=${words.join("|")}`);
}

const FORMS = "gpio:BCM, gpio:pinN or gpio:LABEL:OFFSET";

/** @throws USAGE where it is none of the forms, SENSOR_MISSING where the header has no such line */
export function gpioPlace({ text, rest }: Uri): GpioPlace {
  if (/^\d{1,4}$/.test(rest)) return headerLine(text, Number(rest));
  const [, pin] = /^pin(\d{1,3})$/.exec(rest) ?? [];
  if (pin !== undefined) return headerPin(text, Number(pin));
  // labels may hold colons themselves
  const [, label, offset] = /^(.+):(\d{1,6})$/.exec(rest) ?? [];
  if (label === undefined) return fail("USAGE", text, rest || "no line", FORMS);
  return { text, label, offset: Number(offset), name: `line ${Number(offset)} of ${label}` };
}

const OTHER_LINES = "Name a line that is not on the header by chip and offset: gpio:LABEL:OFFSET.";

function headerLine(text: string, bcm: number): GpioPlace {
  const pin = pinOf(bcm);
  if (pin !== null)
    return { text, label: null, offset: bcm, name: `GPIO${bcm}, header pin ${pin}` };
  const got = `BCM ${bcm}, which is on no pin of the header`;
  return fail("SENSOR_MISSING", text, got, "a BCM number from 0 to 27", OTHER_LINES);
}

function headerPin(text: string, pin: number): GpioPlace {
  const carries = atPin(pin);
  if (typeof carries === "number") return headerLine(text, carries);
  const got = carries === null ? `pin ${pin}` : `pin ${pin}, which carries ${carries}`;
  const expected = "a pin from 1 to 40 that is a line";
  return fail("SENSOR_MISSING", text, got, expected, "pin11 is GPIO17, for example.");
}
