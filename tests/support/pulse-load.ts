/** A load of short pulses, with the pin that marks them, and what each of them takes. */
import type { Figure } from "../../host/power/meter.ts";
import type { Load } from "../../host/power/sim.ts";

/** 200 µs every 1.003 ms: the pulse meets the readings of 10 µs at every phase. */
export const [PERIOD, WIDTH] = [0.001003, 0.0002];
export const inside = (s: number): boolean => s % PERIOD < WIDTH;
export const PULSES: Load = {
  watts: (s) => (inside(s) ? 0.11 : 0.01),
  marks: (s) => (inside(s) ? 1 : 0),
};
/** 0.11 W · 200 µs, all that flows while the pin is high. */
export const JOULES = 22e-6;

export const holds = (figure: Figure | null, truth: number): boolean =>
  figure !== null && figure.low <= truth && truth <= figure.high;
