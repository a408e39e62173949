/** A place in C or C++ text that moves forward: over what says nothing, over words and over numbers. Any bytes are safe. */

const code = (character: string): number => character.charCodeAt(0);
const [NEWLINE, RETURN, QUOTE, APOSTROPHE, HASH] = [0x0a, 0x0d, 0x22, 0x27, 0x23] as const;
const [SLASH, STAR, BACKSLASH, MINUS, ZERO] = [0x2f, 0x2a, 0x5c, 0x2d, 0x30] as const;

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= code("9");
const isLetter = (byte: number): boolean =>
  (byte >= code("A") && byte <= code("Z")) || (byte >= code("a") && byte <= code("z"));
/** What names and numbers are made of. */
const isWord = (byte: number): boolean => isDigit(byte) || isLetter(byte) || byte === code("_");

/** 0 … 15, or 16 and more for what is no digit. */
function digitOf(byte: number): number {
  if (isDigit(byte)) return byte - ZERO;
  return isLetter(byte) ? (byte | 0x20) - code("a") + 10 : 99;
}

/** Far above what a compiler takes. */
const LONGEST_WORD = 256;
/** Beyond any value of a byte: a number is not counted further. */
const LARGE = 2 ** 20;

export class Cursor {
  readonly #text: Uint8Array;
  at = 0;
  /** from 1 */
  line = 1;
  /** lines of the preprocessor passed so far */
  directives = 0;

  constructor(text: Uint8Array) {
    this.#text = text;
  }

  get done(): boolean {
    return this.at >= this.#text.length;
  }

  /** The byte here; past the end NaN, which equals nothing. */
  get byte(): number {
    return this.at < this.#text.length ? (this.#text[this.at] as number) : Number.NaN;
  }

  get isWord(): boolean {
    return isWord(this.byte);
  }

  get isNumber(): boolean {
    return isDigit(this.byte) || this.byte === MINUS;
  }

  /** Passes spaces, comments and lines of the preprocessor. */
  skip(): void {
    for (;;) {
      const { byte } = this;
      if (byte <= 0x20) this.#next();
      else if (byte === SLASH && this.#text[this.at + 1] === SLASH) this.#lineEnd();
      else if (byte === SLASH && this.#text[this.at + 1] === STAR) this.#commentEnd();
      else if (byte === HASH) {
        this.directives += 1;
        this.#lineEnd();
      } else return;
    }
  }

  /** Passes text in quotes; false where none begins. It ends with its line at the latest. */
  quoted(): boolean {
    const quote = this.byte;
    if (quote !== QUOTE && quote !== APOSTROPHE) return false;
    this.#next();
    while (!this.done && this.byte !== quote && this.byte !== NEWLINE) {
      if (this.byte === BACKSLASH) this.#next();
      this.#next();
    }
    if (this.byte === quote) this.#next();
    return true;
  }

  /** Passes a word; its beginning where it is longer than words are. */
  word(): string {
    const start = this.at;
    while (this.isWord) this.at += 1;
    const end = Math.min(this.at, start + LONGEST_WORD);
    return String.fromCharCode(...this.#text.subarray(start, end));
  }

  /** Passes an integer of any base, with suffix and digit separators; NaN after passing what is none. */
  integer(): number {
    const negative = this.byte === MINUS;
    if (negative) this.at += 1;
    const base = this.#base();
    let value = base === 8 ? 0 : Number.NaN;
    for (;;) {
      const digit = digitOf(this.byte);
      if (digit < base) value = Math.min((Number.isNaN(value) ? 0 : value) * base + digit, LARGE);
      else if (this.byte !== APOSTROPHE || Number.isNaN(value)) break;
      this.at += 1;
    }
    const suffixed = !this.isWord || /^[ulz]{1,3}$/i.test(this.word());
    if (!suffixed || this.byte === code(".")) return Number.NaN;
    return negative ? -value : value;
  }

  /** Passes one byte that means nothing else. */
  next(): void {
    this.#next();
  }

  /** C's prefixes; what begins with 0 and goes on with digits is octal. */
  #base(): 2 | 8 | 10 | 16 {
    if (this.byte !== ZERO) return 10;
    const mark =
      this.at + 1 < this.#text.length ? (this.#text[this.at + 1] as number) | 0x20 : null;
    if (mark !== code("x") && mark !== code("b")) return 8;
    this.at += 2;
    return mark === code("x") ? 16 : 2;
  }

  #next(): void {
    if (this.byte === NEWLINE) this.line += 1;
    this.at += 1;
  }

  /** A backslash at its end takes the next line along. */
  #lineEnd(): void {
    let before = 0;
    while (!this.done && (this.byte !== NEWLINE || before === BACKSLASH)) {
      if (this.byte !== RETURN) before = this.byte;
      this.#next();
    }
  }

  #commentEnd(): void {
    this.at += 2;
    while (!this.done && !(this.byte === STAR && this.#text[this.at + 1] === SLASH)) this.#next();
    this.at += 2;
  }
}
