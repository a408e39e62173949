/** What encoders and decoders demand of their sizes, and of the row that each step brings. */
import { fail } from "../errors.ts";

export function checkWhole(where: string, what: string, n: number): void {
  if (Number.isInteger(n) && n >= 1) return;
  fail("MODEL_RANGE", where, `${what} ${n}`, "a whole number from 1", CHANGE);
}

export function checkAboveZero(where: string, what: string, x: number): void {
  if (Number.isFinite(x) && x > 0) return;
  fail("MODEL_RANGE", where, `${what} ${x}`, "a number above 0", CHANGE);
}

/** A row may be longer, as a buffer is that serves several; what is missing is no number. */
export function checkRow(where: string, row: ArrayLike<number>, n: number): void {
  if (row.length >= n) return;
  fail("INPUT_SIZE", where, `${row.length} values`, `${n}, one for each channel`, CHANGE);
}

const CHANGE = "Change the number in the code that makes this encoder or decoder.";
