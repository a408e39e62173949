import { at } from "../model/at.ts";
import { percentile } from "../run/latency.ts";
import { MACHINE_STATES, SAMPLE_RATE_HZ, type VibrationBlock } from "../sensors/vibration.ts";
import { columnsOf, count, multiple, quantity, significant, wrapped } from "../text.ts";
import { BRAIN_SYNAPTIC_EVENT_JOULES, BRAIN_WATTS, secondsToMilliseconds } from "../units.ts";
import { rms } from "./data-set.ts";
import { WINDOW_LENGTH } from "./features.ts";
import {
  type Activity,
  type Bounds,
  type DemoMeter,
  type Each,
  percent,
  type Tally,
} from "./measure.ts";
import type { Classifier } from "./network.ts";
import { bar, type Paint, sparkline } from "./screen.ts";

/** What the network alone takes, and a whole decision: features, network and the choice. One after the other, without a pause. */
export type BackToBack = {
  readonly network: Each;
  readonly decision: Each;
  /** of the windows measured, mean per decision; 0: a layered network */
  readonly synapticEvents: number;
};

/**
 * How one network has done so far. Latencies are those of the last LATENCIES live decisions, each after a pause in which
 * others had the processor and its caches.
 */
export type Standing = {
  readonly classifier: Classifier;
  readonly unseen: Tally;
  readonly activity: Activity | null;
  readonly backToBack: BackToBack;
  readonly live: { correct: number; total: number };
  readonly networkUs: number[];
  readonly decisionUs: number[];
  last: { readonly label: number; readonly confidence: number };
};
export const LATENCIES = 4096;

/** Joules of one synaptic event, and how many times the brain's that is; null where nothing fired. */
export type EventEnergy = {
  readonly joules: Bounds;
  /** our low over the brain's high, our high over its low */
  readonly timesBrainLow: number;
  readonly timesBrainHigh: number;
};

/** Of the network alone, without the features: all that its spikes cost, divided among its synaptic events. */
export function eventEnergy({ backToBack }: Pick<Standing, "backToBack">): EventEnergy | null {
  const { network, synapticEvents: events } = backToBack;
  if (network.joules === null || events === 0) return null;
  const { value, low, high } = network.joules;
  const joules = { value: value / events, low: low / events, high: high / events };
  return {
    joules,
    timesBrainLow: joules.low / BRAIN_SYNAPTIC_EVENT_JOULES.high,
    timesBrainHigh: joules.high / BRAIN_SYNAPTIC_EVENT_JOULES.low,
  };
}

/** Everything the summary is made of. */
export type Report = {
  readonly standings: readonly Standing[];
  /** nearest centroid on RMS, on the same unseen windows */
  readonly rms: Tally;
  readonly meter: Omit<DemoMeter, "start" | "stop"> | null;
};

/** What is in the two times; only the second is what a sensor waits for. */
const LATENCY_NOTE = [
  "Back to back is without a pause, as `bench` times it, and with the demo's own copies.",
  `Live, a decision comes every ${(1000 * WINDOW_LENGTH) / SAMPLE_RATE_HZ} ms and finds the processor's caches cold.`,
];

/** Columns of the picture where there is room; less of them where there is not. */
const SIGNAL_COLUMNS = 64;
const BAR_COLUMNS = 20;
/** of a line with a bar, besides the bar */
const BESIDE_BAR = 46;
const NAME_WIDTH = 15;
const DECISIONS_PER_SECOND = SAMPLE_RATE_HZ / WINDOW_LENGTH;
const STATE_WIDTH = Math.max(...MACHINE_STATES.map((state) => state.length));

const stateName = (label: number): string => at(MACHINE_STATES, label).padEnd(STATE_WIDTH);
const share = (tally: Tally): string => `${percent(tally).toFixed(1)} %`;

/** One picture of the live terminal: with two networks it fits 24 lines. Bars and signal shrink with the columns. */
export function frameLines(
  report: Report,
  block: VibrationBlock,
  paint: Paint,
  columns: number,
): string[] {
  const { state, speedHz, snrDb } = block.condition;
  const barColumns = Math.max(1, Math.min(BAR_COLUMNS, columns - BESIDE_BAR));
  const signal = sparkline(block.values, Math.min(SIGNAL_COLUMNS, columns - 4));
  const conditions = [
    `${(speedHz * 60).toFixed(0)} rpm`,
    `, SNR ${snrDb.toFixed(0)} dB`,
    `, RMS ${rms(block.values).toFixed(2)} m/s²`,
  ];
  const lines = [
    `  ${paint("cyan", signal)}`,
    `  ${"machine".padEnd(NAME_WIDTH)} ${paint("bold", state.padEnd(STATE_WIDTH))}  ${paint(
      "dim",
      fitting(conditions, columns - NAME_WIDTH - STATE_WIDTH - 5),
    )}`,
  ];
  for (const standing of report.standings) {
    const { classifier, last } = standing;
    const right = MACHINE_STATES[last.label] === state;
    lines.push(
      `  ${classifier.name.padEnd(NAME_WIDTH)} ${paint(right ? "green" : "red", stateName(last.label))}  ${bar(
        last.confidence,
        barColumns,
      )} ${(100 * last.confidence).toFixed(0).padStart(3)} %  ${right ? "right" : "wrong"}`,
    );
  }
  for (const standing of report.standings) {
    lines.push("", ...figures(standing, report).map((parts) => fitting(parts, columns)));
  }
  return [...lines, paint("dim", "  Ctrl-C ends")];
}

