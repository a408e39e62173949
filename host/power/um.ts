/**
 * um24c|um25c|um34c:PORT: USB meters of RD, over Bluetooth: `rfcomm bind` makes the port, /dev/rfcomm0. Asked with one byte they
 * answer with 130 (`um-models.ts`).
 */
import { onlyKeys, type Uri } from "../uri.ts";
import { openAskedMeter } from "./asked-port.ts";
import type { PowerMeter } from "./meter.ts";
import type { SerialMeterOptions } from "./port.ts";
import { UM_ANSWER_BYTES, type UmKind, umReading } from "./um-models.ts";
import { usbFacts } from "./usb-facts.ts";

const REQUEST = Uint8Array.of(0xf0);
/** Bluetooth's serial port has no such rate, USB adapters of the same protocol do. */
const BAUD = 9600;
/** It renews its numbers about twice a second. */
const PERIOD_MS = 250;
const AGE_SECONDS = 0.5;
const PATIENCE_MS = 1500;

const REMEDY =
  "Bind it with `sudo rfcomm bind 0 ADDRESS` and take /dev/rfcomm0; its PIN is 1234. No desktop or telephone may be connected to it.";

/** @throws METER_MISSING where nothing answers, or another model */
export async function openUm(
  kind: UmKind,
  uri: Uri,
  options: SerialMeterOptions = {},
): Promise<PowerMeter> {
  onlyKeys(uri, []);
  // of its currents, ten times finer than those of the others
  const fine = kind === "um25c";
  const facts = usbFacts(uri, {
    name: `RD ${kind.toUpperCase()} on ${uri.rest}`,
    periodSeconds: PERIOD_MS / 1000,
    ageSeconds: AGE_SECONDS,
    gain: fine ? 0.005 : 0.01,
    offsetWatts: fine ? 0.005 : 0.015,
  });
  return openAskedMeter(facts, {
    ...options,
    ...{ uri, baud: BAUD, request: REQUEST, answerBytes: UM_ANSWER_BYTES, remedy: REMEDY },
    ...{ periodMs: PERIOD_MS, patienceMs: PATIENCE_MS },
    reading: (answer) => umReading(kind, uri.text, answer),
  });
}
