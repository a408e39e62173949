/** Windows of single steps that a meter does not see itself: who times them for --meter …?marker=, and where it can. */
import { fail, TwentyWattError } from "../errors.ts";
import type { HostMarker, StepWindow, StepWindows } from "../power/index.ts";
import type { Session as Loaded, Target, WorkClock } from "../runtime/index.ts";
import type { Sensor } from "../sensors/sensor.ts";
import { isBoard } from "./machine.ts";
import type { Session } from "./result.ts";

/** An edge is stamped when its interrupt is served. */
const EDGE_SECONDS = 1e-4;
/** Between a reading of the clock and the step. */
const CALL_SECONDS = 1e-5;

export class StepMarks {
  readonly #session: Session;
  readonly #target: Target;
  #timed: StepWindows[] = [];
  #ownTime: WorkClock | null = null;
  #edges: Sensor[] = [];

  constructor(session: Session, target: Target) {
    this.#session = session;
    this.#target = target;
  }

  /** Raises USAGE where the target does not tell the time of its steps. */
  readonly windows = async (marker: HostMarker): Promise<StepWindows> => {
    const { StepWindows: Windows } = await import("../power/index.ts");
    if (marker.kind === "gpio") {
      const { uri, around } = marker;
      const by = around === null ? uri : `${uri}+${around.slice("gpio:".length)}`;
      const lines = around === null ? uri : `${uri}, and on ${around} around them`;
      const windows = new Windows(by, `edges on ${lines}, with the kernel's times`, EDGE_SECONDS);
      await this.#watchLines(uri, around, windows);
      return windows;
    }
    if (marker.kind === "serial") this.#askOwnTime();
    const method =
      marker.kind === "serial"
        ? "the board's own time of each step, somewhere between request and answer"
        : isBoard(this.#target)
          ? "this computer's clock, from each request to its answer"
          : "this computer's clock around each step";
    const windows = new Windows(marker.kind, method, CALL_SECONDS);
    this.#timed.push(windows);
    return windows;
  };

  /** Says where a pin that a meter shall cut by is none of the board's own. @param meter its URI */
  async checkPins(meter: string): Promise<void> {
    const [, step, work] = /[?&]marker=(D\d)(?:\+(D\d))?/.exec(meter) ?? [];
    if (step === undefined || !isBoard(this.#target)) return;
    const { marks, board } = await this.#target.connect();
    const missing = [
      ...(marks.includes("step") ? [] : [`step pin for ${step}`]),
      ...(work === undefined || marks.includes("work") ? [] : [`work pin for ${work}`]),
    ];
    if (missing.length === 0) return;
    this.#session.warn(
      `the firmware of ${board} has no ${missing.join(" and no ")}: something else must drive it`,
    );
  }

  /** The session whose steps are timed, where a marker needs it. */
  async watch(loaded: Loaded): Promise<Loaded> {
    if (this.#timed.length === 0) return loaded;
    const { watchedSteps } = await import("../run/watched-steps.ts");
    return watchedSteps(loaded, this.#session.io.clock, this.#ownTime, (window) => {
      for (const windows of this.#timed) windows.add(window);
    });
  }

  async close(): Promise<void> {
    for (const sensor of this.#edges.splice(0)) await sensor.close();
  }

  #askOwnTime(): void {
    if (!isBoard(this.#target)) {
      const remedy = "Take marker=clock: here nothing lies between this program and its steps.";
      fail("USAGE", "marker=serial", this.#target.name, "a board, which times its steps", remedy);
    }
    this.#ownTime ??= this.#target.countWork();
  }

  async #watchLines(uri: string, around: string | null, windows: StepWindows): Promise<void> {
    const { openFor } = await import("./sensor.ts");
    const { AroundSteps, edgeWindows } = await import("../run/edge-windows.ts");
    const steps = new AroundSteps((window, part) => windows.add(window, part));
    const watch = async (line: string, add: (window: StepWindow) => void): Promise<void> => {
      const sensor = await openFor(this.#session, line);
      this.#edges.push(sensor);
      edgeWindows(sensor, add).catch((error: unknown) => {
        if (!(error instanceof TwentyWattError)) throw error;
        this.#session.warn(error.message);
      });
    };
    await watch(uri, (window) => steps.step(window));
    if (around !== null) await watch(around, (window) => steps.around(window));
  }
}