/** One line for logs and pipes. */
export function plainLine(report: Report, block: VibrationBlock, seconds: number): string {
  const decisions = report.standings.map(
    ({ classifier, last, live }) =>
      `${classifier.name}: ${stateName(last.label)} ${(100 * last.confidence).toFixed(0).padStart(3)} %` +
      `, ${live.correct} of ${live.total} right`,
  );
  const machine = `machine: ${block.condition.state.padEnd(STATE_WIDTH)}`;
  return `  ${seconds.toFixed(1).padStart(5)} s  ${machine}  ${decisions.join("  ")}`;
}

/** Printed once: nothing is cut, long lines are wrapped. */
export function summaryLines(report: Report, paint: Paint, columns: number): string[] {
  const lines = [paint("bold", "summary")];
  for (const standing of report.standings) {
    lines.push(
      ...figures(standing, report).flatMap((parts) =>
        wrapped(parts.join(""), columns, LABEL_COLUMNS),
      ),
    );
  }
  const say = (text: string) => lines.push(...wrapped(`  ${text}`, columns, 2));
  lines.push("");
  for (const line of LATENCY_NOTE) say(line);
  if (report.meter === null) {
    say("energy    not shown: no meter was given (no meter, no number)");
    return lines;
  }
  const { name, quality, scope, method, doesNotInclude } = report.meter;
  const not = quality === "measured" ? "estimated" : "measured";
  lines.push("");
  say(`The energy is ${quality}, not ${not}: ${name}, scope ${scope}.`);
  say(`Method: ${method}.`);
  say(`Not included: ${doesNotInclude.join(", ")}.`);
  if (report.standings.some((standing) => eventEnergy(standing) !== null)) {
    const { low, high } = BRAIN_SYNAPTIC_EVENT_JOULES;
    const range = `${quantity(low, "J")} … ${quantity(high, "J")}`;
    say(
      `A synaptic event of the brain costs ${range}: all its ${BRAIN_WATTS} W over all its events.`,
    );
  }
  return lines;
}

const LABEL_COLUMNS = 12;

/** A line as parts, of which the first always stands there and the others as far as they fit whole: half a number is none. */
type Parts = readonly string[];

function fitting([first = "", ...more]: Parts, columns: number): string {
  let line = first;
  for (const part of more) {
    if (columnsOf(line + part) > columns) break;
    line += part;
  }
  return line;
}

/** Module, accuracy, latency and energy of one network; on each line what matters most stands first. */
function figures(standing: Standing, { meter, ...report }: Report): Parts[] {
  const { classifier, live, unseen, networkUs, decisionUs, backToBack, activity } = standing;
  const { manifest, target } = classifier.session;
  const us = (values: readonly number[], share: number) =>
    significant(percentile(Float64Array.from(values).sort(), share));
  const both = (values: readonly number[]) => `${us(values, 0.5)} / ${us(values, 0.99)}`;
  return [
    [
      `  module    ${manifest.source.name}: ${operations(standing)} a decision`,
      `, ${(classifier.moduleBytes / 1000).toFixed(1)} kB`,
      `, ${manifest.build}, ${target}`,
    ],
    ...(activity === null ? [] : [spikesLine(classifier, activity)]),
    [
      `  accuracy  live ${share(live)} of ${count(live.total)}`,
      `, unseen ${share(unseen)} of ${count(unseen.total)}`,
      ` (RMS alone ${share(report.rms)})`,
    ],
    [
      `  latency   live decision ${both(decisionUs)} µs (p50 / p99)`,
      `, network ${both(networkUs)} µs`,
      `, ${us(backToBack.network.us, 0.5)} µs back to back`,
    ],
    ...(meter === null ? [] : energyLines(backToBack, eventEnergy(standing), meter)),
  ];
}

const operations = ({ classifier, activity }: Standing): string =>
  activity === null
    ? `${count(classifier.session.manifest.macs)} MACs`
    : `${count(Math.round(activity.synapticEvents))} synaptic events`;

function spikesLine({ session }: Classifier, { steps, spikes }: Activity): Parts {
  const { neurons, synapses, dtSeconds, options } = session.manifest;
  const rounds = Number(options.stepsPerHop ?? 1);
  const ms = secondsToMilliseconds((dtSeconds ?? 0) / rounds).toPrecision(2);
  return [
    `  spikes    ${count(Math.round(spikes))} a decision of ${count(neurons)} neurons`,
    `, ${count(synapses)} synapses`,
    `, ${count(Math.round(steps * rounds))} steps of ${ms} ms`,
  ];
}

function energyLines(
  { network, decision }: BackToBack,
  event: EventEnergy | null,
  { quality, scope }: Pick<DemoMeter, "quality" | "scope">,
): Parts[] {
  if (network.joules === null || decision.joules === null) return [];
  const joules = ({ value, low, high }: Bounds) =>
    `${quantity(value, "J")} (${quantity(low, "J")} … ${quantity(high, "J")})`;
  const watts = (j: number) => j * DECISIONS_PER_SECOND;
  const ofBrain = (j: number) => `${significant((100 * watts(j)) / BRAIN_WATTS)} %`;
  return [
    [`  energy    network  ${joules(network.joules)}`, `, ${quality}`, `, scope ${scope}`],
    [`            decision ${joules(decision.joules)}`, `, ${quality}`],
    ...(event === null
      ? []
      : [
          [
            `            event    ${joules(event.joules)}`,
            `: ${multiple(event.timesBrainLow)} … ${multiple(event.timesBrainHigh)} × the brain's`,
            `, ${quality}`,
          ],
        ]),
    [
      `  power     ${quantity(watts(decision.joules.value), "W")} at ${DECISIONS_PER_SECOND}/s, ${quality}, scope ${scope}`,
      `: ${ofBrain(decision.joules.low)} … ${ofBrain(decision.joules.high)} of ${BRAIN_WATTS} W`,
      ", the brain's",
    ],
  ];
}
