/**
 * Marker pins wired to lines of this computer: what lies between the edges of one, by the kernel's times, is a step. A second one
 * is high from the input that is taken to the output that is given, so what is left of it before and behind the step is these.
 */
import { at } from "../model/at.ts";
import type { StepPart, StepWindow } from "../power/index.ts";
import { isEvents, type Sensor } from "../sensors/sensor.ts";

/** Reads until the sensor is closed. A pulse with an edge among those that were lost is none. */
export async function edgeWindows(
  sensor: Sensor,
  add: (window: StepWindow) => void,
): Promise<void> {
  let roseNs: bigint | null = null;
  for await (const block of sensor) {
    if (!isEvents(block)) continue;
    if (block.lostBefore > 0) roseNs = null;
    for (const [k, atNs] of block.timeNs.entries()) {
      const high = at(block.value, k) > 0;
      if (!high && roseNs !== null) add(between(roseNs, atNs));
      roseNs = high ? atNs : null;
    }
  }
}

const between = (fromNs: bigint, toNs: bigint): StepWindow => ({
  ...{ fromNs, toNs, ns: Number(toNs - fromNs) },
});

/** One line may be read so many pulses later than the other. */
const MOST_WAITING = 4096;

/** Steps and what is around them, in whatever order their lines are read. What is around the last step is told by the next one. */
export class AroundSteps {
  readonly #add: (window: StepWindow, part: StepPart) => void;
  readonly #steps: StepWindow[] = [];
  readonly #around: StepWindow[] = [];

  constructor(add: (window: StepWindow, part: StepPart) => void) {
    this.#add = add;
  }

  /** A pulse of the first line. It counts whether or not the second one is ever high. */
  step(window: StepWindow): void {
    this.#add(window, "step");
    keep(this.#steps, window);
    while (this.#around[0] !== undefined && window.fromNs >= this.#around[0].toNs) this.#match();
  }

  /** A pulse of the second line. */
  around(window: StepWindow): void {
    keep(this.#around, window);
    while (this.#around[0] !== undefined && this.#reachedNs >= this.#around[0].toNs) this.#match();
  }

  get #reachedNs(): bigint {
    return this.#steps.at(-1)?.fromNs ?? BEFORE_ALL;
  }

  /** All steps in the oldest pulse have been read. A single one tells what is input and what is output; several do not. */
  #match(): void {
    const around = this.#around.shift();
    if (around === undefined) return;
    const { fromNs, toNs } = around;
    const later = this.#steps.findIndex((step) => step.fromNs >= toNs);
    const inside = this.#steps.splice(0, later).filter((step) => step.fromNs >= fromNs);
    const [only, ...more] = inside;
    if (only === undefined || more.length > 0 || only.toNs > toNs) return;
    this.#add(between(fromNs, only.fromNs), "input");
    this.#add(between(only.toNs, toNs), "output");
  }
}

const BEFORE_ALL = -(2n ** 62n);

function keep(windows: StepWindow[], window: StepWindow): void {
  windows.push(window);
  if (windows.length > MOST_WAITING) windows.splice(0, MOST_WAITING / 2);
}
