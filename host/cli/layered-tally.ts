/** What `run` of a layered network keeps of its results: the first rows, and how many were right. */
import { fail } from "../errors.ts";
import { argmax, type Labels } from "../files/labels.ts";
import { edgeValues, realValues } from "../files/output.ts";
import { elementTensors, heldValues } from "../files/tensor-values.ts";
import { at } from "../model/at.ts";
import { elements } from "../model/graph.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { LatencyRecorder } from "../run/latency.ts";
import { outputLines } from "../run/output-lines.ts";
import { count, plural, significant, table } from "../text.ts";

/** Rows of outputs in a document, and of decisions in a text. */
const MAX_ROWS = 100;
const MAX_DECISIONS = 10;

export function requireLabels(path: string | undefined, labels: Labels, samples: number): void {
  if (labels.length >= samples) return;
  const [got, expected] = [plural(labels.length, "label"), `${samples}, one per sample`];
  fail("INPUT_SIZE", path ?? "", got, expected, "Give a label per sample, or --samples.");
}

export class Tally {
  readonly latency = new LatencyRecorder();
  readonly rows: (readonly number[])[] = [];
  samples = 0;
  private correct = 0;
  private readonly decisions: Decision[] = [];
  private readonly perElement: readonly ManifestTensor[];
  private readonly classCount: number;
  private readonly labels: Labels | null;
  private readonly labelsPath: string | undefined;
  private readonly shown: number;

  /**
   * @param labelsPath where the labels come from
   * @param keeps      the network remembers: each of its answers has its place in time, and more of them are shown
   */
  constructor(
    outputs: readonly ManifestTensor[],
    labels: Labels | null,
    labelsPath: string | undefined,
    keeps: boolean,
  ) {
    this.shown = keeps ? MAX_ROWS : MAX_DECISIONS;
    this.perElement = elementTensors(outputs);
    this.classCount = elements(outputs[0]?.shape ?? []);
    this.labels = labels;
    this.labelsPath = labelsPath;
  }

  add(output: Uint8Array): void {
    if (this.rows.length < MAX_ROWS) this.rows.push(edgeValues(output, this.perElement));
    // one scale for the whole tensor: the largest element is the largest value
    const decided = argmax(heldValues(output, this.perElement).slice(0, this.classCount));
    const label = this.labels?.at(this.samples);
    if (this.labels && label === undefined) {
      requireLabels(this.labelsPath, this.labels, this.samples + 1);
    }
    if (label === decided) this.correct += 1;
    if (this.decisions.length < this.shown) {
      const values = realValues(output, this.perElement);
      this.decisions.push({ decided, value: at(values, decided), values, label: label ?? null });
    }
    this.samples += 1;
  }

  get accuracy(): { readonly correct: number; readonly total: number } | null {
    return this.labels && { correct: this.correct, total: this.samples };
  }

  accuracyLines(): string[] {
    const { accuracy } = this;
    if (accuracy === null || accuracy.total === 0) return [];
    const { correct, total } = accuracy;
    const percent = ((100 * correct) / total).toFixed(1);
    // of a recording, which is of one class, every inference is a decision
    const noun = this.labels?.length === Infinity ? " decisions" : "";
    return [`${count(correct)} of ${count(total)}${noun} correct, ${percent} % (top-1)`];
  }

  /** The largest output of the first samples; where outputs are no classes, or there is but one, their values. */
  decisionLines(names: readonly string[] | null): string[] {
    if (this.classCount < 2 || (names === null && this.labels === null)) {
      const rows = this.decisions.map(({ values }) => values);
      return outputLines(rows, this.perElement.length, this.samples);
    }
    const name = (k: number) => names?.[k] ?? `class ${k}`;
    const rows = this.decisions.map(({ decided, value, label }, k) => [
      String(k),
      name(decided),
      significant(value),
      label === null ? "" : label === decided ? "right" : `wrong: ${name(label)}`,
    ]);
    const more = this.samples - rows.length;
    return [
      ...table(rows, ["right", "left", "right", "left"]),
      ...(more > 0 ? [`… and ${count(more)} more`] : []),
    ];
  }
}

type Decision = {
  readonly decided: number;
  readonly value: number;
  /** of all outputs, whichever is decided */
  readonly values: readonly number[];
  readonly label: number | null;
};
