/** All tests of the virtual machine: outside they are listed, inside they run, in this order. */
import { GPIO_EVENTS } from "./gpio-events.ts";
import { GPIO_MARKER } from "./gpio-marker.ts";
import { GPIO_ONOFF } from "./gpio-onoff.ts";
import { GPIO_USE } from "./gpio-use.ts";
import type { GuestTest } from "./guest-test.ts";
import { I2C } from "./i2c.ts";
import { LIVE } from "./live.ts";
import { METERS } from "./meters.ts";
import { SERIAL_TESTS } from "./serial.ts";
import { SOUND } from "./sound.ts";

export const SUITES: Readonly<Record<string, readonly GuestTest[]>> = {
  // before whatever else looks for the package: Node keeps in mind that it was not there
  "GPIO through onoff": GPIO_ONOFF,
  "GPIO, events": GPIO_EVENTS,
  "GPIO, use": GPIO_USE,
  "GPIO, marker pins": GPIO_MARKER,
  "serial ports": SERIAL_TESTS,
  microphones: SOUND,
  "I²C and IIO": I2C,
  "networks on live sources": LIVE,
  meters: METERS,
};
