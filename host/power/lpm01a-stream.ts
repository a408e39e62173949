/**
 * The stream of an LPM01A in its format bin_hexa: two bytes a sample, and between them what begins with 0xf0 (ST UM2269).
 *
 *   1 byte: negative power of 16 (4 bits, never 15) and the high 4 bits; 1 byte: the low 8 bits      amperes = value · 16^−power
 *   f0 f1 text ff ff   an error        f0 f2 text ff ff   a message         f0 f3 u32 u8 ff ff   milliseconds, load of its buffer
 *   f0 f4 ff ff   the end              f0 f5 ff ff   too much current       f0 f6 ff ff   it feeds no more
 *   f0 f7 u16 ff ff   millivolts
 *
 * No sample has 0xf in its first half byte, so that f0 with one of these behind it is never part of two samples, wherever bytes
 * were lost. Samples are given a stretch at a time, when the time stamp at its end has come: an odd number of bytes are not to be
 * told apart, and the whole stretch is lost.
 */

import {
  type Lpm01aBytes,
  MOST_SECONDS,
  type StreamEvents,
  Stretches,
} from "./lpm01a-stretches.ts";

const META = 0xf0;
const [ERROR, MESSAGE, STAMP, END, OVERCURRENT, OFF, VOLTS] = [
  0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
] as const;
/** Bytes of each, with its end; texts have none of their own. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  ...([END, OVERCURRENT, OFF].map((kind) => [kind, 4]) as [number, number][]),
  [VOLTS, 6],
  [STAMP, 9],
]);
const MOST_TEXT_BYTES = 512;
/** The highest bit says that the counter has turned. */
const MS_BITS = 0x7fff_ffff;

export class Lpm01aStream implements Lpm01aBytes {
  readonly #events: StreamEvents;
  readonly #stretches: Stretches;
  #rest = new Uint8Array(0);
  readonly #data: Uint8Array;
  #filled = 0;
  #damaged = false;

  constructor(rateHz: number, events: StreamEvents) {
    this.#events = events;
    this.#stretches = new Stretches(rateHz, events.stretch);
    this.#data = new Uint8Array(2 * rateHz * MOST_SECONDS);
  }

  get latest(): number | null {
    return this.#stretches.indexOf(this.#filled >> 1);
  }

  push(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    let place = 0;
    for (;;) {
      const start = metaFrom(all, place);
      this.#keep(all.subarray(place, start));
      place = start;
      if (start >= all.length - 1) break;
      const length = lengthAt(all, start);
      if (length === null) break;
      if (length === 0) {
        // its end is not where it must be: bytes are missing
        this.#damaged = true;
        place = start + 2;
      } else {
        this.#take(all.subarray(start, start + length));
        place = start + length;
      }
    }
    this.#rest = all.slice(place);
  }

  #keep(bytes: Uint8Array): void {
    const room = this.#data.length - this.#filled;
    this.#data.set(bytes.subarray(0, room), this.#filled);
    this.#filled += Math.min(room, bytes.length);
    if (bytes.length > room) this.#damaged = true;
  }

  #take(meta: Uint8Array): void {
    const view = new DataView(meta.buffer, meta.byteOffset, meta.byteLength);
    const kind = view.getUint8(1);
    if (kind === STAMP) this.#stamp(view.getUint32(2) & MS_BITS);
    else if (kind === ERROR) this.#events.error(textIn(meta));
    else if (kind === VOLTS) this.#events.volts(view.getUint16(2) / 1000);
    else if (kind === END) this.#events.over("the end of its acquisition");
    else if (kind === OVERCURRENT) this.#events.over("more current than its 50 mA");
    else if (kind === OFF) this.#events.over("its supply, switched off");
  }

  #stamp(ms: number): void {
    const bytes = this.#data.subarray(0, this.#filled);
    const damaged = this.#damaged || bytes.length % 2 === 1 || !areSamples(bytes);
    this.#filled = 0;
    this.#damaged = false;
    this.#stretches.stamp(ms, damaged ? null : amperesIn(bytes));
  }
}

/** The first place where something else than samples begins, or may begin with the next byte; the end where there is none. */
function metaFrom(bytes: Uint8Array, from: number): number {
  for (let place = bytes.indexOf(META, from); place >= 0; place = bytes.indexOf(META, place + 1)) {
    const kind = bytes[place + 1];
    if (kind === undefined || (kind >= ERROR && kind <= VOLTS)) return place;
  }
  return bytes.length;
}

/** @returns null where more bytes must come, 0 where it does not end as it must */
function lengthAt(bytes: Uint8Array, start: number): number | null {
  const kind = bytes[start + 1];
  if (kind === ERROR || kind === MESSAGE) {
    const text = bytes.subarray(start + 2, start + 2 + MOST_TEXT_BYTES);
    const end = text.findIndex((byte, k) => byte === 0xff && text[k + 1] === 0xff);
    if (end >= 0) return 2 + end + 2;
    return text.length < MOST_TEXT_BYTES ? null : 0;
  }
  const length = LENGTHS.get(kind as number) as number;
  if (start + length > bytes.length) return null;
  const ends = bytes[start + length - 2] === 0xff && bytes[start + length - 1] === 0xff;
  return ends ? length : 0;
}

const textIn = (meta: Uint8Array): string =>
  new TextDecoder().decode(meta.subarray(2, meta.length - 2)).trim();

/** What is left of a stamp that lost its beginning stands among the samples: no sample begins with 0xf. */
function areSamples(bytes: Uint8Array): boolean {
  for (let k = 0; k < bytes.length; k += 2) {
    if ((bytes[k] as number) >= META) return false;
  }
  return true;
}

const POWERS = Array.from({ length: 16 }, (_, k) => 16 ** -k);

function amperesIn(bytes: Uint8Array): number[] {
  const amps: number[] = [];
  for (let k = 0; k < bytes.length; k += 2) {
    const high = bytes[k] as number;
    amps.push((((high & 0x0f) << 8) | (bytes[k + 1] as number)) * (POWERS[high >> 4] as number));
  }
  return amps;
}
