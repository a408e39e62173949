/** Numbers of sessions: by chance, so that no two programs have the same one, and remembered, so that one knows its own. */

/** A copy of a HELLO is not under way for longer than a few of its successors. */
const REMEMBERED = 32;

export class SessionNumbers {
  private readonly random: () => number;
  private readonly own = new Set<number>();

  /** @param random 0 … 1 */
  constructor(random: () => number) {
    this.random = random;
  }

  /** 1 … 65535 */
  next(): number {
    const number = 1 + (Math.floor(this.random() * 0xffff) % 0xffff);
    const [oldest] = this.own;
    if (oldest !== undefined && this.own.size === REMEMBERED) this.own.delete(oldest);
    this.own.add(number);
    return number;
  }

  /** Whether a session was opened from here: by a HELLO that came late, when it was given up already. */
  isOwn(number: number | null): boolean {
    return number !== null && this.own.has(number);
  }
}

/** Of a refusal for another session: the number of the one that is open, 0 for none. Null where it does not say. */
export const openSession = (payload: Uint8Array): number | null =>
  payload.length === 2 ? new DataView(payload.buffer, payload.byteOffset).getUint16(0, true) : null;
