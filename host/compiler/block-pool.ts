/** Constants and tables of a module, one after the other without gaps where alignment allows; equal bytes are shared. */
import { at } from "../model/at.ts";
import type { Segment } from "./layout.ts";

type Block = { bytes: number; align: number; data: Uint8Array | null };

export class BlockPool {
  private readonly blocks: Block[] = [];
  private readonly byContent = new Map<string, number>();
  private offsets: number[] | null = null;

  /** The id of a block with these bytes, new or known. */
  constant(data: Uint8Array, align: number): number {
    const key = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1");
    const known = this.byContent.get(key);
    const block = known === undefined ? undefined : this.blocks[known];
    if (known !== undefined && block) {
      block.align = Math.max(block.align, align);
      return known;
    }
    const id = this.add({ bytes: data.byteLength, align, data });
    this.byContent.set(key, id);
    return id;
  }

  /** A block that init() fills: never shared. */
  table(bytes: number, align: number): number {
    return this.add({ bytes, align, data: null });
  }

  /** From a block's id to its distance from the start of the area, which is aligned to 16. */
  offset(id: number): number {
    return at(this.layout(), id);
  }

  /** Bytes of the area, gaps included. */
  get bytes(): number {
    const offsets = this.layout();
    return this.blocks.reduce((n, b, id) => Math.max(n, at(offsets, id) + b.bytes), 0);
  }

  /** Bytes of the blocks alone. */
  get payloadBytes(): number {
    return this.blocks.reduce((n, b) => n + b.bytes, 0);
  }

  /** The constants at their addresses, ascending. */
  segments(base: number): Segment[] {
    return this.blocks
      .flatMap(({ data }, id) => (data ? [{ ptr: base + this.offset(id), bytes: data }] : []))
      .sort((a, b) => a.ptr - b.ptr);
  }

  private add(block: Block): number {
    this.offsets = null;
    return this.blocks.push(block) - 1;
  }

  /** In order of creation, constants before tables: layers that follow each other are neighbours in memory. */
  private layout(): readonly number[] {
    if (this.offsets) return this.offsets;
    const offsets = new Array<number>(this.blocks.length).fill(0);
    let end = 0;
    for (const tables of [false, true]) {
      this.blocks.forEach(({ bytes, align, data }, id) => {
        if ((data === null) !== tables) return;
        const offset = Math.ceil(end / align) * align;
        offsets[id] = offset;
        end = offset + bytes;
      });
    }
    this.offsets = offsets;
    return offsets;
  }
}
