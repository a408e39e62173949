/** `power` without a command: a line a second for each meter, and the whole at the end. */
import { bar, sparkline } from "../demo/screen.ts";
import type { Glance, LiveMeter, PowerFacts } from "../power/index.ts";
import { count, labelled, plural, quantity, significant, widthOf } from "../text.ts";
import { BRAIN_WATTS, nanosecondsToSeconds } from "../units.ts";
import { either, sleep } from "./io.ts";
import { type Exporter, exporterOf } from "./power-export.ts";
import { metersNamed, openAll, type PowerOptions } from "./power-meters.ts";
import { DOCUMENT_SCHEMA, type Result, type Session, Unfinished } from "./result.ts";
import { say, sayDocument } from "./say.ts";

const GLANCE_SECONDS = 1;
const TREND = 20;
const GAUGE = 10;

export async function watch(session: Session, options: PowerOptions): Promise<Result> {
  const { io } = session;
  const { LiveMeter: Live } = await import("../power/index.ts");
  const openExport = exporterOf(options.export);
  const over = either(io);
  const meters = (await openAll(session, await metersNamed(options.meter ?? "auto", io))).map(
    (power) => new Live(power),
  );
  let exporter: Exporter | null;
  try {
    exporter = await openExport();
  } catch (error) {
    await Promise.all(meters.map((meter) => meter.close()));
    throw error;
  }
  // a terminal has no room for names of several behind their lines
  const numbered = !session.json && meters.length > 1 && Number.isFinite(widthOf(io.stdout));
  for (const [k, { facts }] of numbered ? meters.entries() : []) {
    say(
      io.stdout,
      `${k + 1} is ${facts.uri}: ${facts.name}, scope ${facts.scope}, ${facts.quality}`,
    );
  }
  const startNs = io.clock.nowNs();
  const seconds = () => nanosecondsToSeconds(io.clock.nowNs() - startNs);
  const trends = meters.map(() => [] as number[]);
  let problem: unknown = null;
  const ended = new AbortController();
  over.addEventListener("abort", () => ended.abort(), { once: true });
  const reading = meters.map((meter) =>
    meter
      .read((sample) => exporter?.add(meter.facts, sample))
      .catch((error: unknown) => {
        problem ??= error;
        ended.abort();
      }),
  );
  try {
    while (!ended.signal.aborted && !over.aborted) {
      const left = options.seconds === undefined ? GLANCE_SECONDS : options.seconds - seconds();
      if (left <= 0) break;
      await sleep(Math.min(GLANCE_SECONDS, left), ended.signal);
      await settled();
      for (const [k, meter] of meters.entries()) {
        const glance = meter.glance();
        // what is left of the time at the end may be too short for a reading
        if (glance.watts === null && left < GLANCE_SECONDS) continue;
        const name = numbered ? `${k + 1} ` : null;
        show(session, meter.facts, glance, seconds(), trends[k] as number[], name);
      }
    }
  } finally {
    await Promise.all(meters.map((meter) => meter.close()));
    await Promise.all(reading);
    await exporter?.close().catch((error: unknown) => {
      problem ??= error;
    });
  }
  const result = summary(meters, seconds(), exporter);
  // what was measured until then stands, whatever ended it
  if (problem !== null) throw new Unfinished(result, problem);
  return result;
}

/** Readings that have come but were not read yet. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function show(
  { json, io }: Session,
  facts: PowerFacts,
  glance: Glance,
  seconds: number,
  trend: number[],
  number: string | null,
): void {
  const { uri, scope, quality } = facts;
  if (json) {
    const { watts, volts, amps, samples, lost } = glance;
    const share = watts === null ? null : watts / BRAIN_WATTS;
    const head = { schema: DOCUMENT_SCHEMA, verb: "power", ok: true, warnings: [] };
    const sample = { seconds, meter: uri, scope, quality, watts, volts, amps, samples, lost };
    sayDocument(io.stdout, { ...head, sample: { ...sample, shareOf20W: share } });
    return;
  }
  const of = glance.watts;
  if (of === null) {
    say(io.stdout, number === null ? `no reading  ${uri}` : `${number}no reading`);
    return;
  }
  trend.push(Math.max(0, of));
  if (trend.length > TREND) trend.shift();
  const line = sparkline(Float64Array.from(trend), trend.length).padEnd(TREND);
  const gauge = bar(of / BRAIN_WATTS, GAUGE);
  const percent = `${significant((100 * of) / BRAIN_WATTS)} % of 20 W`;
  const missing = glance.lost === 0 ? "" : `  ${lostText(glance.lost)}`;
  say(
    io.stdout,
    `${number ?? ""}${quantity(of, "W").padStart(8)} ${line}|${gauge}| ${percent}  ${scope}, ${quality}${number === null ? `  ${uri}` : ""}${missing}`,
  );
}

const lostText = (lost: number | null): string =>
  lost === null ? "readings lost, unknown how many" : `${plural(lost, "reading")} lost`;

function summary(meters: readonly LiveMeter[], seconds: number, exporter: Exporter | null): Result {
  const rows = meters.map(({ facts, totals }) => {
    const { uri, name, scope, quality, doesNotInclude, method } = facts;
    const { coveredSeconds, meanWatts, ...rest } = totals;
    const share = meanWatts === null ? null : meanWatts / BRAIN_WATTS;
    return {
      ...{ meter: uri, instrument: name, scope, quality, doesNotInclude, method },
      ...{ meanWatts, ...rest, coverage: seconds > 0 ? Math.min(1, coveredSeconds / seconds) : 0 },
      brain: { watts: BRAIN_WATTS, shareOf20W: share },
    };
  });
  return {
    json: { seconds, meters: rows, exported: exporter?.file ?? null },
    text: rows.flatMap((row) => [
      ...labelled("meter", [`${row.meter}: ${row.instrument}, scope ${row.scope}, ${row.quality}`]),
      ...labelled("power", [
        row.meanWatts === null
          ? "no reading, so no figure"
          : `${quantity(row.meanWatts, "W")} in the mean, ${quantity(row.leastWatts ?? row.meanWatts, "W")} … ${quantity(row.mostWatts ?? row.meanWatts, "W")} from second to second`,
      ]),
      // no reading, no number
      ...labelled(
        "energy",
        row.meanWatts === null
          ? []
          : [
              `${quantity(row.joules, "J")} in ${significant(seconds)} s, ${significant(100 * row.coverage)} % of it covered by ${count(row.samples)} readings`,
            ],
      ),
      ...labelled("lost", row.lost === 0 ? [] : [lostText(row.lost)]),
      ...labelled("left out", [row.doesNotInclude.join(", ")]),
      ...labelled(
        "brain",
        row.brain.shareOf20W === null
          ? []
          : [
              `${significant(100 * row.brain.shareOf20W)} % of its 20 W, for this scope (${row.scope})`,
            ],
      ),
    ]),
  };
}
