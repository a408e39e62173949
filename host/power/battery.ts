/** How long a battery lasts at a power that is known within bounds, while work is done a part of the time. */
import type { Figure } from "./meter.ts";

export type Battery = {
  readonly milliampereHours: number;
  readonly volts: number;
};

export type BatteryLife = {
  readonly milliampereHours: number;
  readonly volts: number;
  readonly wattHours: number;
  /** 0..1: part of the time in which it works */
  readonly duty: number;
  /** mean power over work and idle */
  readonly watts: Figure | null;
  /** high is null where the power may as well be nothing */
  readonly hours: {
    readonly value: number;
    readonly low: number;
    readonly high: number | null;
  } | null;
  /** why there is no figure */
  readonly missing: string | null;
};

/**
 * Energy of the battery as it is rated, over the mean power. Bounds of work and idle are those of one meter, so they add as
 * if they were all systematic: a gain that is wrong is wrong in both.
 */
export function batteryLife(
  { milliampereHours, volts }: Battery,
  duty: number,
  active: Figure | null,
  idle: Figure | null,
): BatteryLife {
  const wattHours = (milliampereHours / 1000) * volts;
  const head = { milliampereHours, volts, wattHours, duty };
  const none = (missing: string): BatteryLife => ({ ...head, watts: null, hours: null, missing });
  if (active === null) return none("there is no figure of the power");
  if (duty < 1 && idle === null) return none("there is no figure of the idle power");
  const mix = (of: (figure: Figure) => number): number =>
    duty * of(active) + (idle === null ? 0 : (1 - duty) * of(idle));
  const watts: Figure = {
    value: mix(({ value }) => value),
    low: mix(({ low }) => low),
    high: mix(({ high }) => high),
  };
  if (!(watts.value > 0)) return { ...none("the mean power is not above 0"), watts };
  const hours = {
    value: wattHours / watts.value,
    low: wattHours / watts.high,
    high: watts.low > 0 ? wattHours / watts.low : null,
  };
  return { ...head, watts, hours, missing: null };
}
