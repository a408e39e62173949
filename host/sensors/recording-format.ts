/**
 * Recordings of sensors: append-only, readable to the last whole record whatever happened to the program that wrote them.
 *
 *     0   "TWRC"
 *     4   u32 version, 1
 *     8   records: u32 length of the body, u32 CRC-32 of kind and body, u8 kind, the body
 *
 *     kind 0   head     JSON: when it began, its label, its sources
 *          1   block    u8 source, i64 timeNs, u32 lostBefore, f64 values, sample after sample
 *          2   events   u8 source, u32 lostBefore, u32 n, n × i64 timeNs, n × f64 value
 *          3   index    u64 offset of the index before it or 0, then for some records i64 timeNs, u64 offset
 *          4   end      u64 offset of the last index or 0
 *
 * Numbers are little-endian; times are nanoseconds since the recording began, of one clock for all sources.
 */
import { crc32 } from "node:zlib";
import { at } from "../model/at.ts";
import { type Block, type Description, type EventBlock, isEvents } from "./sensor.ts";

export const MAGIC = "TWRC";
export const VERSION = 1;
export const HEAD_BYTES = 8;
export const RECORD_HEAD_BYTES = 9;
/** More than any block of samples; a length above it is damage. */
export const MOST_BODY_BYTES = 2 ** 26;
export const MOST_SOURCES = 64;

export const KIND = { head: 0, block: 1, events: 2, index: 3, end: 4 } as const;

export type RecordedSource = Description & { readonly uri: string; readonly name: string };

export type RecordingHead = {
  /** milliseconds since 1970, by the clock on the wall */
  readonly startedUnixMs: number;
  readonly label: string | null;
  readonly sources: readonly RecordedSource[];
};

export type IndexEntry = { readonly timeNs: bigint; readonly offset: number };

export type Recorded =
  | { readonly kind: "block"; readonly source: number; readonly block: Block }
  | { readonly kind: "events"; readonly source: number; readonly block: EventBlock };

/** The time of event k. */
export function timeAt({ timeNs }: EventBlock, k: number): bigint {
  return timeNs[k] as bigint;
}

/** null for events without one. */
export const firstTimeNs = (block: Block | EventBlock): bigint | null =>
  !isEvents(block) ? block.timeNs : block.timeNs.length > 0 ? timeAt(block, 0) : null;

export function fileHead(): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(4, VERSION, true);
  return bytes;
}

/** A whole record around a body. */
export function record(kind: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(RECORD_HEAD_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  bytes[8] = kind;
  bytes.set(body, RECORD_HEAD_BYTES);
  view.setUint32(0, body.length, true);
  view.setUint32(4, crc32(bytes.subarray(8)), true);
  return bytes;
}

export const headBody = (head: RecordingHead): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(head));

/** @param startNs of the recording, by the clock of the blocks */
export function blockBody(source: number, block: Block, startNs: bigint): Uint8Array {
  const bytes = new Uint8Array(13 + 8 * block.values.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, source);
  view.setBigInt64(1, block.timeNs - startNs, true);
  view.setUint32(9, Math.min(block.lostBefore, 2 ** 32 - 1), true);
  block.values.forEach((value, k) => {
    view.setFloat64(13 + 8 * k, value, true);
  });
  return bytes;
}

export function eventsBody(source: number, block: EventBlock, startNs: bigint): Uint8Array {
  const n = block.timeNs.length;
  const bytes = new Uint8Array(9 + 16 * n);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, source);
  view.setUint32(1, Math.min(block.lostBefore, 2 ** 32 - 1), true);
  view.setUint32(5, n, true);
  for (let k = 0; k < n; k++) {
    view.setBigInt64(9 + 8 * k, timeAt(block, k) - startNs, true);
    view.setFloat64(9 + 8 * (n + k), at(block.value, k), true);
  }
  return bytes;
}

export function indexBody(before: number, entries: readonly IndexEntry[]): Uint8Array {
  const bytes = new Uint8Array(8 + 16 * entries.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(before), true);
  entries.forEach(({ timeNs, offset }, k) => {
    view.setBigInt64(8 + 16 * k, timeNs, true);
    view.setBigUint64(16 + 16 * k, BigInt(offset), true);
  });
  return bytes;
}

export function endBody(lastIndex: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(lastIndex), true);
  return bytes;
}

/** A record of samples or events; null where it does not fit its sources. */
export function readRecorded(
  kind: number,
  body: Uint8Array,
  sources: readonly RecordedSource[],
): Recorded | null {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const source = body.length > 0 ? view.getUint8(0) : MOST_SOURCES;
  const channels = sources[source]?.channels.length;
  if (channels === undefined) return null;
  if (kind === KIND.block) {
    const count = (body.length - 13) / 8;
    if (!Number.isInteger(count) || count < 0 || count % channels !== 0) return null;
    const values = Float64Array.from({ length: count }, (_, k) =>
      view.getFloat64(13 + 8 * k, true),
    );
    const [timeNs, lostBefore] = [view.getBigInt64(1, true), view.getUint32(9, true)];
    return { kind: "block", source, block: { timeNs, values, channels, lostBefore } };
  }
  if (kind !== KIND.events || body.length < 9) return null;
  const n = view.getUint32(5, true);
  if (body.length !== 9 + 16 * n) return null;
  const timeNs = BigInt64Array.from({ length: n }, (_, k) => view.getBigInt64(9 + 8 * k, true));
  const value = Float64Array.from({ length: n }, (_, k) => view.getFloat64(9 + 8 * (n + k), true));
  return { kind: "events", source, block: { timeNs, value, lostBefore: view.getUint32(1, true) } };
}

export function readIndex(
  body: Uint8Array,
): { readonly before: number; readonly entries: IndexEntry[] } | null {
  const count = (body.length - 8) / 16;
  if (!Number.isInteger(count) || count < 0) return null;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const entries = Array.from({ length: count }, (_, k) => ({
    timeNs: view.getBigInt64(8 + 16 * k, true),
    offset: Number(view.getBigUint64(16 + 16 * k, true)),
  }));
  return { before: Number(view.getBigUint64(0, true)), entries };
}

/** The head's JSON, checked field by field: the file may be anybody's. */
export function readHead(body: Uint8Array): RecordingHead | null {
  let read: unknown;
  try {
    read = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return null;
  }
  const { startedUnixMs, label, sources } = asObject(read);
  if (!Number.isFinite(startedUnixMs) || !(label === null || isText(label))) return null;
  if (!Array.isArray(sources) || sources.length < 1 || sources.length > MOST_SOURCES) return null;
  const checked = sources.map(readSource);
  return checked.every((source) => source !== null)
    ? { startedUnixMs: Number(startedUnixMs), label: label as string | null, sources: checked }
    : null;
}

function readSource(given: unknown): RecordedSource | null {
  const { uri, name, channels, sampleRateHz } = asObject(given);
  if (!isText(uri) || !isText(name) || !Array.isArray(channels)) return null;
  const rate = sampleRateHz === null || (Number.isFinite(sampleRateHz) && Number(sampleRateHz) > 0);
  if (!rate || channels.length < 1 || channels.length > 256) return null;
  const named = channels.map((channel) => {
    const { name: own, unit } = asObject(channel);
    return isText(own) && isText(unit) ? { name: own, unit } : null;
  });
  return named.every((channel) => channel !== null)
    ? { uri, name, channels: named, sampleRateHz: sampleRateHz as number | null }
    : null;
}

const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length < 1000;
