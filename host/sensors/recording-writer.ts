/**
 * Writes a recording, a record at a time: each is in the file before the next, so that a program that is killed loses
 * what it had not been given yet. Where the disk is full, the file ends with its last whole record.
 */
import { closeSync, fdatasyncSync, ftruncateSync, writeSync } from "node:fs";
import { fail } from "../errors.ts";
import { createNew } from "./new-file.ts";
import {
  blockBody,
  endBody,
  eventsBody,
  fileHead,
  firstTimeNs,
  headBody,
  type IndexEntry,
  indexBody,
  KIND,
  type RecordingHead,
  record,
} from "./recording-format.ts";
import { type Block, type EventBlock, isEvents } from "./sensor.ts";

/** An entry of the index for every so many bytes, and an index for so many entries. */
const BYTES_PER_ENTRY = 65_536;
const ENTRIES_PER_INDEX = 256;
/** What a power cut may take. */
const SYNC_NS = 1_000_000_000n;

export class RecordingWriter {
  readonly path: string;
  readonly #fd: number;
  readonly #startNs: bigint;
  #size = 0;
  #entries: IndexEntry[] = [];
  #lastEntry = 0;
  #lastIndex = 0;
  #syncedNs: bigint;
  #open = true;

  /**
   * @param startNs time 0 of the recording, by the clock of the blocks
   * @throws IO where the file is there already: a recording is never written over
   */
  constructor(path: string, head: RecordingHead, startNs: bigint) {
    this.path = path;
    this.#startNs = startNs;
    this.#syncedNs = startNs;
    const first = Buffer.concat([fileHead(), record(KIND.head, headBody(head))]);
    this.#fd = createNew(path, first);
    this.#size = first.length;
  }

  get bytes(): number {
    return this.#size;
  }

  /** @param nowNs by the clock of the blocks */
  add(source: number, block: Block | EventBlock, nowNs: bigint): void {
    const offset = this.#size;
    const events = isEvents(block);
    const body = events
      ? eventsBody(source, block, this.#startNs)
      : blockBody(source, block, this.#startNs);
    this.#append(record(events ? KIND.events : KIND.block, body));
    const timeNs = firstTimeNs(block) ?? nowNs;
    if (offset - this.#lastEntry >= BYTES_PER_ENTRY || this.#lastEntry === 0) {
      this.#lastEntry = offset;
      this.#entries.push({ timeNs: timeNs - this.#startNs, offset });
    }
    if (this.#entries.length >= ENTRIES_PER_INDEX) this.#writeIndex();
    if (nowNs - this.#syncedNs >= SYNC_NS) {
      this.#syncedNs = nowNs;
      fdatasyncSync(this.#fd);
    }
  }

  /** Ends the file with its index; harmless when called twice. */
  close(): void {
    if (!this.#open) return;
    try {
      if (this.#entries.length > 0) this.#writeIndex();
      this.#append(record(KIND.end, endBody(this.#lastIndex)));
    } finally {
      this.#end();
    }
  }

  #writeIndex(): void {
    const at = this.#size;
    this.#append(record(KIND.index, indexBody(this.#lastIndex, this.#entries)));
    this.#lastIndex = at;
    this.#entries = [];
  }

  #append(bytes: Uint8Array): void {
    if (!this.#open) fail("IO", this.path, "a recording that has ended", "an open one");
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(this.#fd, bytes, done, bytes.length - done);
      this.#size += bytes.length;
    } catch (cause) {
      this.#giveUp(cause);
    }
  }

  /** Takes back what was half written. */
  #giveUp(cause: unknown): never {
    try {
      ftruncateSync(this.#fd, this.#size);
    } finally {
      this.#end();
    }
    const code = codeOf(cause);
    const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
    const got = full ? `no room after ${this.#size} bytes (${code})` : code;
    const remedy = "What was recorded until then is whole; make room, or record elsewhere.";
    return fail("IO", this.path, got, "room for the recording", remedy, { cause });
  }

  #end(): void {
    this.#open = false;
    closeSync(this.#fd);
  }
}

const codeOf = (cause: unknown): string =>
  String((cause as { readonly code?: unknown } | null)?.code ?? cause);
