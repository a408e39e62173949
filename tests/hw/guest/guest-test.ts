/**
 * Tests that run in the virtual machine. Their names are known here and there: outside each is a test of vitest, which
 * reports what the machine wrote down of it.
 */
export type GuestTest = {
  readonly name: string;
  readonly body: () => Promise<void>;
};

/** One line of results.jsonl. */
export type GuestResult = {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** why; "" where it passed */
  readonly text: string;
  readonly seconds: number;
};

/** Raised by a test that cannot run here: "reason: fix". */
export class NotHere extends Error {}
