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

/** A real line made bad, both ways: this share of pieces is damaged, and at this share it is unplugged. */
export function noisyLine(line: Line, random: Random, share: number, unplugged: number): Line {
  return {
    ...line,
    async open(events) {
      let here = true;
      const through = (bytes: Uint8Array, to: (part: Uint8Array) => void) => {
        if (!here) return;
        const parts = random() < share ? damaged(bytes, random) : [bytes];
        for (const part of parts) to(part.slice());
      };
      const channel = await line.open({
        bytes: (bytes) => through(bytes, events.bytes),
        closed: events.closed,
      });
      return {
        ...channel,
        write(bytes) {
          through(bytes, channel.write);
          if (!here || random() >= unplugged) return;
          here = false;
          // gone at the next turn: whoever writes hears of it later
          setImmediate(() => void channel.close().then(() => events.closed("unplugged")));
        },
      };
    },
  };
}
