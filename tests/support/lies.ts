/**
 * What a board may answer that lies: frames that are well formed on the wire, and wrong in what they say. Every lie is
 * drawn from a seed.
 */
import { encodeFrame, type Frame, FrameReceiver, PAYLOAD_MAX } from "../../host/lines/frame.ts";
import type { Random } from "../../host/model/random.ts";
import { REQUEST } from "../../host/runtime/requests.ts";
import { systemClock } from "../../host/units.ts";

/** Numbers at the ends of what fields hold. */
const EXTREMES = [
  ...[0, 1, 2, 3, 259, 260, 1024, 1025, 0x7fff, 0x8000, 0xffff, 0x10000],
  ...[0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff],
];

const below = (random: Random, n: number): number => Math.floor(random() * n);
const oneOf = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T;

const noise = (random: Random, bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, () => below(random, 256));

/** A payload that says something else. */
function otherPayload(payload: Uint8Array, random: Random): Uint8Array {
  const changed = payload.slice();
  const at = below(random, payload.length + 1);
  switch (below(random, 7)) {
    case 0:
      return payload.slice(0, at);
    case 1:
      return new Uint8Array(0);
    case 2: {
      const more = noise(random, below(random, PAYLOAD_MAX - payload.length + 1));
      return Uint8Array.from([...payload, ...more]);
    }
    case 3:
      return noise(random, below(random, PAYLOAD_MAX + 1));
    case 4:
      return new Uint8Array(PAYLOAD_MAX).fill(below(random, 2) * 255);
    default: {
      const value = oneOf(random, EXTREMES);
      const size = oneOf(random, [1, 2, 4, 4, 8]);
      for (let k = 0; k < size && at + k < changed.length; k++) {
        changed[at + k] = Math.floor(value / 256 ** k) & 0xff;
      }
      return changed;
    }
  }
}

/** A frame that is another one. @param before an answer to an earlier request */
function otherFrame(frame: Frame, before: Frame, random: Random): Frame {
  switch (below(random, 10)) {
    case 0:
      return { ...frame, status: below(random, 256) - 128 };
    case 1:
      return { ...frame, status: -1 - below(random, 13) };
    case 2:
      return {
        ...frame,
        status: -5,
        payload: Uint8Array.from([frame.session & 255, frame.session >> 8]),
      };
    case 3:
      return {
        ...frame,
        sequence: (frame.sequence + oneOf(random, [-1, 1, below(random, 65_536)])) & 0xffff,
      };
    case 4:
      return { ...frame, session: below(random, 65_536) };
    case 5:
      return {
        ...frame,
        type: oneOf(random, Object.values(REQUEST)) | (random() < 0.7 ? 0x80 : 0),
      };
    case 6:
      return { ...frame, payload: before.payload };
    default:
      return { ...frame, payload: otherPayload(frame.payload, random) };
  }
}

/** How a board lies. */
export type Character = {
  /** which answers: those to one request, or all */
  readonly about: number | null;
  /** this share of them */
  readonly share: number;
  /** an answer is swallowed this often */
  readonly silent: number;
  /** an answer comes so many times more */
  readonly repeats: number;
  /** bytes of text around it */
  readonly text: number;
};

export function characterOf(random: Random): Character {
  const { ABORT: _, RESET: __, ...requests } = REQUEST;
  return {
    about: random() < 0.7 ? oneOf(random, Object.values(requests)) : null,
    share: oneOf(random, [0.05, 0.3, 1]),
    silent: oneOf(random, [0, 0, 0.1, 0.5, 1]),
    repeats: oneOf(random, [0, 0, 1, 50]),
    text: oneOf(random, [0, 0, 10, 5000]),
  };
}

/** Takes what an honest board sends, whole frames and text; returns what is sent in its place. */
export function liar({ about, share, silent, repeats, text }: Character, random: Random) {
  const heard: Frame[] = [];
  const receiver = new FrameReceiver(systemClock, {
    frame: (frame) => heard.push(frame),
    text: () => {},
  });
  let before: Frame | null = null;
  const parts = (frame: Frame): Uint8Array[] => {
    const request = frame.type & 0x7f;
    // it is asked aside only where another answer does not come
    if (about === REQUEST.PART && request !== REQUEST.HELLO && request !== about) {
      if (random() < 0.5 * share) return [];
    }
    const concerned = about === null || request === about;
    const last = before ?? frame;
    before = frame;
    if (!concerned || random() >= share) return [encodeFrame(frame)];
    if (random() < silent) return [];
    const lie = encodeFrame(random() < 0.9 ? otherFrame(frame, last, random) : frame);
    const copies = Array.from({ length: 1 + below(random, repeats + 1) }, () => lie);
    const words = noise(random, below(random, text + 1)).filter((byte) => byte !== 0);
    return random() < 0.5 ? [words, ...copies] : [...copies, words];
  };
  return (bytes: Uint8Array): Uint8Array[] => {
    receiver.push(bytes);
    const frames = heard.splice(0);
    return frames.length === 0 ? [bytes] : frames.flatMap(parts);
  };
}
