/** `record URI… -o FILE`: sensors to a file, several with one clock, until Ctrl-C or --seconds. */

import { basename, dirname } from "node:path";
import type { Command } from "commander";
import { fail, TwentyWattError } from "../errors.ts";
import { addLabel, listFor } from "../files/label-list.ts";
import { RecordingWriter } from "../sensors/recording-writer.ts";
import { type Description, isEvents, type Sensor } from "../sensors/sensor.ts";
import { removeAbandoned } from "../temporary.ts";
import { labelled, plural, table } from "../text.ts";
import { nanosecondsToSeconds } from "../units.ts";
import { GROUP, withExamples } from "./help.ts";
import { either, sleep } from "./io.ts";
import { positive } from "./options.ts";
import { DOCUMENT_SCHEMA, type Result, type Session } from "./result.ts";
import { say, sayDocument } from "./say.ts";
import { openFor } from "./sensor.ts";

type Options = { readonly output?: string; readonly label?: string; readonly seconds?: number };

export const define = (command: Command): Command =>
  withExamples(
    command
      .description("record sensors to a file, until Ctrl-C: samples with their times and losses")
      .argument("<uri...>", "sensors: serial:PORT, csv:FILE, wav:FILE, sim:NAME and others")
      .optionsGroup(GROUP.files)
      .requiredOption("-o, --output <file>", "write the recording here; it must be a new file")
      .option(
        "--label <name>",
        "say what it is of: kept in the recording, and listed in labels.csv and classes.txt beside it",
      )
      .option(
        "--seconds <n>",
        "end so long after the first sample (default: at Ctrl-C, or when the sensors end)",
        positive,
      ),
    [
      {
        what: "five seconds of a simulated motor",
        line: "twentywatt record sim:vibration -o motor.rec --seconds 5",
      },
      {
        what: "an example of a knock, from a board",
        line: "twentywatt record serial:/dev/ttyACM0 -o knock1.rec --label knock --seconds 3",
      },
    ],
  );

/** A name that says another format would lie. @throws USAGE */
function requireRecording(output: string): void {
  const [, form] = /\.(csv|wav|npy|json|txt)$/i.exec(output) ?? [];
  if (form === undefined && output !== "-") return;
  const exported = form?.toLowerCase() === "wav" ? "wav" : "csv";
  fail(
    "USAGE",
    "--output",
    output === "-" ? "-, standard output" : output,
    "a file such as motor.rec: a recording is a format of its own",
    `\`twentywatt replay motor.rec --export motor.${exported}\` makes ${exported === "csv" ? "a table" : "a sound file"} of it afterwards.`,
  );
}

type Source = {
  readonly sensor: Sensor;
  samples: number;
  lost: number;
};

