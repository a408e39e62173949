/** Reads a recording to its last whole record. */
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { fail } from "../errors.ts";
import { openPlain } from "./plain-file.ts";
import {
  HEAD_BYTES,
  type IndexEntry,
  KIND,
  MAGIC,
  MOST_BODY_BYTES,
  RECORD_HEAD_BYTES,
  type Recorded,
  type RecordingHead,
  readHead,
  readIndex,
  readRecorded,
  VERSION,
} from "./recording-format.ts";

const EXPECTED = "a recording of twentywatt record";
const REMEDY =
  "Give a file that `twentywatt record` wrote; csv:FILE and wav:FILE read tables and sound.";

const beginning = (bytes: Buffer): string =>
  bytes.length === 0
    ? "an empty file"
    : `a file that begins with ${JSON.stringify(bytes.toString("latin1").slice(0, 12))}`;

export class RecordingReader {
  readonly head: RecordingHead;
  readonly path: string;
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #first: number;
  /** bytes after the last whole record, once the end was reached */
  damagedBytes = 0;

  private constructor(
    path: string,
    file: FileHandle,
    size: number,
    first: number,
    head: RecordingHead,
  ) {
    this.path = path;
    this.#file = file;
    this.#size = size;
    this.#first = first;
    this.head = head;
  }

  /** @throws SENSOR_MISSING where there is no file, INPUT_FORMAT where it is no recording */
  static async open(path: string): Promise<RecordingReader> {
    const file = await openPlain(path, path);
    try {
      const { size } = await file.stat();
      const start = Buffer.alloc(HEAD_BYTES);
      const { bytesRead } = await file.read(start, 0, HEAD_BYTES, 0);
      if (bytesRead < HEAD_BYTES || start.toString("latin1", 0, 4) !== MAGIC) {
        fail("INPUT_FORMAT", path, beginning(start.subarray(0, bytesRead)), EXPECTED, REMEDY);
      }
      const version = start.readUInt32LE(4);
      if (version !== VERSION) {
        fail("INPUT_FORMAT", path, `version ${version}`, `version ${VERSION}`, REMEDY);
      }
      const first = await readRecord(file, HEAD_BYTES, size);
      const head = first?.kind === KIND.head ? readHead(first.body) : null;
      if (first === null || head === null) {
        return fail("INPUT_FORMAT", path, "a damaged head", "sources and channels", REMEDY);
      }
      return new RecordingReader(path, file, size, first.next, head);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  close = (): Promise<void> => this.#file.close();

  /** Every whole record from the one that holds this time on, up to where the file ends or is damaged. */
  async *records(fromNs = 0n): AsyncGenerator<Recorded> {
    const entry = fromNs > 0n ? await this.#entryBefore(fromNs) : null;
    for (let place = entry?.offset ?? this.#first; place < this.#size; ) {
      const found = await readRecord(this.#file, place, this.#size);
      if (found === null || found.kind > KIND.end || found.kind === KIND.head) {
        this.damagedBytes = this.#size - place;
        return;
      }
      place = found.next;
      if (found.kind !== KIND.block && found.kind !== KIND.events) continue;
      const recorded = readRecorded(found.kind, found.body, this.head.sources);
      if (recorded === null) {
        this.damagedBytes = this.#size - place;
        return;
      }
      yield recorded;
    }
  }

  /** The last record of the index that begins at or before a time; null where there is no index: then it is read from the start. */
  async #entryBefore(timeNs: bigint): Promise<IndexEntry | null> {
    const end = await readRecord(this.#file, this.#size - RECORD_HEAD_BYTES - 8, this.#size);
    if (end?.kind !== KIND.end || end.body.length !== 8) return null;
    const view = new DataView(end.body.buffer, end.body.byteOffset, 8);
    let place = Number(view.getBigUint64(0, true));
    // each index points to an earlier one, so that this ends
    for (let bound = this.#size; place >= this.#first && place < bound; ) {
      bound = place;
      const found = await readRecord(this.#file, place, this.#size);
      const index = found?.kind === KIND.index ? readIndex(found.body) : null;
      if (index === null) return null;
      const entry = index.entries.findLast((one) => one.timeNs <= timeNs && one.offset < place);
      if (entry && entry.offset >= this.#first) return entry;
      place = index.before;
    }
    return null;
  }
}

type Found = { readonly kind: number; readonly body: Uint8Array; readonly next: number };

/** The record at a place of the file; null where it is not whole. */
async function readRecord(file: FileHandle, place: number, size: number): Promise<Found | null> {
  if (place < HEAD_BYTES || place + RECORD_HEAD_BYTES > size) return null;
  const head = Buffer.alloc(RECORD_HEAD_BYTES);
  if ((await file.read(head, 0, RECORD_HEAD_BYTES, place)).bytesRead < RECORD_HEAD_BYTES)
    return null;
  const length = head.readUInt32LE(0);
  const next = place + RECORD_HEAD_BYTES + length;
  if (length > MOST_BODY_BYTES || next > size) return null;
  const body = Buffer.alloc(length);
  if ((await file.read(body, 0, length, place + RECORD_HEAD_BYTES)).bytesRead < length) return null;
  const kind = head.readUInt8(8);
  const sum = crc32(body, crc32(head.subarray(8)));
  return sum === head.readUInt32LE(4) ? { kind, body: new Uint8Array(body), next } : null;
}
