/** The spiking part of the report. */
import { significant } from "../../host/text.ts";
import type { ActivityResult } from "./activity.ts";
import type { CubaResult } from "./cuba.ts";
import { columns, type Machine } from "./report.ts";
import type { SizeResult } from "./sizes.ts";

export type SpikesResult = {
  readonly cuba: CubaResult;
  readonly activity: readonly ActivityResult[];
  readonly sizes: readonly SizeResult[];
  /** over 1, 5 and 15 minutes, at the end */
  readonly loadAverage: readonly number[];
};

export function spikesTable(spikes: SpikesResult, machine: Machine): string {
  const load = spikes.loadAverage.map((x) => x.toFixed(1)).join(" ");
  return [
    `${machine.cpu}, ${machine.arch}, Node ${machine.node}, one thread, SIMD build; load average ${load}`,
    ...["", ...cubaLines(spikes.cuba)],
    ...["", ...activityLines(spikes.activity)],
    ...["", ...sizeLines(spikes.sizes)],
    "",
  ].join("\n");
}

function cubaLines(r: CubaResult): string[] {
  const { peer, peerMissing, ratio, cpuRatio } = r;
  const row = (name: string, x: CubaResult | NonNullable<CubaResult["peer"]>) => [
    ...[name, x.wallSeconds.toFixed(3), x.cpuSeconds.toFixed(3), `${x.n}`],
    ...[`${x.spikes}`, x.rateHz.toFixed(2)],
  ];
  const verdict = ratio === null ? "" : ratio <= r.ratioTarget ? "met" : "MISSED";
  return [
    `${r.model}: ${r.neurons} neurons, ${r.synapses} synapses, ${r.biologicalSeconds} s in ${r.steps} steps, nothing recorded`,
    ...columns([
      ["", "wall s", "CPU s", "runs", "spikes", "Hz"],
      row("twentywatt, i32, SIMD", r),
      ...(peer ? [row(peer.name, peer)] : []),
    ]),
    ratio !== null && cpuRatio !== null
      ? `ratio ${ratio.toFixed(3)}, target ≤ ${r.ratioTarget} (${verdict}), aim ${r.ratioAim}; of CPU time ${cpuRatio.toFixed(3)}`
      : `no peer: ${peerMissing?.reason}: ${peerMissing?.remedy}`,
    [
      `${significant(r.realTimeFactor)} × real time`,
      `${significant(r.synapticEventsPerSecond / 1e6)} M synaptic events/s`,
      `${significant(r.neuronUpdatesPerSecond / 1e6)} M neuron updates/s`,
      `${r.saturations} saturations`,
    ].join(", "),
  ];
}

function activityLines(results: readonly ActivityResult[]): string[] {
  const [first] = results;
  return [
    `${first?.neurons} neurons, 80 synapses each, driven by a constant: µs per step`,
    ...columns([
      ["active", "min", "p50", "spikes", "events", "M events/s", "ns per event"],
      ...results.map((r) => [
        r.activeShare === 0 ? "silent" : `${significant(r.activeShare * 100)} %`,
        ...[r.minUs.toFixed(2), r.p50Us.toFixed(2)],
        ...[significant(r.spikesPerStep), significant(r.synapticEventsPerStep)],
        significant(r.synapticEventsPerSecond / 1e6),
        r.nanosecondsPerEvent?.toFixed(2) ?? "",
      ]),
    ]),
  ];
}

function sizeLines(results: readonly SizeResult[]): string[] {
  const rows = results.map(({ synapsesPerNeuron, neurons, synapses, measured, refused }) => [
    ...[`${synapsesPerNeuron}`, `${neurons}`],
    ...(measured
      ? [
          ...[`${synapses}`, measured.minUs.toFixed(2)],
          ((measured.minUs * 1000) / neurons).toFixed(2),
          ...[significant(measured.spikesPerStep), significant(measured.synapticEventsPerStep)],
          ...[megabytes(measured.memoryBytes), megabytes(measured.moduleBytes)],
          significant(measured.buildSeconds),
        ]
      : [`${refused?.code}: ${refused?.reason}`]),
  ]);
  const heading = [
    ...["synapses each", "neurons", "synapses", "min µs", "ns/neuron", "spikes", "events"],
    ...["memory MB", "module MB", "build s"],
  ];
  // a reason is as long as it is: it takes no part in the widths
  const fitting = rows.filter((row) => row.length === heading.length);
  const lines = columns([heading, ...fitting]);
  const refusals = rows.filter((row) => row.length < heading.length);
  return [
    "CUBA network against size: time and activity of a step, from the start",
    ...lines,
    ...refusals.map(([each, neurons, reason]) => `${neurons} neurons × ${each}: ${reason}`),
  ];
}

const megabytes = (bytes: number): string => significant(bytes / 1e6);
