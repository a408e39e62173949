/** The 40-pin header of Raspberry Pis, and the chips that its lines belong to. */

/** What each pin carries, pin 1 first: the BCM number of a line, or a supply. Pins 27 and 28 are ID_SD and ID_SC. */
const PINS: readonly (number | "3.3 V" | "5 V" | "ground")[] = [
  ...(["3.3 V", "5 V", 2, "5 V", 3, "ground", 4, 14, "ground", 15] as const),
  ...([17, 18, 27, "ground", 22, 23, "3.3 V", 24, 10, "ground"] as const),
  ...([9, 25, 11, 8, "ground", 7, 0, 1, 5, "ground"] as const),
  ...([6, 12, 13, "ground", 19, 16, 26, 20, "ground", 21] as const),
];

/** @returns the BCM number at a pin, 1…40; the supply it carries; null where there is no such pin */
export const atPin = (pin: number): number | string | null => PINS[pin - 1] ?? null;

/** @returns the pin, 1…40, that a BCM number is on; null where it is on none */
export function pinOf(bcm: number): number | null {
  const index = PINS.indexOf(bcm);
  return index < 0 ? null : index + 1;
}

/**
 * The chips whose line N is BCM N, by what they call themselves. Their numbers are no help: the chip of a Raspberry Pi 5
 * has been gpiochip4 and is gpiochip0, and sysfs counts from another base with every kernel.
 */
export const HEADER_CHIPS: readonly string[] = [
  "pinctrl-bcm2835",
  "pinctrl-bcm2711",
  "pinctrl-rp1",
];
