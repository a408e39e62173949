/** All tests of the virtual machine: outside they are listed, inside they run, in this order. */
import { GPIO_EVENTS } from "./gpio-events.ts";
import { GPIO_ONOFF } from "./gpio-onoff.ts";
import { GPIO_USE } from "./gpio-use.ts";
import type { GuestTest } from "./guest-test.ts";
import { I2C } from "./i2c.ts";
import { SERIAL_TESTS } from "./serial.ts";
import { SOUND } from "./sound.ts";

export const SUITES: Readonly<Record<string, readonly GuestTest[]>> = {
  "GPIO, events": GPIO_EVENTS,
  "GPIO, use": GPIO_USE,
  "GPIO through onoff": GPIO_ONOFF,
  "serial ports": SERIAL_TESTS,
  microphones: SOUND,
  "I²C and IIO": I2C,
};
