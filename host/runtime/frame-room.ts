/**
 * How large a payload a line carries, one way. A UART with a short FIFO loses the end of every long frame, and a line that
 * loses one byte in a hundred lets hardly any through: frames halve when they do not arrive and grow again while they do.
 */

/** Below this there is nothing left to divide: the heads of requests alone take five bytes. */
export const LEAST_ROOM = 16;
/** Exchanges without a repeat before a larger frame is tried. */
const PATIENT = 32;

export class FrameRoom {
  /** bytes of a payload, LEAST_ROOM … most */
  bytes: number;
  private readonly most: number;
  private passed = 0;

  constructor(most: number) {
    this.most = most;
    this.bytes = most;
  }

  /** A frame of `payload` bytes did not arrive. */
  shrink(payload: number): void {
    this.passed = 0;
    this.bytes = Math.max(LEAST_ROOM, Math.min(this.bytes, payload) >> 1);
  }

  /** A frame of `payload` bytes went through at once. A short one proves nothing. */
  grow(payload: number): void {
    if (this.bytes === this.most || 2 * payload < this.bytes) return;
    this.passed += 1;
    if (this.passed < PATIENT) return;
    this.passed = 0;
    this.bytes = Math.min(this.most, 2 * this.bytes);
  }
}

/** Of a line, to the board and back. */
export const roomsOf = (payloadMax: number) => ({
  request: new FrameRoom(payloadMax),
  answer: new FrameRoom(payloadMax),
});
