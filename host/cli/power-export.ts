/** Every reading of a meter to a file as it comes: CSV, JSON lines, or Prometheus' text format (one moment, replaced). */
import { fail } from "../errors.ts";
import { openGrowing } from "../files/growing-file.ts";
import { openReplaced } from "../files/replaced-file.ts";
import type { PowerFacts, PowerSample } from "../power/index.ts";
import { nanosecondsToSeconds } from "../units.ts";

export type Exporter = {
  readonly file: string;
  readonly add: (facts: PowerFacts, sample: PowerSample) => void;
  readonly close: () => Promise<void>;
};

const FORMATS = ["csv", "jsonl", "prom"] as const;
type Format = (typeof FORMATS)[number];
const isFormat = (text: string): text is Format => FORMATS.some((format) => format === text);

/**
 * @param words what follows --export: the format and the file. @throws USAGE for anything else
 * @returns what opens the file, and so loses what was in it: not before there is something to write
 */
export function exporterOf(words: readonly string[] | undefined): () => Promise<Exporter | null> {
  if (words === undefined) return async () => null;
  const [format = "", file, ...rest] = words;
  if (!isFormat(format) || file === undefined || rest.length > 0) {
    return fail("USAGE", "--export", words.join(" "), `${FORMATS.join("|")} and a file`);
  }
  return () => (format === "prom" ? promFile(file) : lines(file, format));
}

/** A write for each of 100,000 readings a second would be too slow. */
const BUFFER = 1 << 16;
const FLUSH_SECONDS = 1;
const CSV_HEAD = "time_s,meter,scope,quality,watts,volts,amps,marks,lost\n";

async function lines(file: string, format: "csv" | "jsonl"): Promise<Exporter> {
  const growing = await openGrowing(file);
  let gathered = format === "csv" ? CSV_HEAD : "";
  const flush = (): void => {
    const text = gathered;
    gathered = "";
    growing.add(text);
  };
  let [startNs, flushedNs]: (bigint | null)[] = [null, null];
  return {
    file,
    add({ uri, scope, quality }, { tNs, watts, volts, amps, marks, lost }) {
      startNs ??= tNs;
      flushedNs ??= tNs;
      const seconds = nanosecondsToSeconds(tNs - startNs);
      const optional = (value: number | null | undefined): string => String(value ?? "");
      const known = { watts, volts, amps, marks, lost };
      gathered +=
        format === "jsonl"
          ? `${JSON.stringify({ timeSeconds: seconds, meter: uri, scope, quality, ...known })}\n`
          : `${[seconds, quoted(uri), scope, quality, watts, ...[volts, amps, marks, lost].map(optional)].join(",")}\n`;
      // whoever follows the file sees slow readings too
      const late = nanosecondsToSeconds(tNs - flushedNs) >= FLUSH_SECONDS;
      if (gathered.length < BUFFER && !late) return;
      flushedNs = tNs;
      flush();
    },
    async close() {
      try {
        flush();
      } finally {
        await growing.close();
      }
    },
  };
}

/** RFC 4180. */
const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** In quotes, a line each: a backslash, a quote and a line break are escaped. */
const labelsOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => {
      const escaped = value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n");
      return `${key}="${escaped}"`;
    })
    .join(",");

/** Whole seconds are enough for what scrapes it. */
const PROM_SECONDS = 1;

/**
 * A gauge and a counter of each meter, in base units, replaced as a whole so that a scrape never sees half of it:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
async function promFile(file: string): Promise<Exporter> {
  const replace = await openReplaced(file);
  const meters = new Map<
    string,
    { labels: string; watts: number; joules: number; lastNs: bigint }
  >();
  let writtenNs: bigint | null = null;
  const write = (): void => {
    const rows = [...meters.values()];
    const text = [
      "# HELP twentywatt_power_watts Power of the last reading.",
      "# TYPE twentywatt_power_watts gauge",
      ...rows.map(({ labels, watts }) => `twentywatt_power_watts{${labels}} ${watts}`),
      "# HELP twentywatt_energy_joules_total Energy since the start, of what readings cover.",
      "# TYPE twentywatt_energy_joules_total counter",
      ...rows.map(({ labels, joules }) => `twentywatt_energy_joules_total{${labels}} ${joules}`),
      "",
    ].join("\n");
    replace(text);
  };
  return {
    file,
    add({ uri, scope, quality, gapSeconds }, { tNs, watts, seconds, lost }) {
      const row = meters.get(uri) ?? {
        ...{ labels: labelsOf({ meter: uri, scope, quality }), watts, joules: 0, lastNs: tNs },
      };
      const since = nanosecondsToSeconds(tNs - row.lastNs);
      const covered = seconds ?? (lost === 0 && since <= gapSeconds ? since : 0);
      const joules = row.joules + watts * covered;
      meters.set(uri, { ...row, watts, joules, lastNs: tNs });
      if (writtenNs !== null && nanosecondsToSeconds(tNs - writtenNs) < PROM_SECONDS) return;
      writtenNs = tNs;
      write();
    },
    close: async () => write(),
  };
}
