/**
 * csv:FILE[?rate=HZ&unit=U]: a table of numbers, with a header or without, between commas, semicolons or tabs, with
 * decimal points or commas. Read as fast as it is asked for; a row that cannot be read is a lost sample, and said.
 */
import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { fail } from "../errors.ts";
import { LineSplitter } from "../lines/index.ts";
import { at } from "../model/at.ts";
import { secondsToNanoseconds } from "../units.ts";
import { numberOf, onlyKeys, type Uri } from "../uri.ts";
import type { SensorOptions } from "./open.ts";
import { sampleTimeNs } from "./paced.ts";
import { openPlain } from "./plain-file.ts";
import { rangeOf, rangesOf } from "./rails.ts";
import type { Block, Sensor } from "./sensor.ts";
import { detect, type Layout, LINES_TO_DETECT } from "./text-detection.ts";
import { numberIn, readRow } from "./text-formats.ts";
import { TextRows } from "./text-rows.ts";

const HEAD_BYTES = 65_536;
const BLOCK_SAMPLES = 256;
/** Unreadable rows that are named; all are counted. */
const NAMED = 3;
/** Steps between times that say what the rate is. */
const LEAST_STEPS = 3;
/** A longer step is another recording, or a clock that was set. */
const MOST_MISSING = 1_000_000;

export async function openCsv(uri: Uri, { clock, say }: SensorOptions): Promise<Sensor<Block>> {
  onlyKeys(uri, ["rate", "unit", "range", "channel"]);
  const path = uri.rest;
  const range = rangeOf(uri);
  const rate = numberOf(uri, "rate", 0, [0, 1e6]);
  const { layout, lines } = detectFile(uri.text, await head(uri.text, path));
  const rows = new TextRows(uri.text, layout, uri.query.get("unit") ?? "");
  const told = rate > 0 ? null : evenRate(timesIn(lines, layout, rows));
  const sampleRateHz = rate > 0 ? rate : told;
  const how = rate > 0 ? "as given" : "by its times";
  say(
    `${uri.text}: ${layout.evidence}; ${sampleRateHz === null ? "no rate given, and no even times" : `${sampleRateHz} samples a second ${how}`}`,
  );
  const closed = new AbortController();
  const startNs = clock.nowNs();

  async function* blocks(): AsyncGenerator<Block> {
    let samples = 0;
    let unreadable = 0;
    let first: number | null = null;
    let before: number | null = null;
    let untimed = 0;
    let back = 0;
    for await (const { values, line, got } of recordsOf(path, layout, closed.signal)) {
      const now = values && rows.secondsIn(values);
      first ??= now;
      // two recordings in one file, or a clock that was set: time goes on, and what is missing in between nobody knows
      if (told !== null && first !== null && now !== null && before !== null && now < before) {
        if (++back <= NAMED) {
          say(
            `${uri.text}: line ${line}: its time goes back from ${before} s to ${now} s; rows are taken to follow each other`,
          );
        }
        first += now - before - 1 / told;
        before = null;
      }
      const timeNs =
        told !== null && now !== null && first !== null
          ? startNs + secondsToNanoseconds(now - first)
          : sampleTimeNs(startNs, samples, sampleRateHz ?? Number.POSITIVE_INFINITY);
      samples += 1;
      if (values === null && ++unreadable <= NAMED) {
        say(`${uri.text}: line ${line} is no row of ${layout.names.length} numbers (${got}): lost`);
      }
      // times that leave out samples say how many: rows that could not be read are counted by themselves
      if (told !== null && now !== null && before !== null) {
        const missing = Math.round((now - before) * told) - 1 - untimed;
        if (missing > 0 && missing <= MOST_MISSING) rows.lose(missing);
      }
      // a row that cannot be read says no time: what is missing behind it counts from the last one that does
      if (now !== null) [before, untimed] = [now, 0];
      else untimed += 1;
      const block = rows.addValues(values, timeNs);
      if (block) yield block;
      if (samples % BLOCK_SAMPLES === 0) {
        const whole = rows.take();
        if (whole) yield whole;
      }
    }
    yield* rows.rest(sampleTimeNs(startNs, samples, sampleRateHz ?? Number.POSITIVE_INFINITY));
    if (unreadable > 0) say(`${uri.text}: ${unreadable} of ${samples} rows could not be read`);
  }

  return {
    ...{ uri: uri.text, name: `file ${path}`, evidence: layout.evidence },
    describe: () => ({
      channels: rows.channels,
      sampleRateHz,
      ...rangesOf(range, rows.channels.length),
    }),
    close: async () => closed.abort(),
    [Symbol.asyncIterator]: blocks,
  };
}

