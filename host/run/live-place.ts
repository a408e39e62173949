/** Where a source that is still delivering stands, and what it failed with. */
import { nanosecondsToSeconds } from "../units.ts";
import type { Lost } from "./inferences.ts";

/** Where in time the input is that was handed out last. */
export class Place {
  private startNs: bigint | null = null;
  private nowNs = 0n;
  private hears = false;

  start(ns: bigint): void {
    this.startNs ??= ns;
  }

  at(ns: bigint, heard: boolean): void {
    this.nowNs = ns;
    this.hears = heard;
  }

  readonly seconds = (): number => nanosecondsToSeconds(this.nowNs - (this.startNs ?? 0n));
  readonly heard = (): boolean => this.hears;
}

/** A source that fails ends the run, whose results until then are whole. */
export class Failure {
  private error: Lost = null;

  readonly lost = (): Lost => this.error;

  async *caught<T>(from: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      yield* from;
    } catch (error) {
      this.error = { error };
    }
  }
}
