/** A problem without its place, which only the importer can name. */
import { type ErrorCode, type Problem, problem } from "../../errors.ts";

export type Finding = {
  readonly code: ErrorCode;
  readonly got: string;
  readonly expected: string;
  /** where more is known than the code's general remedy */
  readonly remedy?: string | undefined;
};

export const finding = (
  code: ErrorCode,
  got: string,
  expected: string,
  remedy?: string,
): Finding => ({ code, got, expected, remedy });

export const problemAt = (where: string, { code, got, expected, remedy }: Finding): Problem =>
  problem(code, where, got, expected, remedy);
