/** `replay FILE`: a recording as lines on stdout, at its own pace or another; or as a table or a sound file. */

import type { Command } from "commander";
import { fail } from "../errors.ts";
import { createAtomic, writeAtomic } from "../files/file.ts";
import { wavFile } from "../files/wav-file.ts";
import { type RecordedSource, timeAt } from "../sensors/recording-format.ts";
import { RecordingReader } from "../sensors/recording-reader.ts";
import { isEvents } from "../sensors/sensor.ts";
import { waitInRealTime } from "../sensors/wait.ts";
import { labelled, plural, significant } from "../text.ts";
import { nanosecondsToSeconds } from "../units.ts";
import { GROUP, withExamples } from "./help.ts";
import { either } from "./io.ts";
import { positive } from "./options.ts";
import type { Result, Session } from "./result.ts";

type Options = { readonly speed?: number; readonly export?: string };

export const define = (command: Command): Command =>
  withExamples(
    command
      .description(
        "play a recording: a line of csv for each sample, or write it to another kind of file",
      )
      .argument("<file>", "a recording of twentywatt record")
      .optionsGroup(GROUP.files)
      .option("--speed <x>", "play so many times as fast (default: 1)", positive)
      .option("--export <file>", "write a .csv table, or a .wav sound file, and print no lines"),
    [
      { what: "as it was", line: "twentywatt replay motor.rec" },
      { what: "for a spreadsheet", line: "twentywatt replay motor.rec --export motor.csv" },
    ],
  );

type Tally = { samples: number; lost: number; lastNs: bigint };

export async function run(session: Session, path: string, options: Options): Promise<Result> {
  const reader = await RecordingReader.open(path);
  try {
    const { sources, label } = reader.head;
    const tallies = sources.map((): Tally => ({ samples: 0, lost: 0, lastNs: 0n }));
    const target = options.export;
    if (target === undefined) await play(session, reader, options.speed ?? 1, tallies);
    else if (/\.wav$/i.test(target)) await toWav(session, reader, target, tallies);
    else if (/\.csv$/i.test(target)) await toCsv(session, reader, target, tallies);
    else fail("USAGE", "--export", target, "a .csv or .wav file");
    if (reader.damagedBytes > 0) {
      session.warn(
        `${path}: the last ${reader.damagedBytes} bytes are no whole record and were left out`,
      );
    }
    const seconds = nanosecondsToSeconds(tallies.map(({ lastNs }) => lastNs).reduce(later, 0n));
    const facts = sources.map(({ uri }, k) => {
      const { samples = 0, lost = 0 } = tallies[k] ?? {};
      return { uri, samples, lost };
    });
    return {
      json: { file: path, label, seconds, export: target ?? null, sources: facts },
      text:
        target === undefined
          ? []
          : [
              ...labelled("file", [target]),
              ...labelled(
                "sources",
                facts.map(
                  ({ uri, samples, lost }) => `${uri}: ${plural(samples, "sample")}, ${lost} lost`,
                ),
              ),
            ],
    };
  } finally {
    await reader.close();
  }
}

const later = (a: bigint, b: bigint): bigint => (b > a ? b : a);

/** Rows as they are played and exported: time in seconds, then the channels; with several sources its number before. */
async function* rowsOf(
  reader: RecordingReader,
  tallies: readonly Tally[],
): AsyncGenerator<{
  readonly timeNs: bigint;
  readonly source: number;
  readonly values: readonly number[];
}> {
  for await (const { source, block } of reader.records()) {
    const tally = tallies[source];
    if (tally === undefined) continue;
    tally.lost += block.lostBefore;
    const rate = reader.head.sources[source]?.sampleRateHz ?? null;
    const rows = isEvents(block)
      ? Array.from(block.value, (value, k) => ({ timeNs: timeAt(block, k), values: [value] }))
      : Array.from({ length: block.values.length / block.channels }, (_, k) => ({
          timeNs: block.timeNs + (rate === null ? 0n : BigInt(Math.round((k * 1e9) / rate))),
          values: Array.from(block.values.subarray(k * block.channels, (k + 1) * block.channels)),
        }));
    tally.samples += rows.length;
    for (const row of rows) {
      if (row.timeNs > tally.lastNs) tally.lastNs = row.timeNs;
      yield { ...row, source };
    }
  }
}

