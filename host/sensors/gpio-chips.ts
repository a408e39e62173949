/** The GPIO chips of this computer, as the character devices tell and as sysfs does; found by label, never by number. */
import { closeSync, openSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../errors.ts";
import { boardModel, namesIn, textOf } from "../linux/files.ts";
import { type ChipInfo, chipInfo } from "../linux/gpio.ts";
import { codeOf, type SystemCalls } from "../linux/system-calls.ts";
import { HEADER_CHIPS } from "./gpio-header.ts";
import type { GpioPlace } from "./gpio-uri.ts";

/** ChipInfo's name is that of its device: "gpiochip0". */
export type CharacterChips = {
  readonly chips: readonly ChipInfo[];
  /** devices that this user may not open, as paths below the root */
  readonly denied: readonly string[];
};

/** Other names of one device count once: Raspberry Pi OS links gpiochip4 to gpiochip0. */
export function characterChips(calls: SystemCalls, root: string): CharacterChips {
  const names = namesIn(root, "dev").filter((name) => /^gpiochip\d+$/.test(name));
  const chips = new Map<string, ChipInfo>();
  const denied: string[] = [];
  for (const name of names) {
    const path = join(root, "dev", name);
    try {
      const real = realpathSync(path);
      if (chips.has(real)) continue;
      const fd = openSync(real, "r+");
      try {
        chips.set(real, chipInfo(calls, fd));
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      const code = codeOf(error);
      if (code === "EACCES" || code === "EPERM") denied.push(`dev/${name}`);
      // anything else: no chip, or one that went while we looked
      else if (code === null) throw error;
    }
  }
  return { chips: [...chips.values()], denied };
}

export type SysfsChip = {
  /** "gpiochip512": named after its base */
  readonly name: string;
  readonly label: string;
  readonly lines: number;
  /** sysfs counts its lines from here */
  readonly base: number;
};

export function sysfsChips(root: string): readonly SysfsChip[] {
  return namesIn(root, "sys/class/gpio")
    .filter((name) => /^gpiochip\d+$/.test(name))
    .flatMap((name) => {
      const text = (file: string) => textOf(root, join("sys/class/gpio", name, file));
      const [label, base, lines] = [text("label"), whole(text("base")), whole(text("ngpio"))];
      return label === null || base === null || lines === null
        ? []
        : [{ name, label, lines, base }];
    });
}

const whole = (text: string | null): number | null =>
  text !== null && /^\d+$/.test(text) ? Number(text) : null;

/**
 * The chip that a line is on.
 *
 * @returns null where none has the label
 * @throws SENSOR_MISSING where several have it, or it has no such line
 */
export function chipOf<C extends { name: string; label: string; lines: number }>(
  { text, label, offset }: GpioPlace,
  chips: readonly C[],
): C | null {
  const labels = label === null ? HEADER_CHIPS : [label];
  const fitting = chips.filter((chip) => labels.includes(chip.label));
  const [chip] = fitting;
  if (!chip) return null;
  if (fitting.length > 1) {
    const got = fitting.map(({ name, label }) => `${name} is ${label}`).join(", ");
    const remedy = "Which is meant cannot be told; take one of them away, or relabel it.";
    fail("SENSOR_MISSING", text, got, "one chip of that label", remedy);
  }
  if (offset >= chip.lines) {
    const expected = `a line from 0 to ${chip.lines - 1} of ${chip.label}`;
    fail("SENSOR_MISSING", text, `line ${offset}`, expected, "Name a line that the chip has.");
  }
  return chip;
}

/** For people who named a chip that is not there. */
export function chipsHere(root: string, chips: readonly { label: string }[]): string {
  const model = boardModel(root);
  const labels = chips.length > 0 ? chips.map(({ label }) => label).join(", ") : "none";
  return `the chips ${labels}${model === null ? "" : ` on a ${model}`}`;
}

export const expectedChip = ({ label }: GpioPlace): string =>
  label === null ? `a chip of the 40-pin header: ${HEADER_CHIPS.join(", ")}` : `a chip ${label}`;
