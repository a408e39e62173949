/**
 * The stream of a PPK2 as samples: four bytes each, little-endian, with nothing between them that says where one begins.
 *
 *   bits 0–13 ADC   14–16 range   18–23 counter modulo 64   24–31 logic inputs D0–D7
 *
 * The counter is all there is to tell order from damage. A word is given once the counters of it and of AHEAD words behind it
 * follow: a word in which bytes slipped may look whole, and by chance the next one too. Behind a break the stream is taken up
 * where the counters of RUN words follow each other. Packets of USB hold whole samples: where some are missing, those beside
 * them are good, and the counter's step is what was lost. Where bytes slipped, what may be mixed of two is given up with them,
 * and counted. So given and lost together are what was sent, as long as fewer than 64 are lost at a time.
 */

const WORD = 4;
const TURN = 64;
/** Once in 64^4 does misread noise follow for so long. */
const AHEAD = 4;
/** Words that must follow each other before a place is believed; by chance they do so once in 64^11. */
const RUN = 12;
/** The first words of a run may be so by chance: one in 64, two in 4096. */
const DOUBTFUL = 2;
/** More bytes than this without a run of words: the counter has turned meanwhile. */
const TURN_BYTES = TURN * WORD;
const HIGHEST_RANGE = 4;

export type RawSample = {
  readonly adc: number;
  readonly range: number;
  readonly marks: number;
  /** samples missing before it: 0 … 63, or null where they may be more */
  readonly lost: number | null;
};

export class Ppk2Stream {
  #bytes = new Uint8Array(0);
  /** of the sample given last; null before the first */
  #counter: number | null = null;
  /** whether a run begins here, of which AHEAD words at least are seen to follow */
  #inRun = false;
  /** bytes thrown away since the last sample */
  #thrown = 0;

  /** @param give called for each sample, in order */
  push(bytes: Uint8Array, give: (sample: RawSample) => void): void {
    const all = joined(this.#bytes, bytes);
    let place = 0;
    for (let before = -1; before !== place; ) {
      before = place;
      place = this.#inRun ? this.#follow(all, place, give) : this.#search(all, place);
    }
    this.#bytes = all.slice(place);
  }

  /** Throws bytes away until a run begins. @returns its place, or the first where one may still begin */
  #search(bytes: Uint8Array, from: number): number {
    const start = startOfRun(bytes, from, bytes.length);
    const place =
      start === null ? Math.max(from, bytes.length - RUN * WORD + 1) : afterDoubt(start);
    this.#inRun = start !== null;
    this.#thrown += place - from;
    return place;
  }

  /** Gives words as long as those ahead follow. @returns the first place that waits for more bytes, or for a search */
  #follow(bytes: Uint8Array, from: number, give: (sample: RawSample) => void): number {
    let place = from;
    for (; place + (AHEAD + 1) * WORD <= bytes.length; place += WORD) {
      const end = place + AHEAD * WORD;
      if (counterAt(bytes, end) !== next(counterAt(bytes, end - WORD))) {
        return this.#mend(bytes, place, end, give);
      }
      this.#give(bytes, place, give);
    }
    return place;
  }

  /** Words follow from `place` to `end`, and not beyond. Takes the stream up where it can be, once there is enough of it. */
  #mend(bytes: Uint8Array, place: number, end: number, give: (sample: RawSample) => void): number {
    const enough = end + 2 * RUN * WORD;
    if (bytes.length < enough) return place;
    const whole = runsFrom(bytes, end);
    const start = whole ? end : startOfRun(bytes, place + 1, enough);
    // a slip of b bytes leaves 4 − b of one word behind, or 8 − b of two
    const good = whole ? end : start === null ? place : start - WORD - ((start - place) % WORD);
    let given = place;
    for (; given + WORD <= good; given += WORD) this.#give(bytes, given, give);
    const goOn = start === null ? end : whole ? start : afterDoubt(start);
    this.#inRun = start !== null;
    this.#thrown += goOn - given;
    return goOn;
  }

  #give(bytes: Uint8Array, place: number, give: (sample: RawSample) => void): void {
    const counter = counterAt(bytes, place);
    const last = this.#counter;
    const missing = last === null ? 0 : (counter - last - 1 + TURN) % TURN;
    const lost = last !== null && this.#thrown >= TURN_BYTES ? null : missing;
    this.#counter = counter;
    this.#thrown = 0;
    const low = byteAt(bytes, place) | (byteAt(bytes, place + 1) << 8);
    const range = (low >> 14) | ((byteAt(bytes, place + 2) & 1) << 2);
    give({
      adc: low & 0x3fff,
      range: Math.min(range, HIGHEST_RANGE),
      marks: byteAt(bytes, place + 3),
      lost,
    });
  }
}

const byteAt = (bytes: Uint8Array, place: number): number => bytes[place] as number;

const counterAt = (bytes: Uint8Array, place: number): number => byteAt(bytes, place + 2) >> 2;

const next = (counter: number): number => (counter + 1) % TURN;

const afterDoubt = (start: number): number => start + DOUBTFUL * WORD;

/** Whether the counters of RUN words follow each other from here. */
function runsFrom(bytes: Uint8Array, place: number): boolean {
  if (place + RUN * WORD > bytes.length) return false;
  for (let k = 1; k < RUN; k++) {
    const before = counterAt(bytes, place + (k - 1) * WORD);
    if (counterAt(bytes, place + k * WORD) !== next(before)) return false;
  }
  return true;
}

/** The first place of such a run that ends before `to`; null where there is none. */
function startOfRun(bytes: Uint8Array, from: number, to: number): number | null {
  for (let place = from; place + RUN * WORD <= to; place++) {
    if (runsFrom(bytes, place)) return place;
  }
  return null;
}

function joined(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (before.length === 0) return bytes;
  const all = new Uint8Array(before.length + bytes.length);
  all.set(before);
  all.set(bytes, before.length);
  return all;
}
