/** Units as keyboards have them. The spellings are those of people's csv headers; the right side is how they are written here. */
import { expect, test } from "vitest";
import { unitOf } from "../../host/units.ts";

test.each([
  ["m/s2", "m/s²"],
  ["m/s^2", "m/s²"],
  ["m/s**2", "m/s²"],
  ["m/s/s", "m/s²"],
  ["ms-2", "m/s²"],
  ["m/s²", "m/s²"],
  ["deg", "°"],
  ["deg/s", "°/s"],
  ["dps", "°/s"],
  ["degC", "°C"],
  ["uV", "µV"],
  ["\u03bcV", "µV"],
  ["Ohm", "Ω"],
])("%s is %s", (written, unit) => {
  expect(unitOf(written)).toBe(unit);
});

test.each(["", "g", "m/s", "mV", "unit", "u", "m/s3", "rad/s", "lux"])(
  "%j stays as it is",
  (unit) => {
    expect(unitOf(unit)).toBe(unit);
  },
);
