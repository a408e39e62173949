/** WASM3's code pages (m3_code.c, m3_env.c), without the code: how many words there are, and how many are used. */
import { WASM3_MACROS } from "../../firmware/index.ts";

const HEADER_BYTES = 20;
const WORD_BYTES = 4;
const ALIGN_BYTES = WASM3_MACROS.d_m3CodePageAlignSize;
/** d_m3CodePageFreeLinesThreshold: the longest operation, and a branch to the next page */
const THRESHOLD = 6;
const BRIDGE = 2;

export type Page = { readonly words: number; used: number };

export class CodePages {
  /** the last one released is the first one asked */
  private readonly open: Page[] = [];
  private readonly allocate: (bytes: number) => void;

  constructor(allocate: (bytes: number) => void) {
    this.allocate = allocate;
  }

  acquire(words: number = THRESHOLD): Page {
    const found = this.open.findIndex((page) => free(page) >= words);
    const [page] = found < 0 ? [] : this.open.splice(found, 1);
    return page ?? this.create(words);
  }

  release(page: Page): void {
    if (free(page) >= THRESHOLD) this.open.unshift(page);
  }

  /** The page for one operation, or for `words`: another one when this one is nearly full. */
  room(page: Page, words: number = THRESHOLD): Page {
    if (free(page) >= words + BRIDGE) return page;
    const next = this.acquire(words + BRIDGE);
    page.used += BRIDGE;
    this.release(page);
    return next;
  }

  private create(words: number): Page {
    const bytes = Math.ceil((HEADER_BYTES + WORD_BYTES * words) / ALIGN_BYTES) * ALIGN_BYTES;
    this.allocate(bytes);
    return { words: Math.floor((bytes - HEADER_BYTES) / WORD_BYTES), used: 0 };
  }
}

const free = ({ words, used }: Page): number => words - used;
