import { at } from "../model/at.ts";
import { percentile } from "../run/latency.ts";
import { MACHINE_STATES, SAMPLE_RATE_HZ, type VibrationBlock } from "../sensors/vibration.ts";
import { wrapped } from "../text.ts";
import { BRAIN_SYNAPTIC_EVENT_JOULES, BRAIN_WATTS, secondsToMilliseconds } from "../units.ts";
import { rms } from "./data-set.ts";
import { WINDOW_LENGTH } from "./features.ts";
import { type Activity, type Bounds, type DemoMeter, percent, type Tally } from "./measure.ts";
import type { Classifier } from "./network.ts";
import { bar, type Paint, quantity, sparkline } from "./screen.ts";

/** Joules of the network alone, and of a whole decision: features, network and the choice. */
export type Energy = {
  readonly network: Bounds;
  readonly decision: Bounds;
  /** of the windows measured, mean per decision; 0: a layered network */
  readonly synapticEvents: number;
};

/** How one network has done so far. Latencies are those of the last LATENCIES decisions. */
export type Standing = {
  readonly classifier: Classifier;
  readonly unseen: Tally;
  readonly activity: Activity | null;
  readonly energy: Energy | null;
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
export function eventEnergy({ energy }: Pick<Standing, "energy">): EventEnergy | null {
  if (energy === null || energy.synapticEvents === 0) return null;
  const { value, low, high } = energy.network;
  const events = energy.synapticEvents;
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
  const lines = [
    `  ${paint("cyan", signal)}`,
    `  ${"machine".padEnd(NAME_WIDTH)} ${paint("bold", state.padEnd(STATE_WIDTH))}  ${paint(
      "dim",
      `${(speedHz * 60).toFixed(0)} rpm, SNR ${snrDb.toFixed(0)} dB, RMS ${rms(block.values).toFixed(2)} m/s²`,
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
  for (const standing of report.standings) lines.push("", ...figures(standing, report));
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
      ...figures(standing, report).flatMap((line) => wrapped(line, columns, LABEL_COLUMNS)),
    );
  }
  const say = (text: string) => lines.push(...wrapped(`  ${text}`, columns, 2));
  if (report.meter === null) {
    say("energy    not shown: no meter was given (no meter, no number)");
    return lines;
  }
  const { name, quality, scope, method, doesNotInclude } = report.meter;
  const not = quality === "measured" ? "estimated" : "measured";
  lines.push("");
  say(`The energy is ${quality}, not ${not}: ${name} (${scope}). ${method}`);
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

/** Module, accuracy, latency and energy of one network; on each line what matters most stands first. */
function figures(standing: Standing, { meter, ...report }: Report): string[] {
  const { classifier, live, unseen, networkUs, decisionUs, energy, activity } = standing;
  const { manifest, target } = classifier.session;
  const [network, decision] = [networkUs, decisionUs].map((us) => Float64Array.from(us).sort());
  const us = (share: number) =>
    [network, decision].map((sorted) =>
      percentile(sorted ?? new Float64Array(0), share).toFixed(1),
    );
  const [typical, slowest] = [us(0.5), us(0.99)];
  return [
    `  module    ${manifest.source.name}: ${operations(standing)} a decision, ` +
      `${(classifier.moduleBytes / 1000).toFixed(1)} kB, ${manifest.build}, ${target}`,
    ...(activity === null ? [] : [spikesLine(classifier, activity)]),
    `  accuracy  live ${share(live)} of ${count(live.total)}, unseen ${share(unseen)} of ` +
      `${count(unseen.total)} (RMS alone ${share(report.rms)})`,
    `  latency   p50 network ${typical[0]} µs, decision ${typical[1]} µs; p99 ${slowest[0]} and ${slowest[1]} µs`,
    ...(energy === null || meter === null
      ? []
      : energyLines(energy, eventEnergy(standing), meter.quality)),
  ];
}

const count = (n: number): string => n.toLocaleString("en", { maximumFractionDigits: 0 });

const operations = ({ classifier, activity }: Standing): string =>
  activity === null
    ? `${count(classifier.session.manifest.macs)} MACs`
    : `${count(activity.synapticEvents)} synaptic events`;

function spikesLine({ session }: Classifier, { steps, spikes }: Activity): string {
  const { neurons, synapses, dtSeconds } = session.manifest;
  const ms = secondsToMilliseconds(dtSeconds ?? 0).toPrecision(2);
  return (
    `  spikes    ${count(spikes)} a decision of ${count(neurons)} neurons, ${count(synapses)} synapses, ` +
    `${count(steps)} steps of ${ms} ms`
  );
}

function energyLines(
  { network, decision }: Energy,
  event: EventEnergy | null,
  quality: string,
): string[] {
  const joules = ({ value, low, high }: Bounds) =>
    `${quantity(value, "J")} (${quantity(low, "J")} … ${quantity(high, "J")}), ${quality}`;
  const watts = (j: number) => j * DECISIONS_PER_SECOND;
  const ofBrain = (j: number) => `${((100 * watts(j)) / BRAIN_WATTS).toExponential(1)} %`;
  return [
    `  energy    network  ${joules(network)}`,
    `            decision ${joules(decision)}`,
    ...(event === null
      ? []
      : [
          `            event    ${joules(event.joules)}: ` +
            `${event.timesBrainLow.toExponential(0)} … ${event.timesBrainHigh.toExponential(0)} × the brain's`,
        ]),
    `  power     ${quantity(watts(decision.value), "W")} at ${DECISIONS_PER_SECOND} decisions/s: ` +
      `${ofBrain(decision.low)} … ${ofBrain(decision.high)} of the brain's ${BRAIN_WATTS} W`,
  ];
}