export async function run(
  session: Session,
  uris: readonly string[],
  { output = "", label, seconds }: Options,
): Promise<Result> {
  const { io } = session;
  // refused before the first sample: what was recorded cannot be recorded again
  requireRecording(output);
  if (label !== undefined) await listFor(output, label);
  const over = either(io);
  const sources: Source[] = [];
  let writer: RecordingWriter | null = null;
  const startNs = io.clock.nowNs();
  try {
    for (const uri of uris) {
      const sensor = await openFor(session, uri).catch(nullWhereInterrupted);
      if (sensor === null) return nothingOf(session, uri, output, label ?? null);
      sources.push({ sensor, samples: 0, lost: 0 });
    }
    const described = sources.map(({ sensor }) => ({
      ...{ uri: sensor.uri, name: sensor.name },
      ...recorded(sensor.describe()),
    }));
    const head = { startedUnixMs: Date.now(), label: label ?? null, sources: described };
    await removeAbandoned(dirname(output));
    const open = new RecordingWriter(output, head, startNs);
    writer = open;
    say(io.stderr, `recording to ${output}${seconds ? "" : ", until Ctrl-C"} …`);
    const ended = new AbortController();
    over.addEventListener("abort", () => ended.abort(), { once: true });
    if (over.aborted) ended.abort();
    let timed: Promise<void> | null = null;
    /** Ends so long after a time: of the first of them. */
    const began = (sinceNs: bigint): void => {
      if (seconds === undefined || timed !== null) return;
      const left = seconds - nanosecondsToSeconds(io.clock.nowNs() - sinceNs);
      timed = sleep(Math.max(0, left), ended.signal).then(() => ended.abort());
    };
    // a line that says when it changes is heard from the start, however long it is silent
    if (described.some(({ sampleRateHz }) => sampleRateHz === null)) began(io.clock.nowNs());
    ended.signal.addEventListener("abort", () => void closeAll(sources), { once: true });
    const progress = report(session, sources, open, startNs, ended.signal);
    await Promise.all(
      sources.map((source, k) =>
        pump(source, k, open, io.clock, began).catch((error) => {
          ended.abort();
          throw error;
        }),
      ),
    );
    ended.abort();
    await Promise.all([timed, progress]);
  } finally {
    await closeAll(sources);
    writer?.close();
  }
  const listed = label === undefined ? null : await addLabel(output, label);
  const wall = nanosecondsToSeconds(io.clock.nowNs() - startNs);
  const facts = sources.map(({ sensor, samples, lost }) => ({ uri: sensor.uri, samples, lost }));
  if (facts.every(({ samples }) => samples === 0)) session.warn("not one sample came");
  return {
    json: {
      file: output,
      bytes: writer.bytes,
      seconds: wall,
      label: label ?? null,
      sources: facts,
    },
    text: [
      ...labelled("file", [`${output}, ${plural(writer.bytes, "byte")}, ${wall.toFixed(1)} s`]),
      ...labelled(
        "sources",
        table(
          facts.map(({ uri, samples, lost }) => [uri, plural(samples, "sample"), `${lost} lost`]),
          ["left", "right", "right"],
        ),
      ),
      ...labelled(
        "label",
        listed === null ? [] : [`${label}, ${basename(output)} listed in ${listed}`],
      ),
    ],
  };
}

const recorded = ({ channels, sampleRateHz }: Description) => ({ channels, sampleRateHz });

const nullWhereInterrupted = (error: unknown): null => {
  if (error instanceof TwentyWattError && error.code === "INTERRUPTED") return null;
  throw error;
};

/** Ctrl-C came before the sensors did. */
function nothingOf({ warn }: Session, uri: string, file: string, label: string | null): Result {
  warn(`not one sample came: interrupted while ${uri} was opened; there is no ${file}`);
  return { json: { file, bytes: 0, seconds: 0, label, sources: [] }, text: [] };
}

const closeAll = async (sources: readonly Source[]): Promise<void> => {
  await Promise.all(sources.map(({ sensor }) => sensor.close()));
};

async function pump(
  source: Source,
  index: number,
  writer: RecordingWriter,
  clock: { readonly nowNs: () => bigint },
  began: (sinceNs: bigint) => void,
): Promise<void> {
  for await (const block of source.sensor) {
    if (!isEvents(block)) began(block.timeNs);
    writer.add(index, block, clock.nowNs());
    source.samples += isEvents(block) ? block.timeNs.length : block.values.length / block.channels;
    source.lost += block.lostBefore;
  }
}

/** A line a second on stderr; with --json a document on stdout. */
async function report(
  { io, json }: Session,
  sources: readonly Source[],
  writer: RecordingWriter,
  startNs: bigint,
  ended: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(1, ended);
    if (ended.aborted) return;
    const seconds = nanosecondsToSeconds(io.clock.nowNs() - startNs);
    if (json) {
      const facts = sources.map(({ sensor, samples, lost }) => ({
        uri: sensor.uri,
        samples,
        lost,
      }));
      const sample = { seconds, bytes: writer.bytes, sources: facts };
      sayDocument(io.stdout, {
        schema: DOCUMENT_SCHEMA,
        verb: "record",
        ok: true,
        warnings: [],
        sample,
      });
    } else {
      const counts = sources.map(({ samples, lost }) =>
        lost > 0 ? `${samples} (${lost} lost)` : samples,
      );
      say(io.stderr, `${seconds.toFixed(0)} s: ${counts.join(", ")} samples`);
    }
  }
}
