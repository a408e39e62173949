/** What happens to bytes on a bad line: lost, doubled, cut, inserted, changed. */

import type { Line } from "../../host/lines/line.ts";
import type { Random } from "../../host/model/random.ts";

/** One kind of damage to one piece; what arrives of it. */
export function damaged(bytes: Uint8Array, random: Random): Uint8Array[] {
  const cut = Math.floor(random() * (bytes.length + 1));
  const [before, after] = [bytes.subarray(0, cut), bytes.subarray(cut)];
  const noise = Uint8Array.of(Math.floor(random() * 256), random() < 0.5 ? 0 : 65);
  switch (Math.floor(random() * 6)) {
    case 0:
      return [];
    case 1:
      return [bytes, bytes];
    case 2:
      return [before];
    case 3:
      return [before, after.subarray(1)];
    case 4:
      return [before, noise, after];
    default:
      return [before, noise.subarray(0, 1), after.subarray(1)];
  }
}

/** Shares of the pieces that a real line carries, both ways. */
export type Noise = {
  readonly damaged: number;
  readonly unplugged: number;
  /** they arrive this much later: what was written after them overtakes them */
  readonly late: number;
  readonly delayMs: number;
};

/** A real line made bad. */
export function noisyLine(line: Line, random: Random, noise: Noise): Line {
  return {
    ...line,
    async open(events) {
      let here = true;
      const through = (bytes: Uint8Array, to: (part: Uint8Array) => void) => {
        if (!here) return;
        const parts = random() < noise.damaged ? damaged(bytes, random) : [bytes];
        for (const part of parts.map((one) => one.slice())) {
          if (random() >= noise.late) to(part);
          else setTimeout(() => here && to(part), noise.delayMs);
        }
      };
      const channel = await line.open({
        bytes: (bytes) => through(bytes, events.bytes),
        closed: events.closed,
      });
      return {
        ...channel,
        write(bytes) {
          through(bytes, channel.write);
          if (!here || random() >= noise.unplugged) return;
          here = false;
          // gone at the next turn: whoever writes hears of it later
          setImmediate(() => void channel.close().then(() => events.closed("unplugged")));
        },
      };
    },
  };
}
