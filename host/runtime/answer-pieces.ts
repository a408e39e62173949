/** An answer that the line does not carry whole, fetched in pieces of the frame as the board keeps it. */
import { fail } from "../errors.ts";
import { type Frame, FrameReceiver, WIRE_MAX } from "../lines/frame.ts";
import { systemClock } from "../units.ts";
import { LEAST_ROOM } from "./frame-room.ts";
import { PayloadReader, payloadOf } from "./requests.ts";

/** of a piece before its bytes: how long the whole is, and where the piece begins */
const HEAD = 4;

export class AnswerPieces {
  private readonly wire = new Uint8Array(WIRE_MAX);
  length = 0;

  /** Payload of PART: where the next piece begins, and how much of it at most. @param room bytes of the answer's payload */
  request(room: number): Uint8Array {
    const most = Math.max(1, Math.max(room, LEAST_ROOM) - HEAD);
    return payloadOf([
      [2, this.length],
      [2, most],
    ]);
  }

  /**
   * @returns the answer once it is whole
   * @throws DEVICE_PROTOCOL where the pieces make no frame
   */
  take(payload: Uint8Array, where: string): Frame | null {
    const r = new PayloadReader(payload, "PART");
    const [whole, from] = [r.u16(), r.u16()];
    const piece = r.bytes(r.left);
    if (from !== this.length) return null; // of an earlier question, late or doubled
    if (piece.length === 0 || whole > WIRE_MAX || this.length + piece.length > whole) {
      const got = `${piece.length} bytes at ${this.length} of ${whole}`;
      fail("DEVICE_PROTOCOL", where, got, "pieces that make one frame");
    }
    this.wire.set(piece, this.length);
    this.length += piece.length;
    return this.length < whole ? null : this.decoded(where);
  }

  private decoded(where: string): Frame {
    const found: Frame[] = [];
    const receiver = new FrameReceiver(systemClock, {
      frame: (frame) => found.push(frame),
      text: () => {},
    });
    receiver.push(this.wire.subarray(0, this.length));
    return found[0] ?? fail("DEVICE_PROTOCOL", where, "bytes that are no frame", "one frame");
  }
}
