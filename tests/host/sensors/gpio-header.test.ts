/** The header, against its drawing: odd pins on the left, even ones on the right. */
import { expect, test } from "vitest";
import { atPin, pinOf } from "../../../host/sensors/gpio-header.ts";

/** As the drawing in Raspberry Pi's documentation has it, from the top. */
const DRAWING = `
  3V3  | 5V
  2    | 5V
  3    | GND
  4    | 14
  GND  | 15
  17   | 18
  27   | GND
  22   | 23
  3V3  | 24
  10   | GND
  9    | 25
  11   | 8
  GND  | 7
  0    | 1
  5    | GND
  6    | 12
  13   | GND
  19   | 16
  26   | 20
  GND  | 21
`;
const SUPPLIES: Readonly<Record<string, string>> = { "3V3": "3.3 V", "5V": "5 V", GND: "ground" };

test("all forty pins, and back from the BCM number", () => {
  const drawn = DRAWING.split(/[|\n]/)
    .map((cell) => cell.trim())
    .filter((cell) => cell !== "");
  expect(drawn).toHaveLength(40);
  drawn.forEach((cell, k) => {
    const carries = SUPPLIES[cell] ?? Number(cell);
    expect(atPin(k + 1)).toBe(carries);
    if (typeof carries === "number") expect(pinOf(carries)).toBe(k + 1);
  });
  expect([atPin(0), atPin(41), pinOf(28), pinOf(-1)]).toEqual([null, null, null, null]);
});
