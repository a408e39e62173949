/** What is kept of a spiking run's outputs: the first rows, and how active each output was. */

import { elementCount, readElements } from "../files/elements.ts";
import { argmax } from "../files/labels.ts";
import { elements } from "../model/graph.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { count, significant, table } from "../text.ts";

/** Rows of outputs in a document. */
const MAX_ROWS = 100;
/** Outputs that are summed: a layer of classes, not a sheet of neurons, which would cost more than its own step. */
const MAX_SUMMED = 1024;
const MAX_LINES = 10;

export class SpikingTally {
  readonly rows: number[][] = [];
  private readonly outputs: readonly ManifestTensor[];
  private readonly row: Float64Array;
  private readonly sums: Float64Array | null;
  private readonly spikes: boolean;
  private steps = 0;

  constructor(outputs: readonly ManifestTensor[]) {
    this.outputs = outputs;
    this.row = new Float64Array(elementCount(outputs));
    this.spikes = outputs.every(({ edge }) => edge === "spike");
    const { length } = this.row;
    this.sums = length > 0 && length <= MAX_SUMMED ? new Float64Array(length) : null;
  }

  add(output: Uint8Array): void {
    this.steps += 1;
    const wanted = this.rows.length < MAX_ROWS;
    if (!wanted && this.sums === null) return;
    readElements(output, this.outputs, this.row, true);
    if (wanted) this.rows.push([...this.row]);
    if (this.sums === null) return;
    for (let k = 0; k < this.row.length; k++) {
      this.sums[k] = (this.sums[k] as number) + (this.row[k] as number);
    }
  }

  /** Elements of the first output: the classes, where there are any. */
  get classCount(): number {
    return elements(this.outputs[0]?.shape ?? []);
  }

  /** The class with the most spikes, or the largest sum; of equals the first. null: too many, or nothing fired. */
  get winner(): number | null {
    const classes = this.sums?.subarray(0, this.classCount);
    if (!classes || classes.length < 2 || this.steps === 0) return null;
    const best = argmax(classes);
    return this.spikes && classes[best] === 0 ? null : best;
  }

  /** The most active outputs first. */
  lines(names: readonly string[] | null): string[] {
    const { sums, winner } = this;
    if (sums === null || this.steps === 0) return [];
    const order = Array.from(sums, (_, k) => k).sort(
      (a, b) => (sums[b] as number) - (sums[a] as number) || a - b,
    );
    const rows = order.slice(0, MAX_LINES).map((k) => {
      const sum = sums[k] as number;
      const figure = this.spikes ? count(sum) : significant(sum / this.steps);
      return [names?.[k] ?? String(k), figure, k === winner && names ? "the winner" : ""];
    });
    const head = ["output", this.spikes ? "spikes" : "mean", ""];
    const more = sums.length - rows.length;
    return [
      ...table([head, ...rows], ["left", "right", "left"]),
      ...(more > 0 ? [`… and ${count(more)} more`] : []),
    ];
  }
}
