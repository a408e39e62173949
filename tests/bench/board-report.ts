/** What the boards' benchmark reports: the fields of `bench --json`, and the same as a table. */
import type { BoardCase } from "./board-cases.ts";
import type { BoardRun } from "./board-run.ts";
import { columns } from "./report.ts";

export type BoardRow = {
  readonly name: string;
  /** firmware without a module */
  readonly flashBytes: number;
  /** variables; arena, stack and slots apart */
  readonly ramBytes: number;
  readonly bootInstructions: number;
  readonly compiler: string;
};

export type BoardResult = {
  readonly model: string;
  readonly target: string;
  readonly build: "mvp";
  readonly flavour: null;
  readonly n: number;
  /** instructions are counted; an emulator's time says nothing about a board's */
  readonly minUs: null;
  readonly p10Us: null;
  readonly p50Us: null;
  readonly p90Us: null;
  readonly p99Us: null;
  readonly maxUs: null;
  readonly macsPerSecond: null;
  readonly overheadP50Us: null;
  readonly compileCpuMs: null;
  readonly energy: null;
  readonly energyMissing: { readonly reason: string; readonly remedy: string };
  readonly moduleBytes: number;
  readonly instructions: number;
  /** of the step that took most; null where steps are not counted one by one */
  readonly worstInstructions: number | null;
  readonly instructionsPerMac: number | null;
  /** of the whole step; beside a smaller case, of each neuron more */
  readonly instructionsPerNeuronStep: number | null;
  /** of each synaptic event more than a smaller case has */
  readonly instructionsPerEvent: number | null;
  /** most instructions per MAC or per neuron and step; null: none was set */
  readonly instructionsTarget: number | null;
  readonly loadInstructions: number;
  /** firmware, header page and module */
  readonly flashBytes: number;
  /** linear memory and what the interpreter takes beside it */
  readonly ramBytes: number;
  readonly linearMemoryBytes: number;
  readonly interpreterBytes: number;
  readonly stackBytes: number;
  /** the same work in plain C, compiled with -O3 for the same board */
  readonly peer: { readonly name: string; readonly instructions: number } | null;
  /** ours over the peer's */
  readonly ratio: number | null;
  readonly command: string;
};

const HEADER_PAGE = 256;
const NO_TIMES = {
  ...{ minUs: null, p10Us: null, p50Us: null, p90Us: null, p99Us: null, maxUs: null },
  ...{ macsPerSecond: null, overheadP50Us: null, compileCpuMs: null, energy: null },
  energyMissing: {
    reason: "an emulator has neither time nor energy",
    remedy: "Measure a real board: twentywatt bench MODEL --target board:PORT --meter URI",
  },
} as const;

export function resultOf(
  board: string,
  { name, steps, neurons, target, peer, beside }: BoardCase,
  run: BoardRun,
  less: { readonly run: BoardRun; readonly neurons: number } | undefined,
  native: ReadonlyMap<string, number>,
  firmwareBytes: number,
): BoardResult {
  const count = peer === undefined ? undefined : native.get(peer);
  const { instructions, linearMemoryBytes, interpreterBytes } = run;
  const more = (n: number, smaller: number | undefined): number | null =>
    less === undefined || smaller === undefined
      ? null
      : (instructions - less.run.instructions) / (n - smaller);
  const perNeuron = (n: number): number | null =>
    beside === undefined ? instructions / n : more(n, less?.neurons);
  return {
    ...{ model: name, target: `board:${board}`, build: "mvp", flavour: null, n: steps },
    ...NO_TIMES,
    ...{ moduleBytes: run.moduleBytes, instructions, worstInstructions: run.worstInstructions },
    instructionsPerMac: run.macs > 0 && neurons === undefined ? instructions / run.macs : null,
    instructionsPerNeuronStep:
      neurons === undefined || beside?.per === "event" ? null : perNeuron(neurons),
    instructionsPerEvent:
      beside?.per === "event" ? more(run.synapticEvents, less?.run.synapticEvents) : null,
    instructionsTarget: target?.[board] ?? null,
    loadInstructions: run.loadInstructions,
    flashBytes: firmwareBytes + HEADER_PAGE + run.moduleBytes,
    ramBytes: linearMemoryBytes + interpreterBytes,
    ...{ linearMemoryBytes, interpreterBytes, stackBytes: run.stackBytes },
    peer: count === undefined ? null : { name: "C, -O3", instructions: count },
    ratio: count === undefined ? null : instructions / count,
    command: `npm run bench:boards -- ${[board, ...(beside ? [beside.name] : []), name].join(" ")}`,
  };
}

export function boardTable(boards: readonly BoardRow[], results: readonly BoardResult[]): string {
  const whole = (n: number) => Math.round(n).toLocaleString("en");
  const firmware = boards.map((b) => [
    ...[b.name, whole(b.flashBytes), whole(b.ramBytes), whole(b.bootInstructions), b.compiler],
  ]);
  const rows = results.map((r) => {
    const each = r.instructionsPerMac ?? r.instructionsPerNeuronStep ?? r.instructionsPerEvent;
    const limit = r.instructionsTarget;
    const verdict = limit === null || each === null ? "" : each <= limit ? "met" : "MISSED";
    return [
      ...[r.command.replace("npm run bench:boards -- ", ""), whole(r.instructions)],
      r.worstInstructions === null ? "-" : whole(r.worstInstructions),
      ...[each?.toFixed(1) ?? "-", limit === null ? "" : `≤ ${limit}`, verdict],
      ...[r.peer ? whole(r.peer.instructions) : "-", r.ratio?.toFixed(1) ?? "-"],
      ...[whole(r.moduleBytes), whole(r.linearMemoryBytes), whole(r.interpreterBytes)],
      ...[whole(r.stackBytes), whole(r.loadInstructions)],
    ];
  });
  return [
    ...columns([["board", "flash", "RAM", "boot", "compiler"], ...firmware]),
    "",
    "npm run bench:boards -- …; instructions of one step, and per MAC, per neuron or (beside a smaller network) for each more; peer: plain C, -O3, on the same board",
    "",
    // biome-ignore format: a heading
    ...columns([["", "step", "worst", "per", "target", "", "peer", "ratio", "module", "memory", "interpreter", "stack", "load"], ...rows]),
    "",
  ].join("\n");
}
