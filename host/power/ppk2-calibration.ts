/**
 * What a PPK2 says of itself, and how its numbers become amperes. Lines of KEY: value, ended by END, as answer to 0x19:
 *
 *   x = (4·adc − O[r]) · (1.8 / 163840) / R[r]
 *   A = UG[r] · (x · (GS[r]·x + GI[r]) + S[r]·Vdd + I[r])        Vdd in volts
 */
import { at } from "../model/at.ts";

/** Five ranges: 0 for microamperes … 4 up to 1 A. */
export const RANGES = 5;

export type Calibration = {
  readonly R: readonly number[];
  readonly GS: readonly number[];
  readonly GI: readonly number[];
  readonly UG: readonly number[];
  readonly O: readonly number[];
  readonly S: readonly number[];
  readonly I: readonly number[];
};

export type Metadata = {
  readonly calibration: Calibration;
  /** null: it does not say */
  readonly calibrated: boolean | null;
  readonly mode: "source" | "ampere" | null;
  /** of the source, as it stands */
  readonly millivolts: number | null;
  /** its hardware's number, "?" where it says none */
  readonly hardware: string;
};

/** Where metadata has no value, or 0, or -nan: resistors in ohms, gains of one, no offsets. */
const STANDARD: Calibration = {
  R: [1031.64, 101.65, 10.15, 0.94, 0.043],
  GS: [1, 1, 1, 1, 1],
  GI: [1, 1, 1, 1, 1],
  UG: [1, 1, 1, 1, 1],
  O: [0, 0, 0, 0, 0],
  S: [0, 0, 0, 0, 0],
  I: [0, 0, 0, 0, 0],
};

/** The metadata in what came, whatever stands before it. Null while its end has not come. */
export function readMetadata(bytes: Uint8Array): Metadata | null {
  // samples of an earlier stream may stand in front of it: any bytes, so one letter is made of each
  const text = Buffer.from(bytes).toString("latin1");
  const start = text.lastIndexOf("Calibrated:");
  const end = start < 0 ? -1 : text.indexOf("END", start);
  if (end < 0) return null;
  const values = new Map(
    [...text.slice(start, end).matchAll(/^([A-Za-z]+\d?):[ \t]*(\S+)/gm)].map(
      ([, key = "", value = ""]) => [key, value] as const,
    ),
  );
  const number = (key: string): number => Number(values.get(key) ?? Number.NaN);
  const perRange = (key: keyof Calibration): number[] =>
    Array.from({ length: RANGES }, (_, range) => {
      const value = number(`${key}${range}`);
      return Number.isFinite(value) && value !== 0 ? value : at(STANDARD[key], range);
    });
  const calibrated = number("Calibrated");
  const millivolts = number("VDD");
  return {
    calibration: {
      R: perRange("R"),
      GS: perRange("GS"),
      GI: perRange("GI"),
      UG: perRange("UG"),
      O: perRange("O"),
      S: perRange("S"),
      I: perRange("I"),
    },
    calibrated: Number.isNaN(calibrated) ? null : calibrated !== 0,
    mode: MODES.get(number("mode")) ?? null,
    millivolts: millivolts > 0 ? millivolts : null,
    hardware: values.get("HW") ?? "?",
  };
}

export const AMPERE_MODE = 1;
export const SOURCE_MODE = 2;
const MODES: ReadonlyMap<number, "source" | "ampere"> = new Map([
  [AMPERE_MODE, "ampere"],
  [SOURCE_MODE, "source"],
]);

/** Volts of a step of the converter: 1.8 V over 163,840 steps. */
const VOLTS_PER_STEP = 1.8 / 163_840;

/** @returns what makes amperes of a range (0 … 4) and a reading of the converter (0 … 16383) */
export function amperesAt(
  { R, GS, GI, UG, O, S, I }: Calibration,
  volts: number,
): (range: number, adc: number) => number {
  const rows = R.map((ohms, r) => ({
    perStep: VOLTS_PER_STEP / ohms,
    zero: at(O, r),
    ...{ square: at(GS, r), gain: at(GI, r), user: at(UG, r) },
    offset: at(S, r) * volts + at(I, r),
  }));
  return (range, adc) => {
    const { perStep, zero, square, gain, user, offset } = at(rows, range);
    const x = (4 * adc - zero) * perStep;
    return user * (x * (square * x + gain) + offset);
  };
}
