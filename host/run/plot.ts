/** --plot FILE.svg: what came in, which neurons spiked, and the potentials of a few, gathered while the network runs. */

import { readElements } from "../files/elements.ts";
import { writeAtomic } from "../files/file.ts";
import { Raster, Trace } from "../files/plot-data.ts";
import { drawing, type Panel } from "../files/plot-svg.ts";
import { at } from "../model/at.ts";
import { elements } from "../model/graph.ts";
import type { SpikingGraph } from "../model/spiking-graph.ts";
import type { ManifestTensor, MemoryEntry } from "../module/manifest.ts";
import type { MaybePromise, Session } from "../runtime/index.ts";
import { discretise } from "../spiking/discretise.ts";
import { rowOf } from "../spiking/kinds/index.ts";
import { collapse } from "../spiking/values.ts";
import { plural } from "../text.ts";
import { elementBytes, numbersOf, type Observable, observables } from "./observables.ts";

/** Panels of each kind; a picture with more would not be read. */
const MOST_PANELS = 8;
/** Rows of all rasters together: they bound the size of the file. */
const MOST_ROWS = 256;
const TRACES_PER_PANEL = 3;

export type Plot = {
  /** after every step; a promise only where the target is far */
  readonly add: (session: Session, input: Uint8Array) => Promise<void> | null;
  readonly write: (path: string, facts: PlotFacts) => Promise<void>;
};

export type PlotFacts = {
  readonly title: string;
  readonly dtSeconds: number;
  readonly firstStep: number;
  readonly steps: number;
};

/** Adds what one step showed. */
type Watch = (session: Session, input: Uint8Array) => Promise<void> | null;

/** @param graph null: of a module, which does not tell its thresholds */
export function openPlot(
  graph: SpikingGraph | null,
  inputs: readonly ManifestTensor[],
  memory: readonly MemoryEntry[],
): Plot {
  const panels: Panel[] = [];
  const watches: Watch[] = [];
  const shown = [...observables(memory).values()];
  const spiking = shown.filter(({ what }) => what === "spikes");
  const membranes = shown.filter(({ what }) => what === "v");
  const thresholds = thresholdsOf(graph);
  const rasters = Math.min(spiking.length, MOST_PANELS) + Math.min(inputs.length, MOST_PANELS);
  const rows = Math.max(8, Math.floor(MOST_ROWS / Math.max(1, rasters)));
  let end = 0;
  for (const [k, input] of inputs.entries()) {
    const start = end;
    end += elements(input.shape) * (input.edge === "spike" ? 1 : 2);
    if (k >= MOST_PANELS) continue;
    if (input.edge === "spike") watchInputSpikes(input, start, end);
    else watchInputValues(input, start, end);
  }
  for (const one of spiking.slice(0, MOST_PANELS)) watchSpikes(one);
  for (const one of membranes.slice(0, MOST_PANELS)) watchMembrane(one);
  const left =
    Math.max(0, inputs.length - MOST_PANELS) +
    Math.max(0, spiking.length - MOST_PANELS) +
    Math.max(0, membranes.length - MOST_PANELS);
  return {
    add(session, input) {
      let pending: Promise<void>[] | null = null;
      for (const watch of watches) {
        const wait = watch(session, input);
        if (wait !== null) {
          pending ??= [];
          pending.push(wait);
        }
      }
      return pending && Promise.all(pending).then(() => {});
    },
    async write(path, facts) {
      const notes = left > 0 ? [`${plural(left, "more panel")} not shown`] : [];
      await writeAtomic(path, new TextEncoder().encode(drawing(panels, { ...facts, notes })));
    },
  };

  function watchInputSpikes({ name, shape }: ManifestTensor, start: number, end: number): void {
    const raster = new Raster(`input ${name}`, elements(shape), rows);
    panels.push({ kind: "raster", noun: "input", raster });
    watches.push((_, input) => {
      raster.add(input.subarray(start, end));
      return null;
    });
  }

  function watchInputValues(input: ManifestTensor, start: number, end: number): void {
    const n = elements(input.shape);
    const traces = neuronsShown(n).map((k) => new Trace(input.name, k));
    panels.push({ kind: "traces", name: `input ${input.name}`, n, traces, threshold: null });
    const values = new Float64Array(n);
    watches.push((_, bytes) => {
      readElements(bytes.subarray(start, end), [input], values, true);
      for (const trace of traces) trace.add(at(values, trace.neuron));
      return null;
    });
  }

  function watchSpikes({ node, entries }: Observable): void {
    const [entry] = entries;
    if (!entry) return;
    const raster = new Raster(node, entry.len, rows);
    panels.push({ kind: "raster", noun: "neuron", raster });
    watches.push((session) =>
      whenRead(session.read(entry.ptr, entry.len), (bytes) => raster.add(bytes)),
    );
  }

  function watchMembrane({ node, entries }: Observable): void {
    const [entry] = entries;
    if (!entry) return;
    const width = elementBytes(entry);
    const n = entry.len / width;
    const traces = neuronsShown(n).map((k) => new Trace(node, k));
    const threshold = thresholds.get(node) ?? null;
    panels.push({ kind: "traces", name: `potential of ${node}`, n, traces, threshold });
    for (const trace of traces) {
      watches.push((session) =>
        whenRead(session.read(entry.ptr + width * trace.neuron, width), (bytes) =>
          trace.add(at(numbersOf(entry, bytes), 0)),
        ),
      );
    }
  }
}

/** The first, one in the middle, the last. */
const neuronsShown = (n: number): readonly number[] =>
  n <= TRACES_PER_PANEL
    ? Array.from({ length: n }, (_, k) => k)
    : Array.from({ length: TRACES_PER_PANEL }, (_, k) =>
        Math.floor((k * (n - 1)) / (TRACES_PER_PANEL - 1)),
      );

function whenRead(
  read: MaybePromise<Uint8Array>,
  use: (bytes: Uint8Array) => void,
): Promise<void> | null {
  if (read instanceof Promise) return read.then(use);
  use(read);
  return null;
}

/** Of populations whose neurons share one; a module does not tell. */
function thresholdsOf(graph: SpikingGraph | null): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  if (graph === null) return found;
  for (const event of discretise(graph).events) {
    if (event.kind !== "population") continue;
    const threshold = rowOf(event.population).firesAt(event.population);
    const shared = threshold === null ? null : collapse(threshold);
    if (typeof shared === "number") found.set(event.name, shared);
  }
  return found;
}
