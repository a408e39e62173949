/**
 * marker=…, a key of every meter: what cuts a window for each step.
 *
 *   marker=D0        a pin that the meter samples with the power: no clocks to compare. D0+D1: the second one is high from
 *                    the input that is taken to the output that is given
 *   marker=gpio:17   edges on a line of this computer, with the kernel's times. gpio:17+27: the second one as that of D0+D1
 *   marker=serial    the board's own time of each step, somewhere between request and answer
 *   marker=clock     this computer's clock around each step
 */
import { fail } from "../errors.ts";
import type { PowerFacts } from "./meter.ts";
import { type Pins, PulseCutter } from "./pulses.ts";
import type { StepWindows } from "./step-windows.ts";

/** What the meter does not see itself: whoever runs the steps, or reads the line, brings their windows. */
export type HostMarker =
  | {
      readonly kind: "gpio";
      readonly uri: string;
      /** the line that is high from the input that is taken to the output that is given; null: none */
      readonly around: string | null;
    }
  | { readonly kind: "serial" }
  | { readonly kind: "clock" };
export type Marker = { readonly kind: "pins"; readonly pins: Pins } | HostMarker;

/** What cuts windows out of a stream. */
export type Cutter = PulseCutter | StepWindows;

const KEY = "marker=";
const FORMS =
  "marker=D0 to D7, two as D0+D1, marker=gpio:LINE, two as gpio:LINE+LINE, marker=serial or marker=clock";

/** A meter's URI without its marker, and the marker. @throws USAGE */
export function takeMarker(text: string): {
  readonly plain: string;
  readonly marker: Marker | null;
} {
  const [head = "", query] = text.split(/\?(.*)/s);
  const pairs = (query ?? "").split("&").filter((pair) => pair !== "");
  const [given, ...more] = pairs.filter((pair) => pair.startsWith(KEY));
  if (given === undefined) return { plain: text, marker: null };
  if (more.length > 0) fail("USAGE", text, "marker twice", "every key once");
  const others = pairs.filter((pair) => pair !== given);
  const plain = others.length === 0 ? head : `${head}?${others.join("&")}`;
  return { plain, marker: markerOf(text, given.slice(KEY.length)) };
}

function markerOf(text: string, written: string): Marker {
  const [, step, work] = /^D([0-7])(?:\+D([0-7]))?$/.exec(written) ?? [];
  if (step !== undefined && step !== work) {
    return {
      kind: "pins",
      pins: { step: Number(step), work: work === undefined ? null : Number(work) },
    };
  }
  const [, line, around] = /^(gpio:[^+]+)(?:\+(?:gpio:)?([^+]+))?$/.exec(written) ?? [];
  if (line !== undefined && line !== `gpio:${around}`) {
    return { kind: "gpio", uri: line, around: around === undefined ? null : `gpio:${around}` };
  }
  if (written === "serial" || written === "clock") return { kind: written };
  return fail("USAGE", text, `${KEY}${written}`, FORMS);
}

/** @param windows who brings those that the meter does not see; absent: nobody does */
export async function cutterFor(
  text: string,
  marker: Marker,
  { logicInputs = NONE }: PowerFacts,
  windows: ((marker: HostMarker) => Promise<StepWindows>) | undefined,
): Promise<Cutter> {
  if (marker.kind !== "pins") {
    if (windows) return windows(marker);
    const remedy = "Leave the marker out, or let `twentywatt run` or `bench` do the work.";
    return fail("USAGE", text, `marker=${marker.kind}`, "work that is done in steps", remedy);
  }
  const { step, work } = marker.pins;
  const beyond = [step, work ?? step].find((pin) => pin >= logicInputs);
  if (beyond === undefined) return new PulseCutter(marker.pins);
  const got = logicInputs === 0 ? "a meter that sees no pin" : `D${beyond}`;
  const expected = logicInputs === 0 ? "a PPK2" : `D0 to D${logicInputs - 1}`;
  const remedy = "Take marker=gpio:LINE, marker=serial or marker=clock: their intervals are wider.";
  return fail("USAGE", text, got, expected, remedy);
}

const NONE = 0;
