/** What USB meters have in common: they stand in one USB line, and their makers' figures could not be checked. */
import type { Uri } from "../uri.ts";
import type { PowerFacts } from "./meter.ts";

export type UsbMeter = {
  readonly name: string;
  readonly periodSeconds: number;
  /** how old a reading may be when it comes */
  readonly ageSeconds: number;
  /** of the reading, assumed */
  readonly gain: number;
  /** of every reading at 5 V, assumed */
  readonly offsetWatts: number;
};

export function usbFacts(uri: Uri, meter: UsbMeter): PowerFacts {
  const { name, periodSeconds, ageSeconds, gain, offsetWatts } = meter;
  const assumed = `±${100 * gain} % and ±${1000 * offsetWatts} mW assumed`;
  return {
    uri: uri.text,
    name,
    scope: "usb",
    quality: "measured",
    reads: true,
    doesNotInclude: ["what is not on this USB line", "power supply losses"],
    method: `its own watts every ${periodSeconds} s, the trapezoid between them; ${assumed}`,
    accuracy: { gain, offsetWatts, timeSeconds: ageSeconds, integrates: false },
    sampleRateHz: 1 / periodSeconds,
    gapSeconds: 2.5 * periodSeconds,
    notes: ["It feeds itself from this line: some of what it shows may be its own."],
  };
}
