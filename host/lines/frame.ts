/**
 * Frames on the line, and the text between them. Bytes: firmware/README.md, "Wire". Knows no request.
 */

import { crc32 } from "node:zlib";
import type { Clock } from "../units.ts";
import { cobsBound, cobsDecode, cobsEncode } from "./cobs.ts";

export type Frame = {
  /** of a request 0x01 … 0x7f; its response has bit 7 set */
  readonly type: number;
  /** 0, or negative: an error */
  readonly status: number;
  readonly session: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
};

export const RESPONSE = 0x80;
export const PAYLOAD_MAX = 1024;

const HEAD = 6;
const CRC = 4;
const COBS_MAX = cobsBound(HEAD + PAYLOAD_MAX + CRC);
/** A frame on the line, both zeros included. */
export const WIRE_MAX = COBS_MAX + 2;
/** after which an unfinished frame is given up */
const SILENCE_NS = 500_000_000n;

export function encodeFrame(frame: Frame): Uint8Array {
  const { type, status, session, sequence, payload } = frame;
  const bytes = new Uint8Array(HEAD + payload.length + CRC);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  view.setInt8(1, status);
  view.setUint16(2, session, true);
  view.setUint16(4, sequence, true);
  bytes.set(payload, HEAD);
  const end = HEAD + payload.length;
  view.setUint32(end, crc32(bytes.subarray(0, end)), true);
  const wire = new Uint8Array(cobsBound(bytes.length) + 2);
  const closing = cobsEncode(bytes, wire, 1);
  return wire.subarray(0, closing + 1);
}

/** Whether a frame answers this request. */
export const isAnswer = (frame: Frame, asked: Frame): boolean =>
  frame.type === (asked.type | RESPONSE) &&
  frame.session === asked.session &&
  frame.sequence === asked.sequence;

export type Received = {
  readonly frame: (frame: Frame) => void;
  /** what the board printed; valid until it returns */
  readonly text: (bytes: Uint8Array) => void;
};

/** Takes the line apart. A damaged frame is counted, and dropped without a word. */
export class FrameReceiver {
  private readonly buffer = new Uint8Array(COBS_MAX);
  private readonly to: Received;
  private readonly clock: Clock;
  private length = 0;
  private inFrame = false;
  private overlong = false;
  private lastNs = 0n;
  good = 0;
  bad = 0;

  constructor(clock: Clock, to: Received) {
    this.clock = clock;
    this.to = to;
  }

  /** Bytes as they came, in pieces of any size. */
  push(bytes: Uint8Array): void {
    const nowNs = this.clock.nowNs();
    if (nowNs - this.lastNs >= SILENCE_NS) this.reset();
    this.lastNs = nowNs;
    let at = 0;
    for (;;) {
      const zero = bytes.indexOf(0, at);
      const part = bytes.subarray(at, zero < 0 ? bytes.length : zero);
      if (this.inFrame) this.collect(part);
      else if (part.length > 0) this.to.text(part);
      if (zero < 0) return;
      at = zero + 1;
      // only a valid frame ends the doubt whether this zero closes one frame or opens the next
      this.inFrame = !this.close();
    }
  }

  /** The line was opened again: what came before has no end any more. */
  reset(): void {
    if (this.length > 0) this.bad++;
    this.length = 0;
    this.inFrame = false;
  }

  private collect(part: Uint8Array): void {
    const room = COBS_MAX - this.length;
    if (part.length > room) this.overlong = true;
    const kept = part.subarray(0, room);
    this.buffer.set(kept, this.length);
    this.length += kept.length;
  }

  /** At a zero: hands the frame over and returns true if it is one. Outside of a frame there is nothing to close. */
  private close(): boolean {
    const { length, overlong } = this;
    this.length = 0;
    this.overlong = false;
    if (length === 0) return false;
    const frame = overlong ? null : this.decode(length);
    if (frame === null) {
      this.bad++;
      return false;
    }
    this.good++;
    this.to.frame(frame);
    return true;
  }

  private decode(encoded: number): Frame | null {
    const length = cobsDecode(this.buffer, encoded);
    if (length < HEAD + CRC || length > HEAD + PAYLOAD_MAX + CRC) return null;
    const { buffer } = this.buffer;
    const view = new DataView(buffer, 0, length);
    const end = length - CRC;
    if (view.getUint32(end, true) !== crc32(this.buffer.subarray(0, end))) return null;
    return {
      type: view.getUint8(0),
      status: view.getInt8(1),
      session: view.getUint16(2, true),
      sequence: view.getUint16(4, true),
      payload: this.buffer.slice(HEAD, end),
    };
  }
}
