/** firmware/core/tw_arena.c on a 32-bit board, without the bytes: where blocks lie, and how far they reach. */

const ALIGN = 8;
const WORD = 4;

type Block = { size: number; used: boolean };

export class Arena {
  /** in order of address */
  private readonly blocks: Block[] = [];
  /** behind the last block */
  end = ALIGN - WORD;
  peak = this.end;

  /** First fit; free neighbours are one. */
  alloc(bytes: number): Block {
    const need = blockSize(bytes);
    for (let k = 0; k < this.blocks.length; k++) {
      const block = this.blocks[k] as Block;
      if (block.used) continue;
      this.melt(k);
      if (block.size >= need) return this.take(k, need);
      if (k === this.blocks.length - 1) {
        this.blocks.pop();
        this.end -= block.size;
      }
    }
    const block = { size: need, used: true };
    this.blocks.push(block);
    this.end += need;
    this.peak = Math.max(this.peak, this.end);
    return block;
  }

  free(block: Block): void {
    block.used = false;
    if (this.blocks.at(-1) !== block) return;
    this.blocks.pop();
    this.end -= block.size;
  }

  /** The block of the new size: the same while it suffices. */
  resize(block: Block | null, bytes: number): Block {
    if (block && bytes <= block.size - WORD) return block;
    const moved = this.alloc(bytes);
    if (block) this.free(block);
    return moved;
  }

  private melt(k: number): void {
    const block = this.blocks[k] as Block;
    for (let next = this.blocks[k + 1]; next && !next.used; next = this.blocks[k + 1]) {
      block.size += next.size;
      this.blocks.splice(k + 1, 1);
    }
  }

  private take(k: number, need: number): Block {
    const block = this.blocks[k] as Block;
    if (block.size > need) {
      this.blocks.splice(k + 1, 0, { size: block.size - need, used: false });
      block.size = need;
    }
    block.used = true;
    return block;
  }
}

export type { Block };

/** What `bytes` take of an arena. */
export const blockSize = (bytes: number): number => Math.ceil((bytes + WORD) / ALIGN) * ALIGN;
