/** What a link is told, and what it tells. */
import type { Timers } from "../lines/timers.ts";

export type LinkOptions = {
  readonly timers: Timers;
  /** 0 … 1, for the number of the session */
  readonly random: () => number;
  /** what the board printed between frames */
  readonly onText?: (text: string) => void;
  /** the line went away; it is there again, after so many ms */
  readonly onLost?: (why: string) => void;
  readonly onFound?: (gapMs: number) => void;
  /** for how long a line that went away is looked for */
  readonly lostMs?: number;
  /** it is still being looked for, for so many ms */
  readonly onSearching?: (gapMs: number) => void;
  /** aborted: nothing is waited for any more, and the link closes */
  readonly signal?: AbortSignal;
};

/** Status 0, or negative: then the payload is words (refusal.ts). */
export type Answer = { readonly status: number; readonly payload: Uint8Array };

export type LinkCounts = {
  readonly requests: number;
  readonly resends: number;
  readonly reconnects: number;
  readonly badFrames: number;
};
