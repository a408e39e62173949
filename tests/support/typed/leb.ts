/** LEB128 in any of its lengths: WebAssembly allows numbers to be written longer than they need. */
import type { Random } from "../../../host/model/random.ts";

/** Writes numbers, some of them longer than they need: `share` of them. */
export class Lebs {
  private readonly random: Random;
  private readonly share: number;

  constructor(random: Random, share: number) {
    this.random = random;
    this.share = share;
  }

  /** Of 32 bits. */
  u32(value: number): number[] {
    const bytes: number[] = [];
    let rest = value >>> 0;
    do {
      bytes.push(rest & 0x7f);
      rest >>>= 7;
    } while (rest > 0);
    return this.written(bytes, 0, 5);
  }

  i32 = (value: number): number[] => this.signed(BigInt(value | 0), 5);

  i64 = (value: bigint): number[] => this.signed(BigInt.asIntN(64, value), 10);

  private signed(value: bigint, most: number): number[] {
    const bytes: number[] = [];
    let rest = value;
    for (;;) {
      const low = Number(rest & 0x7fn);
      bytes.push(low);
      rest >>= 7n;
      if ((rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)) break;
    }
    return this.written(bytes, value < 0n ? 0x7f : 0, most);
  }

  /** `fill`: seven more bits of the same number, again and again. */
  private written(bytes: number[], fill: number, most: number): number[] {
    if (this.random() < this.share) {
      const length = bytes.length + Math.floor(this.random() * (most - bytes.length + 1));
      while (bytes.length < length) bytes.push(fill);
    }
    return bytes.map((byte, k) => (k + 1 < bytes.length ? byte | 0x80 : byte));
  }
}