const headerOf = (sources: readonly RecordedSource[]): string => {
  const channels = (sources[0]?.channels ?? []).map(({ name, unit }) =>
    unit ? `${name} [${unit}]` : name,
  );
  return sources.length === 1 ? ["time_s", ...channels].join(",") : "time_s,source,values";
};

const lineOf = (
  { timeNs, source, values }: { timeNs: bigint; source: number; values: readonly number[] },
  several: boolean,
): string => [nanosecondsToSeconds(timeNs), ...(several ? [source] : []), ...values].join(",");

async function play(
  { io, json }: Session,
  reader: RecordingReader,
  speed: number,
  tallies: readonly Tally[],
): Promise<void> {
  const over = either(io);
  const several = reader.head.sources.length > 1;
  const waitUntil = waitInRealTime(io.clock);
  const startNs = io.clock.nowNs();
  if (!json) io.stdout.write(`${headerOf(reader.head.sources)}\n`);
  for await (const row of rowsOf(reader, tallies)) {
    await waitUntil(startNs + BigInt(Math.round(Number(row.timeNs) / speed)), over);
    if (over.aborted) return;
    if (!json) io.stdout.write(`${lineOf(row, several)}\n`);
  }
}

/** Half a table or half a sound would look like all of it. */
function refuseAborted({ aborted }: AbortSignal, path: string): void {
  if (aborted) fail("INTERRUPTED", path, "a signal while it was written", "the whole recording");
}

async function toCsv(
  { io }: Session,
  reader: RecordingReader,
  path: string,
  tallies: readonly Tally[],
): Promise<void> {
  const { sources } = reader.head;
  const encoder = new TextEncoder();
  const file = await createAtomic(path);
  try {
    await file.write(encoder.encode(`${headerOf(sources)}\n`));
    let text = "";
    for await (const row of rowsOf(reader, tallies)) {
      refuseAborted(io.signal, path);
      text += `${lineOf(row, sources.length > 1)}\n`;
      if (text.length < 65_536) continue;
      await file.write(encoder.encode(text));
      text = "";
    }
    await file.write(encoder.encode(text));
    await file.commit();
  } finally {
    await file.discard();
  }
}

async function toWav(
  { io, warn }: Session,
  reader: RecordingReader,
  path: string,
  tallies: readonly Tally[],
): Promise<void> {
  const [source, ...others] = reader.head.sources;
  if (source === undefined || others.length > 0) {
    const got = `${reader.head.sources.length} sources`;
    return fail("USAGE", "--export", got, "a recording of one source", "Export a .csv file.");
  }
  const { channels, sampleRateHz, uri } = source;
  if (sampleRateHz === null) {
    return fail("USAGE", "--export", `${uri}, which has no rate`, "a .csv file");
  }
  const values: number[] = [];
  const [tally] = tallies;
  let [known, gaps, missing] = [0, 0, 0];
  for await (const row of rowsOf(reader, tallies)) {
    refuseAborted(io.signal, path);
    const { lost = 0 } = tally ?? {};
    // what is missing before the first sample is no gap in it
    if (lost > known && values.length > 0) {
      gaps += 1;
      missing += lost - known;
    }
    known = lost;
    values.push(...row.values);
  }
  await writeAtomic(path, wavFile(Float64Array.from(values), channels.length, sampleRateHz));
  if (gaps === 0) return;
  const seconds = significant(missing / sampleRateHz);
  warn(
    `${path}: sound has no gaps: at ${plural(gaps, "place")} ${plural(missing, "lost sample")}, ${seconds} s, ${missing === 1 ? "is" : "are"} left out, ` +
      "and what follows comes so much earlier; a .csv file keeps the times",
  );
}
