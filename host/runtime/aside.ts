/**
 * A request that nobody answers, asked for beside it in frames that are small both ways: whether it arrived at all, and if
 * it did, its answer in pieces.
 */

import { fail } from "../errors.ts";
import { type Frame, isAnswer } from "../lines/frame.ts";
import { AnswerPieces } from "./answer-pieces.ts";
import type { FrameRoom } from "./frame-room.ts";
import { REQUEST } from "./requests.ts";

/** Of questions one after another that bring nothing: nobody answers, or what comes is no next piece. */
const TRIES = 4;

/** Sends a question once; null: silence; "over": the request itself was answered, or the line is gone */
type Send = (asked: Frame) => Promise<Frame | null | "over">;

export type Aside = {
  /** null: nobody answers this either */
  readonly arrived: boolean | null;
  /** the whole answer */
  readonly frame: Frame | null;
};

/** @param room of answers; smaller where pieces of that size do not come */
export async function askAside(
  request: Frame,
  send: Send,
  room: FrameRoom,
  line: string,
): Promise<Aside> {
  const { session, sequence } = request;
  const pieces = new AnswerPieces();
  for (let idle = 0; idle < TRIES; ) {
    const payload = pieces.request(room.bytes);
    const heard = await send({ type: REQUEST.PART, status: 0, session, sequence, payload });
    if (heard === "over") break;
    if (heard === null) {
      idle += 1;
      room.shrink(room.bytes);
      continue;
    }
    if (heard.status !== 0) return { arrived: false, frame: null };
    const before = pieces.length;
    const frame = pieces.take(heard.payload, `${line}: PART`);
    if (frame !== null) {
      if (isAnswer(frame, request)) return { arrived: true, frame };
      fail("DEVICE_PROTOCOL", `${line}: PART`, "the answer to another request", "that to this one");
    }
    // a board that says the same piece again and again would be asked without an end
    idle = pieces.length > before ? 0 : idle + 1;
  }
  return { arrived: pieces.length > 0 ? true : null, frame: null };
}

/** READ of nothing: does nothing, whatever is loaded. */
const NO_BYTES = new Uint8Array(6);

/**
 * Gives the number of a request that did not arrive to something harmless: a copy that is still under way comes too late
 * then.
 *
 * @returns whether it is taken; not where the request came through after all, or nobody answers
 */
export async function takeNumber(request: Frame, send: Send): Promise<boolean> {
  for (let k = 0; k < TRIES; k++) {
    const heard = await send({ ...request, type: REQUEST.READ, payload: NO_BYTES });
    if (heard !== null) return heard !== "over";
  }
  return false;
}