/** The times of the first rows, seconds; none where no column is a clock. */
function timesIn(lines: readonly string[], { dialect, names, firstData }: Layout, rows: TextRows) {
  return lines.slice(firstData).flatMap((line) => {
    const values = readRow(line, dialect)?.values;
    return values?.length === names.length ? (rows.secondsIn(values) ?? []) : [];
  });
}

/**
 * The rate of times that are even, as programs write them: most steps are within a tenth of the middle one. What is nearly
 * a whole number of hertz is that number, for times are rounded.
 */
function evenRate(times: readonly number[]): number | null {
  const steps = times.slice(1).map((time, k) => time - at(times, k));
  const middle = [...steps].sort((a, b) => a - b)[steps.length >> 1];
  if (middle === undefined || steps.length < LEAST_STEPS || !(middle > 0)) return null;
  const even = steps.filter((step) => Math.abs(step - middle) <= middle / 10);
  if (even.length < 0.9 * steps.length) return null;
  const rate = even.length / even.reduce((sum, step) => sum + step, 0);
  const whole = Math.round(rate);
  return Math.abs(rate - whole) <= 1e-4 * rate ? whole : Number(rate.toPrecision(6));
}

/** The first bytes of a file. @throws SENSOR_MISSING where there is none */
async function head(where: string, path: string): Promise<Uint8Array> {
  const file = await openPlain(where, path);
  try {
    const bytes = new Uint8Array(HEAD_BYTES);
    const { bytesRead } = await file.read(bytes, 0, HEAD_BYTES, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

type Head = { readonly layout: Layout; readonly lines: readonly string[] };

function detectFile(where: string, bytes: Uint8Array): Head {
  const splitter = new LineSplitter();
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb ? 3 : 0;
  const whole = splitter.push(bytes.subarray(bom));
  // what the end of the buffer cuts is no row
  const lines = bytes.length < HEAD_BYTES ? [...whole, splitter.rest()] : whole;
  const text = lines.filter((line) => line !== null && line.trim() !== "") as string[];
  const layout = detect(text.slice(0, 4 * LINES_TO_DETECT), "csv");
  if (layout) return { layout, lines: text };
  const got = text.length === 0 ? "no line of text" : JSON.stringify(text[0]?.slice(0, 60));
  return fail("INPUT_FORMAT", where, got, "rows of numbers, all of one length");
}

type CsvRecord = {
  readonly values: readonly number[] | null;
  readonly line: number;
  readonly got: string;
};

async function* recordsOf(
  path: string,
  { dialect, names, firstData }: Layout,
  signal: AbortSignal,
): AsyncGenerator<CsvRecord> {
  const parser = parse({
    ...{ delimiter: dialect.separator, bom: true, info: true, trim: true },
    ...{ relax_column_count: true, relax_quotes: true, skip_empty_lines: true },
    max_record_size: HEAD_BYTES,
  });
  const file = createReadStream(path);
  file.on("error", (error) => parser.destroy(error));
  file.pipe(parser);
  let index = 0;
  try {
    for await (const { record, info } of parser) {
      if (signal.aborted) return;
      if (index++ < firstData) continue;
      const cells = record as readonly string[];
      const values = cells.map((cell) => numberIn(cell, dialect.decimalComma));
      const whole = values.length === names.length && values.every(Number.isFinite);
      const got = JSON.stringify(cells.join(dialect.separator).slice(0, 40));
      yield { values: whole ? values : null, line: Number(info.lines), got };
    }
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    fail("INPUT_FORMAT", path, message, "a table of numbers", undefined, { cause });
  } finally {
    file.destroy();
    parser.destroy();
  }
}
